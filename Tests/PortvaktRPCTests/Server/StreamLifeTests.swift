import NIOCore
import Synchronization
import Testing

@testable import PortvaktRPC

/// Streams of a connection, one after the other. The connection uses their storage again.
@Suite("The life of a stream")
struct StreamLifeTests {
    private static let echo = RPCMethod(path: "/test.Life/Echo", kind: .unary) { call, message in
        call.respond(message)
    }

    /// Answers its first message and ends.
    private static let once = RPCMethod(path: "/test.Life/Once", kind: .bidirectional) { call, message in
        call.respond(message)
    }

    /// Answers each message.
    private static let each = RPCMethod(path: "/test.Life/Each", kind: .bidirectional) { call, message in
        call.onRequestEnd { call.finish() }
        _ = call.send(message)
    }

    private func with(
        http2: (inout HTTP2Limits) -> Void = { _ in }, _ body: (ConnectionInMemory) throws -> Void
    ) throws {
        var changed = HTTP2Limits()
        http2(&changed)
        let memory = try ConnectionInMemory(methods: [Self.echo, Self.once, Self.each], http2: changed)
        try memory.start()
        try body(memory)
    }

    @Test("a call that was reset in the middle of its message leaves none of it to the next, which gets its place")
    func leftOver() throws {
        for path in ["/test.Life/Echo", "/test.Life/Each"] {
            try with { memory in
                let first = try memory.request(path, [0, 0, 0, 0, 9, 1, 2], isWhole: false)
                try memory.exchange()
                let place = try #require(memory.stream(first.id))
                #expect(place.buffered > 0 && memory.connection.buffered == place.buffered)
                memory.client.reset(first, errorCode: HTTP2ErrorCode.cancel)
                try memory.exchange()
                #expect(memory.connection.spareStreams.last === place)
                #expect(place.body.count == 0 && place.messages.bufferedBytes == 0)
                #expect(memory.connection.buffered == 0)
                for other in ["/test.Life/Echo", "/test.Life/Each"] {
                    let next = try memory.call(other, [5, 6, 7])
                    #expect(memory.answers[next].grpcStatus == 0 && memory.answers[next].count == 8)
                    #expect(memory.connection.spareStreams.last === place)
                }
            }
        }
    }

    @Test(
        "an answer that is complete before its request ends the stream: the rest is not wanted (RFC 9113 section 8.1)")
    func early() throws {
        try with { memory in
            let call = try memory.call("/test.Life/Once", [5], isWhole: false)
            #expect(memory.answers[call].grpcStatus == 0 && memory.answers[call].count == 6)
            #expect(memory.answers[call].closed == HTTP2ErrorCode.noError)
            #expect(memory.connection.session?.hasStreams == false)
            // One whose request has ended needs no reset: that would cancel it for some clients.
            let whole = try memory.call("/test.Life/Once", [5])
            #expect(memory.answers[whole].isEnded && memory.answers[whole].closed == HTTP2ErrorCode.noError)
        }
    }

    @Test("a header list is as large as its names and values and 32 bytes for each field (RFC 9113 section 6.5.2)")
    func headerList() throws {
        let limit = 4000
        try with(http2: { $0.maxHeaderListSize = limit }) { memory in
            let path = "/test.Life/Echo"
            let usual = [
                (":method", "POST"), (":scheme", "https"), (":path", path), (":authority", "h"),
                ("content-type", "application/grpc"),
            ]
            let many = [(String, String)](repeating: ("x", "y"), count: 90)
            let size = (usual + many).reduce(0) { $0 + $1.0.utf8.count + $1.1.utf8.count + 32 }
            for (over, status) in [(0, 0), (1, 8)] {
                let last = ("z", String(repeating: "a", count: limit - size - 33 + over))
                let stream = try memory.request(
                    path, ConnectionInMemory.framed([1]), fields: [usual[4]] + many + [last])
                try memory.exchange()
                #expect(memory.answers[stream].grpcStatus == status)
                #expect(memory.events(.headerListTooLarge) == over)
            }
        }
    }
}
