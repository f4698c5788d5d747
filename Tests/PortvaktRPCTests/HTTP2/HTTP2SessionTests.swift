import NIOCore
import Testing

@testable import PortvaktRPC

/// What a session told, as text.
private final class Recorder: HTTP2SessionDelegate {
    var events: [String] = []
    var streams: [HTTP2Stream] = []
    var refuses = false

    func http2Opened(streamID: Int32) -> HTTP2Stream? {
        guard !refuses else { return nil }
        let stream = HTTP2Stream()
        streams.append(stream)
        return stream
    }

    func http2Field(_ stream: HTTP2Stream, name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        events.append("\(String(decoding: name, as: UTF8.self))=\(String(decoding: value, as: UTF8.self))")
    }

    func http2FieldsEnd(_ stream: HTTP2Stream, kind: HTTP2FieldsKind, isTooLarge: Bool) { events.append("\(kind)") }

    func http2Data(_ stream: HTTP2Stream, bytes: UnsafeRawBufferPointer) { events.append("data \(bytes.count)") }

    func http2End(_ stream: HTTP2Stream) { events.append("end") }

    func http2Closed(_ stream: HTTP2Stream, errorCode: UInt32) { events.append("closed \(errorCode)") }

    func http2Writable(_ stream: HTTP2Stream) { events.append("writable") }

    func http2GoAway(lastStreamID: Int32, errorCode: UInt32) { events.append("goaway \(lastStreamID) \(errorCode)") }

    func http2PingAnswered() { events.append("pong") }

    func http2SettingsApplied() {}

    func http2Misbehaved(_ event: HTTP2Misbehaviour) { events.append("bad \(event)") }

    func take() -> [String] {
        defer { events = [] }
        return events
    }
}

@Suite("An HTTP/2 session, both ends in memory")
struct HTTP2SessionTests {
    private let server = HTTP2Session(role: .server, limits: .defaults, now: .now())!
    private let client = HTTP2Session(role: .client, limits: .defaults, now: .now())!
    private let atServer = Recorder()
    private let atClient = Recorder()

    init() throws {
        server.delegate = atServer
        client.delegate = atClient
        server.start()
        client.start()
        try exchange()
    }

    /// Carries bytes until neither end has any.
    private func exchange() throws {
        for _ in 0..<100 {
            let moved = try carry(client, server) + carry(server, client)
            if moved == 0 { return }
        }
        Issue.record("the two ends never came to rest")
    }

    private func carry(_ from: HTTP2Session, _ to: HTTP2Session) throws -> Int {
        var buffer = ByteBuffer()
        while try from.drain(into: &buffer) {}
        let count = buffer.readableBytes
        try buffer.withUnsafeReadableBytes { try to.receive($0, now: .now()) }
        from.tellWritable()
        return count
    }

    private func request(hasBody: Bool = false) throws -> HTTP2Stream {
        var fields = HTTP2Fields()
        for (name, value) in [(":method", "POST"), (":scheme", "https"), (":path", "/a"), (":authority", "b")] {
            fields.append(name, value)
        }
        let stream = HTTP2Stream()
        try client.submitRequest(stream, fields: fields, hasBody: hasBody)
        return stream
    }

    @Test("a call, from the request to the trailers")
    func call() throws {
        let stream = try request(hasBody: true)
        stream.outbox.writeString("hello")
        stream.outboxFinished = true
        try exchange()
        #expect(
            atServer.take() == [
                ":method=POST", ":scheme=https", ":path=/a", ":authority=b", "request", "data 5", "end",
            ])
        let answer = atServer.streams[0]
        answer.outbox.writeString("hi")
        server.submitResponse(answer, constant: ConstantFields.response)
        try exchange()
        #expect(atClient.take() == [":status=200", "content-type=application/grpc", "response", "data 2"])
        answer.outboxFinished = true
        answer.trailers = .ok
        server.resume(answer)
        try exchange()
        #expect(atClient.take() == ["grpc-status=0", "trailers", "end", "closed 0"])
        #expect(atServer.take() == ["closed 0"])
        #expect(server.held.isEmpty && client.held.isEmpty && client.unsent.isEmpty)
    }

    @Test("a stream that the server does not want is refused")
    func refused() throws {
        atServer.refuses = true
        _ = try request()
        try exchange()
        #expect(atClient.take() == ["closed 7"])
    }

    @Test("a body larger than the window leaves as the window grows, and the sender is told when there is room")
    func window() throws {
        let stream = try request(hasBody: true)
        stream.outbox.writeBytes([UInt8](repeating: 1, count: 1_000_000))
        stream.wantsWritable = true
        try exchange()
        #expect(stream.outbox.readableBytes == 1_000_000 - HTTP2Limits.defaults.streamWindow)
        #expect(!atClient.events.contains("writable"))
        while stream.outbox.readableBytes > 0 {
            server.consume(atServer.streams[0], bytes: 200_000)
            try exchange()
        }
        #expect(atClient.events.filter { $0 == "writable" }.count == 1)
        #expect(client.framedBytes == 1_000_000)
    }

    @Test("a drain takes no more than it is told, and says whether there is more")
    func drain() throws {
        let stream = try request(hasBody: true)
        stream.outbox.writeBytes([UInt8](repeating: 1, count: 50_000))
        stream.outboxFinished = true
        var sizes: [Int] = []
        var more = true
        while more {
            var buffer = ByteBuffer()
            more = try client.drain(into: &buffer, limit: 20_000)
            sizes.append(buffer.readableBytes)
            try buffer.withUnsafeReadableBytes { try server.receive($0, now: .now()) }
        }
        #expect(sizes.allSatisfy { $0 <= 20_000 } && sizes.count >= 3)
        #expect(atServer.events.filter { $0.hasPrefix("data") }.count >= 3 && atServer.events.last == "end")
    }

    @Test("GOAWAY: no new streams, the open one is finished, then the session is over")
    func goAway() throws {
        _ = try request()
        try exchange()
        server.goAway()
        try exchange()
        #expect(atClient.take() == ["goaway 1 0"])
        // A request that cannot be sent any more is told to be refused, so that it may be tried elsewhere.
        _ = try request()
        try exchange()
        #expect(atClient.take() == ["closed 7"])
        #expect(!server.isOver)
        var fields = HTTP2Fields()
        fields.append(":status", "200")
        server.submitResponse(atServer.streams[0], fields: fields, hasBody: false)
        try exchange()
        #expect(atClient.take() == [":status=200", "response", "end", "closed 0"])
        #expect(server.isOver && client.isOver)
    }

    @Test("PING is answered")
    func ping() throws {
        client.ping()
        try exchange()
        #expect(atClient.take() == ["pong"])
    }

    @Test("a stream that is used again keeps the storage of its outbox, but not that of a large answer")
    func reuse() {
        let stream = HTTP2Stream()
        stream.outbox.writeRepeatingByte(1, count: 1000)
        let capacity = stream.outbox.capacity
        stream.resetForReuse()
        #expect(stream.outbox.capacity == capacity && stream.outbox.readableBytes == 0)
        stream.outbox.writeRepeatingByte(1, count: 1_000_000)
        stream.outbox.moveReaderIndex(forwardBy: 1_000_000)
        stream.resetForReuse()
        #expect(stream.outbox.capacity <= HTTP2Stream.retainedCapacity && stream.outbox.readableBytes == 0)
    }

    @Test("every kind of misbehaviour has an event of the same name")
    func labels() {
        for kind in HTTP2Misbehaviour.allCases { #expect(ServerEvent(kind).rawValue == kind.rawValue) }
    }
}
