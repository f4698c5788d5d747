import NIOCore
import Testing

@testable import PortvaktRPC

/// Callers that take their answers slowly, and those that do not take them. The clock is the test's.
@Suite("A caller that reads slowly")
struct SlowReaderTests {
    private static let hour = TimeAmount.hours(1)

    /// As many messages of 1,000 bytes as the caller takes, and no end.
    private static let endless = RPCMethod(path: "/test.Slow/Endless", kind: .serverStreaming) { call, _ in
        let piece = ByteBuffer(repeating: 7, count: 1000)
        let send = { while call.send(piece) {} }
        call.onWritable(send)
        send()
    }

    private static let empty = RPCMethod(path: "/test.Slow/Empty", kind: .serverStreaming) { call, _ in call.finish() }

    private static let echo = RPCMethod(path: "/test.Slow/Echo", kind: .unary) { call, message in
        call.respond(message)
    }

    /// Answers each message with 20,000 bytes.
    private static let grow = RPCMethod(path: "/test.Slow/Grow", kind: .bidirectional) { call, _ in
        call.onRequestEnd { call.finish() }
        _ = call.send(ByteBuffer(repeating: 1, count: 20_000))
    }

    private func with(window: Int, _ body: (ConnectionInMemory) throws -> Void) throws {
        var limits = ServerLimits()
        limits.stalledResponseTimeout = Self.hour
        limits.bodyTimeout = Self.hour
        limits.idleTimeout = .hours(1000)
        limits.maxConnectionAge = .hours(1000)
        limits.recheckInterval = .hours(1000)
        var http2 = HTTP2Limits()
        http2.keepaliveInterval = .hours(1000)
        let methods = [Self.endless, Self.empty, Self.echo, Self.grow]
        let memory = try ConnectionInMemory(methods: methods, limits: limits, http2: http2, window: window)
        try memory.start()
        try body(memory)
    }

    @Test("one that takes a little all the time is served on; one that stops is cut in its time from what it took last")
    func steady() throws {
        try with(window: 1000) { memory in
            let stream = try memory.call("/test.Slow/Endless")
            #expect(memory.answers[stream].count == 1000)
            for round in 1...5 {
                try memory.tick(after: .minutes(40))
                memory.client.consume(stream, bytes: 1000)
                try memory.exchange()
                #expect(memory.answers[stream].count == 1000 * (round + 1))
                try memory.tick()
            }
            try memory.tick(after: .minutes(59))
            #expect(memory.answers[stream].closed == nil && memory.events(.stalledResponse) == 0)
            try memory.tick(after: .minutes(2))
            #expect(memory.answers[stream].closed == HTTP2ErrorCode.cancel && memory.events(.stalledResponse) == 1)
            // The connection goes on.
            let next = try memory.call("/test.Slow/Echo", [1])
            #expect(memory.answers[next].grpcStatus == 0)
        }
    }

    @Test("an answer that waits for nothing but the window of its end is cut like any other")
    func stalledEnd() throws {
        try with(window: 0) { memory in
            let stream = try memory.call("/test.Slow/Empty")
            try memory.tick()
            try memory.tick(after: .minutes(59))
            #expect(memory.answers[stream].closed == nil)
            try memory.tick(after: .minutes(2))
            #expect(memory.answers[stream].closed == HTTP2ErrorCode.cancel && memory.events(.stalledResponse) == 1)
            #expect(memory.connection.session?.hasStreams == false)
        }
    }

    @Test("a request whose messages wait until their caller reads is not slow")
    func waitingMessages() throws {
        try with(window: 1000) { memory in
            let messages = [[UInt8]](repeating: [1], count: 20).flatMap(ConnectionInMemory.framed)
            let stream = try memory.request("/test.Slow/Grow", messages)
            try memory.exchange()
            for _ in 1...5 {
                try memory.tick(after: .minutes(40))
                memory.client.consume(stream, bytes: 1000)
                try memory.exchange()
            }
            try memory.tick()
            #expect(memory.answers[stream].closed == nil && memory.events(.slowBody) == 0)
            while memory.answers[stream].closed == nil, memory.answers[stream].count < 20 * 20_005 {
                memory.client.consume(stream, bytes: 1000)
                try memory.exchange()
            }
            #expect(memory.answers[stream].count == 20 * 20_005 && memory.answers[stream].grpcStatus == 0)
        }
    }

    @Test("the time for more of a request begins when its last message was taken, though nothing came meanwhile")
    func takenLate() throws {
        try with(window: 1_000_000) { memory in
            // The socket is full as soon as it has the first answers, and takes more without a word of the caller.
            let messages = [[UInt8]](repeating: [1], count: 8).flatMap(ConnectionInMemory.framed)
            memory.setWritable(false)
            let stream = try memory.request("/test.Slow/Grow", messages, isWhole: false)
            try memory.exchange()
            let began = try #require(memory.connection.session?.now)
            let held = try #require(memory.stream(stream.id))
            #expect(held.messages.bufferedBytes > 0)
            while NIODeadline.now() == began {}
            memory.setWritable(true)
            try memory.exchange()
            #expect(held.messages.bufferedBytes == 0)
            #expect(held.headEndedAt > began)
        }
    }
}
