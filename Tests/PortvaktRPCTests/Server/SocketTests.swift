import NIOCore
import Testing

@testable import PortvaktRPC

/// How a connection and its socket get along. The socket is the test's.
@Suite("A connection and its socket")
struct SocketTests {
    private static let size = 300_000

    /// Answers with as many bytes.
    private static let large = RPCMethod(path: "/test.Socket/Large", kind: .unary) { call, _ in
        call.respond(ByteBuffer(repeating: 7, count: size))
    }

    private func with(
        limits: (inout ServerLimits) -> Void = { _ in }, _ body: (ConnectionInMemory) throws -> Void
    ) throws {
        var changed = ServerLimits()
        limits(&changed)
        var http2 = HTTP2Limits()
        http2.keepaliveInterval = .hours(1000)
        let memory = try ConnectionInMemory(
            methods: [Self.large], limits: changed, http2: http2, window: 2 * Self.size)
        try memory.start()
        try body(memory)
    }

    @Test("a client that is cut in the middle of a long answer is told why")
    func lastWords() throws {
        try with(limits: { $0.maxFlush = 1 }) { memory in
            let call = try memory.request("/test.Socket/Large", ConnectionInMemory.framed([]))
            try memory.send()
            try memory.receive()
            // The answer's head has left; a frame of its body, as large as what is drained at once, waits.
            #expect(memory.answers[call].fields[":status"] == "200" && memory.answers[call].count == 0)
            memory.connection.cut(.recheckRefused)
            try memory.receive()
            #expect(memory.answers.goAways == [HTTP2ErrorCode.enhanceYourCalm])
            #expect(memory.socket.goodbye != nil && !memory.socket.isClosed)
        }
    }

    @Test("a full socket is given nothing and its peer is not read; when it takes more, both go on")
    func full() throws {
        try with { memory in
            let before = memory.socket.reads
            memory.setWritable(false)
            let call = try memory.call("/test.Socket/Large")
            memory.askForBytes()
            memory.askForBytes()
            #expect(memory.answers[call].count == 0 && memory.socket.reads == before)
            memory.setWritable(true)
            // Once, however often it was asked for.
            #expect(memory.socket.reads == before + 1)
            memory.askForBytes()
            #expect(memory.socket.reads == before + 2)
            try memory.exchange()
            #expect(memory.answers[call].count == Self.size + 5 && memory.answers[call].grpcStatus == 0)
            // Nothing is asked for again when nothing waits.
            memory.setWritable(false)
            memory.setWritable(true)
            #expect(memory.socket.reads == before + 2)
        }
    }

    @Test("a socket that takes what it is given, full for a moment each time, gets everything")
    func fullForAMoment() throws {
        try with { memory in
            memory.socket.onWrite = { memory.setWritable(false) }
            memory.socket.onFlush = { memory.setWritable(true) }
            let call = try memory.call("/test.Socket/Large")
            memory.socket.onWrite = {}
            memory.socket.onFlush = {}
            #expect(memory.answers[call].count == Self.size + 5 && memory.answers[call].grpcStatus == 0)
        }
    }

    @Test("a socket that is full for long is cut, from when it became full; one that took more in between is not")
    func unread() throws {
        try with(limits: {
            $0.stalledResponseTimeout = .hours(1)
            $0.maxConnectionAge = .hours(1000)
            $0.idleTimeout = .hours(1000)
        }) { memory in
            for _ in 0..<3 {
                memory.setWritable(false)
                try memory.tick(after: .minutes(50))
                memory.setWritable(true)
                try memory.tick(after: .minutes(20))
                // The clock of the connection is not the test's.
                memory.setNow()
            }
            #expect(memory.events(.unreadSocket) == 0)
            memory.setWritable(false)
            try memory.tick(after: .minutes(59))
            #expect(memory.events(.unreadSocket) == 0)
            try memory.tick(after: .minutes(2))
            #expect(memory.events(.unreadSocket) == 1 && memory.socket.goodbye != nil)
        }
    }

    @Test("after as much as a connection may write at once it rests, and then goes on, again and again")
    func rests() throws {
        try with(limits: { $0.maxFlush = 32 * 1024 }) { memory in
            let call = try memory.request("/test.Socket/Large", ConnectionInMemory.framed([]))
            try memory.send()
            try memory.receive()
            // Not everything, and more than nothing.
            let first = memory.answers[call].count
            #expect((1...64 * 1024).contains(first))
            // What is read gives it as much again, also while it rests.
            memory.client.ping()
            try memory.send()
            try memory.receive()
            #expect((first + 1...first + 64 * 1024).contains(memory.answers[call].count))
            try memory.exchange()
            #expect(memory.answers[call].count == Self.size + 5)
            #expect((1...64 * 1024).contains(memory.socket.largestFlush))
        }
    }
}
