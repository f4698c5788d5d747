import NIOCore
import Synchronization
import Testing

@testable import PortvaktRPC

@Suite(
    "What a channel keeps of a call that waits or is sent again, and of a server that is of no use",
    .timeLimit(.minutes(2)))
struct PromiseTests {
    private static let path = "/a.B/C"

    @Test("a call that the server did not take, and that is sent again, still ends at its deadline")
    func retried() async throws {
        try await ScriptedServer.with { connection, stream, number in
            if number == 0 { connection.session?.reset(stream, errorCode: HTTP2ErrorCode.refusedStream) }
        } _: { server, pki in
            try await pki.channel([server.port]).closing { channel in
                let found = await status { _ = try await channel.text(Self.path, "", timeout: .seconds(2)) }
                #expect(found.code == .deadlineExceeded)
            }
        }
    }

    @Test("a call that the server has begun to answer is not sent again, whatever the server says of it then")
    func begun() async throws {
        try await ScriptedServer.with { connection, stream, _ in
            connection.session?.submitResponse(stream, fields: ScriptedConnection.head, hasBody: true)
            connection.flush()
            connection.session?.reset(stream, errorCode: HTTP2ErrorCode.refusedStream)
        } _: { server, pki in
            try await pki.channel([server.port]).closing { channel in
                let found = await status { _ = try await channel.text(Self.path, "", timeout: .minutes(1)) }
                #expect(found.code == .unavailable && server.requestCount == 1)
            }
        }
    }

    @Test("a call that waited for its connection tells the server its deadline, like every other")
    func told() async throws {
        let minutes = Mutex<[Int64]>([])
        let method = RPCMethod(path: Self.path, kind: .unary) { call, _ in
            let left = call.deadline.map { ($0 - .now()).nanoseconds / 60_000_000_000 } ?? -1
            minutes.withLock { $0.append(left) }
            call.respond(ByteBuffer())
        }
        try await ClientServer.with([method]) { server, pki in
            try await pki.channel([server.port]).closing { channel in
                for _ in 0..<2 { _ = try await channel.text(Self.path, "", timeout: .minutes(60)) }
            }
        }
        #expect(minutes.withLock { $0.map { (50...60).contains($0) } } == [true, true])
    }

    @Test(
        "a server that takes calls and hangs up instead of answering is not connected to again before the wait is over")
    func useless() async throws {
        try await ScriptedServer.with { connection, _, _ in
            connection.close()
        } _: { server, pki in
            let channel = try pki.channel([server.port]) {
                $0.backoff.initial = .minutes(30)
                $0.backoff.maximum = .minutes(30)
            }
            try await channel.closing { channel in
                let calls = 20
                for _ in 0..<calls {
                    let found = await status { _ = try await channel.text(Self.path, "", timeout: .minutes(20)) }
                    #expect(found.code == .unavailable)
                }
                // One; a connection that a slow machine takes a second for is of use.
                #expect(server.connectionCount < calls / 2)
            }
        }
    }

    @Test("calls that ended while they waited leave the queue, however many they are")
    func queue() async throws {
        try await ClientServer.with([]) { server, pki in
            try await pki.channel([server.port]).closing { channel in
                let outcomes = Outcomes()
                let entries = try await channel.eventLoop.submit {
                    // In one turn of the loop, in which no connection comes about.
                    let route = RPCRoute(Self.path)
                    for _ in 0..<5000 {
                        let call = channel.start(
                            route, UnsafeRawBufferPointer(start: nil, count: 0), timeout: nil, receiver: outcomes)
                        channel.cancel(call)
                    }
                    return channel.core.waitingEntries
                }.get()
                #expect(outcomes.count == 5000 && entries <= ClientCore.maxIdleEntries)
            }
        }
    }
}
