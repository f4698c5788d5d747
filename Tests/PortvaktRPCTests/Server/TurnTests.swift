import Dispatch
import NIOCore
import Synchronization
import Testing

@testable import PortvaktRPC

/// Connections of one event loop beside each other.
@Suite("Taking turns")
struct TurnTests {
    /// Large against what a connection may write at once.
    private static let size = 16 * 1024 * 1024
    private static let maxFlush = 32 * 1024

    /// A stream that is sent as fast as it is taken, and what is held meanwhile by the test.
    private final class Long: Sendable {
        let began = DispatchSemaphore(value: 0)
        let goOn = DispatchSemaphore(value: 0)
        let sent = Mutex(0)

        var methods: [RPCMethod] {
            let long = RPCMethod(path: "/test.Turn/Long", kind: .serverStreaming) { [self] call, _ in
                began.signal()
                // The loop stands still until the other's question is in its socket.
                #expect(goOn.wait(timeout: .now() + 60) == .success)
                let piece = ByteBuffer(repeating: 7, count: 16 * 1024)
                let send = { [self] in
                    while sent.withLock({ $0 }) < TurnTests.size {
                        sent.withLock { $0 += piece.readableBytes }
                        guard call.send(piece) else { return }
                    }
                    call.finish()
                }
                call.onWritable(send)
                send()
            }
            let look = RPCMethod(path: "/test.Turn/Look", kind: .unary) { [self] call, _ in
                call.respond(ByteBuffer(integer: sent.withLock { $0 }))
            }
            return [long, look]
        }
    }

    @Test("a question is heard in the middle of another connection's long answer, whose socket takes all of it")
    func longAnswer() async throws {
        let long = Long()
        let pki = try TestPKI()
        var configuration = RPCServer.Configuration(tls: pki.files(try pki.issue("server", .server)))
        configuration.limits.maxFlush = Self.maxFlush
        // The socket never says that it is full.
        configuration.limits.socketHighWater = 4 * Self.size
        let server = try RPCServer(
            configuration: configuration, methods: long.methods, callerPolicy: TestServer.Policy())
        let port = try await server.start(host: "127.0.0.1", port: 0).port ?? 0
        let reader = try pki.raw(port)
        let other = try pki.raw(port)
        let sent = try await onThread {
            // Both handshakes are done, and the windows are as large as can be.
            let window = RawHTTP2Client.bytes(0x7fff_ffff - 65535)
            try reader.tls.write(
                RawHTTP2Client.encode(4, payload: [0, 4, 0x7f, 0xff, 0xff, 0xff])
                    + RawHTTP2Client.encode(8, payload: window))
            try reader.pump { $0.settings[3] != nil }
            try other.pump { $0.settings[3] != nil }
            reader.isPolite = false
            let stream = reader.nextStream()
            try reader.tls.write(
                RawHTTP2Client.head(stream, "/test.Turn/Long") + RawHTTP2Client.data(stream, []))
            #expect(long.began.wait(timeout: .now() + 60) == .success)
            let question = other.nextStream()
            try other.tls.write(
                RawHTTP2Client.head(question, "/test.Turn/Look") + RawHTTP2Client.data(question, []))
            long.goOn.signal()
            let message = try other.response(question).messages[0]
            #expect(try reader.response(stream).body.count == Self.size + Self.size / (16 * 1024) * 5)
            return message.reduce(0) { $0 << 8 | Int($1) }
        }
        // What was written, and what may wait in the call's outbox; and a loop that was held up by the machine may rest in between.
        #expect(sent <= 64 * Self.maxFlush, "\(sent) bytes were sent before the question was heard")
        reader.hangUp()
        other.hangUp()
        try await server.drain(linger: .zero)
    }
}
