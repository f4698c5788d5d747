import NIOCore
import Testing

@testable import PortvaktRPC

/// The times of a connection's end. The clock is the test's.
@Suite("A connection that leaves")
struct LeavingTests {
    private static let hold = RPCMethod(path: "/test.Leave/Hold", kind: .unary) { _, _ in }

    private func with(_ body: (ConnectionInMemory) throws -> Void) throws {
        var limits = ServerLimits()
        limits.stalledResponseTimeout = .hours(1)
        limits.closeTimeout = .minutes(10)
        limits.maxConnectionAge = .hours(1000)
        limits.idleTimeout = .hours(1000)
        var http2 = HTTP2Limits()
        http2.keepaliveInterval = .hours(1000)
        http2.keepaliveTimeout = .hours(1000)
        let memory = try ConnectionInMemory(methods: [Self.hold], limits: limits, http2: http2)
        try memory.start()
        try body(memory)
    }

    @Test("the final GOAWAY waits for the answer to the notice, and for no longer than its time")
    func notice() throws {
        try with { memory in
            _ = try memory.call("/test.Leave/Hold")
            memory.connection.leave(grace: .hours(1), now: memory.now)
            memory.connection.flushOut()
            try memory.receive()
            // The client has its answer to the PING ready, and keeps it.
            #expect(memory.answers.goAways == [0])
            memory.look(after: ServerConnection.noticeTimeout)
            memory.connection.flushOut()
            try memory.receive()
            #expect(memory.answers.goAways == [0])
            memory.look(after: .milliseconds(1))
            memory.connection.flushOut()
            try memory.receive()
            #expect(memory.answers.goAways == [0, 0])
        }
    }

    @Test("calls have their time from the notice, not from the answer to it or from another asking; then they are cut")
    func grace() throws {
        try with { memory in
            let call = try memory.call("/test.Leave/Hold")
            memory.connection.leave(grace: .hours(1), now: memory.now)
            try memory.exchange()
            #expect(memory.answers.goAways == [0, 0])
            try memory.tick(after: .minutes(40))
            memory.connection.leave(grace: .hours(1), now: memory.now)
            try memory.tick(after: .minutes(19))
            #expect(!memory.socket.isClosed && memory.answers[call].closed == nil)
            #expect(memory.answers.goAways == [0, 0])
            try memory.tick(after: .minutes(2))
            #expect(memory.socket.isClosed)
            #expect(memory.connection.shared.counters.snapshot.callsCancelled == 1)
        }
    }

    @Test("who is cut has the time of a cut, even where the socket takes the last words at once and says so")
    func cutInFlush() throws {
        try with { memory in
            memory.setNow()
            // A socket that is full with every write, and empty with every flush.
            memory.socket.onWrite = { memory.setWritable(false) }
            memory.socket.onFlush = { memory.setWritable(true) }
            memory.connection.cut(.recheckRefused)
            try memory.receive()
            #expect(memory.answers.goAways == [HTTP2ErrorCode.enhanceYourCalm] && memory.socket.goodbye != nil)
            memory.look(after: .minutes(9))
            #expect(!memory.socket.isClosed)
            memory.look(after: .minutes(2))
            #expect(memory.socket.isClosed)
        }
    }

    @Test("a connection that has said everything waits for its socket as for any answer, then for the peer to close")
    func goodbye() throws {
        for isTaken in [false, true] {
            try with { memory in
                memory.setNow()
                memory.connection.leave(grace: .hours(1000), now: memory.now)
                try memory.exchange()
                let goodbye = try #require(memory.socket.goodbye)
                if isTaken { goodbye.succeed(()) }
                memory.look(after: isTaken ? .minutes(9) : .minutes(59))
                #expect(!memory.socket.isClosed)
                // A moment more than the limit, since the connection's own clock has moved meanwhile.
                memory.look(after: .minutes(5))
                #expect(memory.socket.isClosed)
            }
        }
    }

    @Test("one that is cut waits for its socket for no longer than for a peer to close")
    func cut() throws {
        try with { memory in
            memory.setNow()
            memory.connection.cut(.recheckRefused)
            try memory.receive()
            #expect(memory.answers.goAways == [HTTP2ErrorCode.enhanceYourCalm])
            #expect(memory.socket.goodbye != nil)
            memory.look(after: .minutes(9))
            #expect(!memory.socket.isClosed)
            memory.look(after: .minutes(5))
            #expect(memory.socket.isClosed)
        }
    }
}
