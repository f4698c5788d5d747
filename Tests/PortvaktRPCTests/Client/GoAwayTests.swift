import NIOCore
import Testing

@testable import PortvaktRPC

/// GOAWAY with NO_ERROR is said by a server that ends a connection for its age and serves on, and by one that stops.
@Suite("A channel that is asked to leave a connection")
struct GoAwayTests {
    private static let path = "/test.Name/Get"

    /// The name of the server that answers, or what the call came to instead.
    private func answer(_ channel: RPCChannel) async -> String {
        do { return try await channel.text(Self.path, "", timeout: .seconds(10)) } catch { return "\(error)" }
    }

    @Test("connects to the same address again when the connection was only old: the next one is not tried")
    func age() async throws {
        // Longer than what makes a connection one that has lived, and than its first answer takes on a busy machine.
        let age = Connector.usefulLife + .milliseconds(1500)
        try await ClientServer.with([ClientServer.named("a")], configure: { $0.limits.maxConnectionAge = age }) {
            server, pki in
            try await ScriptedServer.with({ _, _, _ in }) { other, _ in
                try await pki.channel([server.port, other.port]).closing { channel in
                    let end = NIODeadline.now() + .seconds(20)
                    while server.server.metrics.connectionsAccepted < 2, NIODeadline.now() < end {
                        #expect(await answer(channel) == "a")
                        try await Task.sleep(nanoseconds: 5_000_000)
                    }
                    #expect(server.server.metrics.connectionsAccepted == 2)
                    #expect(await answer(channel) == "a")
                    #expect(other.connectionCount == 0)
                }
            }
        }
    }

    @Test("connects to the same address again with its next call, when nobody has used the connection")
    func unused() async throws {
        let age = Connector.usefulLife + .milliseconds(100)
        try await ClientServer.with([ClientServer.named("a")], configure: { $0.limits.maxConnectionAge = age }) {
            server, pki in
            try await ScriptedServer.with({ _, _, _ in }) { other, _ in
                try await pki.channel([server.port, other.port]).closing { channel in
                    channel.connect()
                    #expect(await eventually { server.server.metrics.connectionsAccepted == 1 })
                    #expect(await eventually { server.server.metrics.connectionsOpen == 0 })
                    #expect(await answer(channel) == "a")
                    #expect(other.connectionCount == 0)
                }
            }
        }
    }

    @Test(
        "goes on to the next address when a server takes connections and answers nothing on them, at once or after a while",
        arguments: [TimeAmount.zero, Connector.usefulLife + .milliseconds(100)])
    func answersNothing(after wait: TimeAmount) async throws {
        try await ScriptedServer.with { connection, _, _ in
            let bound = NIOLoopBound(connection, eventLoop: connection.context!.eventLoop)
            bound.eventLoop.scheduleTask(in: wait) {
                bound.value.session?.goAway(lastStreamID: 0)
                bound.value.flush()
            }
        } _: { leaving, pki in
            let next = try await ClientServer.start([ClientServer.named("b")], pki, name: "next")
            try await pki.channel([leaving.port, next.port]).closing { channel in
                #expect(await answer(channel) == "b")
                #expect(await answer(channel) == "b")
                #expect(leaving.connectionCount == 1)
            }
            try await next.server.drain(linger: .zero)
        }
    }

    @Test(
        "goes on to the next address when it is asked to leave at once, also by a server that answers, and never waits")
    func leavesAtOnce() async throws {
        try await ScriptedServer.with { connection, stream, _ in
            connection.answer(
                stream, body: ScriptedConnection.message("a"), trailers: [("grpc-status", "0")])
            connection.session?.goAway()
        } _: { leaving, pki in
            let next = try await ClientServer.start([ClientServer.named("b")], pki, name: "next")
            try await pki.channel([leaving.port, next.port]).closing { channel in
                #expect(await answer(channel) == "a")
                #expect(await answer(channel) == "b")
                #expect(leaving.connectionCount == 1)
            }
            try await next.server.drain(linger: .zero)
        }
    }

    @Test("gives a call up after a few connections when the only address takes all and asks to leave each")
    func endless() async throws {
        try await ScriptedServer.with { connection, _, _ in
            connection.session?.goAway(lastStreamID: 0)
        } _: { server, pki in
            let channel = try pki.channel([server.port]) {
                $0.waitsForReady = true
                $0.maxRetries = 2
            }
            try await channel.closing { channel in
                #expect(
                    await status { _ = try await channel.text(Self.path, "", timeout: .seconds(10)) }.code
                        == .unavailable)
                #expect(server.requestCount == 3)
            }
        }
    }

    @Test("goes on to the next address after a GOAWAY with an error")
    func error() async throws {
        try await ScriptedServer.with { connection, stream, _ in
            connection.answer(
                stream, body: ScriptedConnection.message("a"), trailers: [("grpc-status", "0")])
            connection.session?.goAway(errorCode: HTTP2ErrorCode.enhanceYourCalm)
        } _: { leaving, pki in
            let next = try await ClientServer.start([ClientServer.named("b")], pki, name: "next")
            try await pki.channel([leaving.port, next.port]).closing { channel in
                #expect(await answer(channel) == "a")
                #expect(await answer(channel) == "b")
            }
            try await next.server.drain(linger: .zero)
        }
    }
}
