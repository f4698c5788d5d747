import NIOCore
import NIOEmbedded
import Synchronization

@testable import PortvaktRPC

/// A server's connection and a client's session without a socket between them, and a clock that the test moves: what is
/// measured in time is tested without waiting, and nothing depends on how fast the machine is.
///
/// Bound to the thread that made it.
final class ConnectionInMemory {
    let connection: ServerConnection
    let client: HTTP2Session
    let answers = ClientAnswers()
    let socket = SocketInMemory()
    /// What the server's clock shows at the next ``tick(after:)``.
    private(set) var now = NIODeadline.now()
    /// Seconds since 1970 UTC, as the server has them.
    let wallClock = WallClock()
    private let channel = EmbeddedChannel()
    private let limits: ServerLimits
    /// Every stream of the client: answers are told apart by them.
    private var streams: [HTTP2Stream] = []

    /// When the caller's certificate ends. Seconds since 1970 UTC.
    static let certificateEnd: Int64 = 1000

    /// The peer is admitted, and both sides have each other's SETTINGS.
    /// - Parameter window: what the server may send on each stream before the client takes any. Bytes.
    init(
        methods: [RPCMethod] = [], pages: [HTTPPage] = [], limits: ServerLimits = .defaults,
        http2: HTTP2Limits = .defaults, window: Int = HTTP2Limits.defaults.streamWindow
    ) throws {
        let pki = try TestPKI()
        let files = pki.files(try pki.issue("server", .server))
        self.limits = limits
        connection = ServerConnection(
            shared: ServerShared(
                tls: try TLSConfigurationSource(role: .server, files: files, allowsHTTP1: !pages.isEmpty),
                methods: MethodTable(methods, pages: pages), policy: TestServer.Policy(), limits: limits,
                http2: http2, counters: ServerCounters(), census: ConnectionCensus(limits: limits),
                wallClock: { [wallClock] in wallClock.seconds.load(ordering: .relaxed) }),
            loop: ServerLoop(eventLoop: channel.eventLoop), address: "")
        var own = HTTP2Limits.defaults
        own.streamWindow = window
        client = HTTP2Session(role: .client, limits: own, now: now)!
        client.delegate = answers
        connection.caller = AdmittedCaller(
            peer: PeerIdentity(
                organizationNumber: TestServer.organizationNumber, spiffeID: nil, fingerprint: [],
                notAfter: Self.certificateEnd),
            context: TestServer.Context())
        try channel.pipeline.syncOperations.addHandlers([socket, connection])
        channel.pipeline.fireChannelActive()
    }

    /// The peer speaks HTTP/2.
    func start() throws {
        let session = HTTP2Session(role: .server, limits: connection.shared.http2, now: now)!
        connection.session = session
        session.delegate = connection
        session.start()
        connection.clock.opened(at: now, limits: limits)
        connection.flushOut()
        client.start()
        try exchange()
    }

    /// The peer speaks HTTP/1.1.
    func startHTTP1() { connection.beginHTTP1(channel.pipeline) }

    /// A text of HTTP/1.1 reaches the server. What the server has flushed by then, as text.
    func say(_ text: String) -> String {
        send(ByteBuffer(string: text))
        channel.embeddedEventLoop.run()
        return String(buffer: socket.take())
    }

    func events(_ event: ServerEvent) -> UInt64 { connection.shared.counters.snapshot.events[event] ?? 0 }

    /// The server's side of an open stream.
    func stream(_ id: Int32) -> ServerStream? {
        connection.session?.held.values.first { $0.id == id } as? ServerStream
    }

    /// The server's clock moves on, and it looks at it. What comes of it leaves at the next exchange.
    func look(after time: TimeAmount = .zero) {
        now = now + time
        connection.tick(now)
    }

    /// The same, and what comes of it reaches the client.
    func tick(after time: TimeAmount = .zero) throws {
        look(after: time)
        try exchange()
    }

    // MARK: Bytes

    /// Runs what is due on the event loop and carries bytes, until there is nothing more to do.
    func exchange() throws {
        for _ in 0..<10_000 {
            let sent = try send()
            channel.embeddedEventLoop.advanceTime(by: ServerConnection.rest)
            guard try receive() || sent else { return }
        }
    }

    /// What the client has to say reaches the server, in one read. Whether there was any.
    @discardableResult
    func send() throws -> Bool {
        var bytes = ByteBuffer()
        while try client.drain(into: &bytes) {}
        guard bytes.readableBytes > 0 else { return false }
        send(bytes)
        return true
    }

    /// These bytes reach the server, in one read.
    func send(_ bytes: ByteBuffer) {
        channel.pipeline.fireChannelRead(bytes)
        channel.pipeline.fireChannelReadComplete()
    }

    /// What the server has flushed reaches the client. Whether there was any.
    @discardableResult
    func receive() throws -> Bool {
        let bytes = socket.take()
        try bytes.withUnsafeReadableBytes { try client.receive($0, now: now) }
        return bytes.readableBytes > 0
    }

