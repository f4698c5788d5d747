internal import NIOCore

/// One request of a page on an HTTP/2 stream: what was received of it, and its answer.
final class PageRequest: HTTPExchange {
    let page: HTTPPage
    private let connection: ServerConnection
    /// `nil` when the stream is gone or answered.
    private var stream: ServerStream?
    private(set) var body = ByteBuffer()
    private(set) var call: HTTPCall?
    private var isComplete = false

    init(_ page: HTTPPage, _ stream: ServerStream, of connection: ServerConnection) {
        self.page = page
        self.stream = stream
        self.connection = connection
    }

    /// Nothing was answered, and the request is not complete.
    var wantsBody: Bool { stream != nil && !isComplete }

    func append(_ bytes: UnsafeRawBufferPointer) { unsafe body.writeBytes(bytes) }

    /// The request is complete: its handler gets it.
    func start(_ call: HTTPCall) {
        isComplete = true
        self.call = call
        let whole = body
        body = ByteBuffer()
        page.handler(call, whole)
    }

    func send(_ answer: HTTPAnswer) {
        guard let stream else { return }
        self.stream = nil
        isComplete = true
        // No longer counted, so no longer held: the answer may wait long for the peer's window.
        body = ByteBuffer()
        call = nil
        connection.send(answer, on: stream)
    }

    /// Nobody waits any more.
    func leave() {
        stream = nil
        isComplete = true
        let call = call
        self.call = nil
        guard let call else { return }
        connection.shared.counters.cancelled()
        call.detach(cancelled: true)
    }
}
