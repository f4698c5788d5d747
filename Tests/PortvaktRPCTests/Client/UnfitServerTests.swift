import NIOCore
import NIOPosix
import Testing

@testable import PortvaktRPC

@Suite("A channel and what is not a gRPC server at all")
struct UnfitServerTests {
    /// How a call ends, and how long it took, when whoever accepts does `onAccept`.
    private func call(
        _ onAccept: @escaping @Sendable (any Channel) -> Void
    ) async throws -> (status: RPCStatus, time: TimeAmount) {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.execute { onAccept(channel) }
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let pki = try TestPKI()
        let begin = NIODeadline.now()
        let channel = try pki.channel([listener.localAddress?.port ?? 0]) { $0.connectTimeout = .milliseconds(300) }
        let found = try await channel.closing { channel in
            await status { _ = try await channel.text("/a.B/C", "", timeout: .seconds(20)) }
        }
        let time = NIODeadline.now() - begin
        try await group.shutdownGracefully()
        return (found, time)
    }

    @Test("one that says nothing is given up after the time to connect, not the call's deadline")
    func silent() async throws {
        let (found, time) = try await call { _ in }
        #expect(found.code == .unavailable)
        #expect(time >= .milliseconds(300))
        #expect(time < .seconds(15))
    }

    @Test("one that hangs up is given up at once")
    func hangsUp() async throws {
        let (found, time) = try await call { $0.close(promise: nil) }
        #expect(found.code == .unavailable)
        #expect(time < .seconds(15))
    }

    @Test("one that does not speak TLS is given up, and nothing was sent in clear")
    func plain() async throws {
        let (found, _) = try await call { channel in
            channel.writeAndFlush(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n"), promise: nil)
        }
        #expect(found.code == .unavailable)
    }

    @Test("one that answers the handshake and then sends what is not HTTP/2 is given up")
    func withoutHTTP2() async throws {
        let pki = try TestPKI()
        let context = try TLSContext(role: .server, files: pki.files(try pki.issue("server", .server)))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = TLSHandler(context: context, handshakeTimeout: .seconds(5))
                    try channel.pipeline.syncOperations.addHandlers([tls, Babbler()])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        try await pki.channel([listener.localAddress?.port ?? 0]).closing { channel in
            let found = await status { _ = try await channel.text("/a.B/C", "", timeout: .seconds(20)) }
            #expect(found.code == .unavailable)
            #expect(found.message.contains("HTTP/2"))
        }
        try await group.shutdownGracefully()
    }
}

/// Sends noise after the handshake.
private final class Babbler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(repeating: 0x55, count: 100)), promise: nil)
    }
}