    /// The socket is full, or takes bytes again.
    func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    /// The test's clock shows the real time again.
    func setNow() { now = .now() }

    /// The event loop asks for more bytes of the peer, as it does after every read.
    func askForBytes() { channel.pipeline.read() }

    // MARK: Requests

    /// Queues a request with this body; it leaves at the next exchange.
    func request(
        _ path: String, _ body: [UInt8], method: String = "POST", isWhole: Bool = true,
        fields more: [(String, String)] = [("content-type", "application/grpc")]
    ) throws -> HTTP2Stream {
        var fields = HTTP2Fields()
        for (name, value) in [(":method", method), (":scheme", "https"), (":path", path), (":authority", "h")] + more {
            fields.append(name, value)
        }
        let stream = HTTP2Stream()
        stream.outbox.writeBytes(body)
        stream.outboxFinished = isWhole
        streams.append(stream)
        try client.submitRequest(stream, fields: fields, hasBody: !isWhole || !body.isEmpty)
        return stream
    }

    /// Queues a call with one message, and brings it to the server.
    func call(_ path: String, _ message: [UInt8] = [], isWhole: Bool = true) throws -> HTTP2Stream {
        let stream = try request(path, Self.framed(message), isWhole: isWhole)
        try exchange()
        return stream
    }

    /// A message with its prefix.
    static func framed(_ message: [UInt8]) -> [UInt8] { [0] + RawHTTP2Client.bytes(UInt32(message.count)) + message }
}

/// What came on each stream of the client.
final class ClientAnswers: HTTP2SessionDelegate {
    struct Answer {
        var fields: [String: String] = [:]
        /// Bytes of the body.
        var count = 0
        var isEnded = false
        /// Error code with which the stream was closed; 0 is none.
        var closed: UInt32?
        var grpcStatus: Int? { fields["grpc-status"].flatMap { Int($0) } }
    }

    private var streams: [ObjectIdentifier: Answer] = [:]
    private(set) var goAways: [UInt32] = []

    subscript(_ stream: HTTP2Stream) -> Answer { streams[ObjectIdentifier(stream)] ?? Answer() }

    private func change(_ stream: HTTP2Stream, _ body: (inout Answer) -> Void) {
        body(&streams[ObjectIdentifier(stream), default: Answer()])
    }

    func http2Opened(streamID: Int32) -> HTTP2Stream? { nil }

    func http2Field(_ stream: HTTP2Stream, name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        change(stream) { $0.fields[String(decoding: name, as: UTF8.self)] = String(decoding: value, as: UTF8.self) }
    }

    func http2FieldsEnd(_ stream: HTTP2Stream, kind: HTTP2FieldsKind, isTooLarge: Bool) {}

    func http2Data(_ stream: HTTP2Stream, bytes: UnsafeRawBufferPointer) { change(stream) { $0.count += bytes.count } }

    func http2End(_ stream: HTTP2Stream) { change(stream) { $0.isEnded = true } }

    func http2Closed(_ stream: HTTP2Stream, errorCode: UInt32) { change(stream) { $0.closed = errorCode } }

    func http2Writable(_ stream: HTTP2Stream) {}

    func http2GoAway(lastStreamID: Int32, errorCode: UInt32) { goAways.append(errorCode) }

    func http2PingAnswered() {}

    func http2SettingsApplied() {}

    func http2Misbehaved(_ event: HTTP2Misbehaviour) {}
}

/// Stands where a server's connection has its socket.
final class SocketInMemory: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    private var written = ByteBuffer()
    private var flushed = ByteBuffer()
    /// How often more bytes of the peer were asked for.
    private(set) var reads = 0
    /// Largest number of bytes that were flushed at once.
    private(set) var largestFlush = 0
    /// Our direction was closed; it succeeds when the socket has taken everything.
    private(set) var goodbye: EventLoopPromise<Void>?
    private(set) var isClosed = false
    /// Runs within every write.
    var onWrite: () -> Void = {}
    /// Runs within every flush that brings something.
    var onFlush: () -> Void = {}

    /// What was flushed since the last time.
    func take() -> ByteBuffer {
        defer { flushed.clear() }
        return flushed
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        written.writeImmutableBuffer(Self.unwrapOutboundIn(data))
        promise?.succeed(())
        onWrite()
    }

    func flush(context: ChannelHandlerContext) {
        largestFlush = max(largestFlush, written.readableBytes)
        let brings = written.readableBytes > 0
        flushed.writeBuffer(&written)
        written.clear()
        if brings { onFlush() }
    }

    func read(context: ChannelHandlerContext) { reads += 1 }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output {
            goodbye = promise ?? context.eventLoop.makePromise()
        } else {
            isClosed = true
            goodbye?.succeed(())
            context.close(mode: mode, promise: promise)
        }
    }
}

/// The time of day that a test sets.
final class WallClock: Sendable {
    let seconds = Atomic<Int64>(0)
}
