import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import PortvaktServer

@Suite("Who collects metrics", .timeLimit(.minutes(5)))
struct MetricsListenerTests {
    private static let group = MultiThreadedEventLoopGroup.singleton

    @Test(
        "Connections beyond the limit are closed at once, those that ask nothing after their time, and then others are answered"
    )
    func limits() async throws {
        let listener = MetricsListener(group: Self.group, page: { "counts\n" }, isReady: { false })
        let port = try await listener.start(host: "127.0.0.1", port: 0)
        var early: Int?
        // A machine that stands still meanwhile tells nothing: once more.
        for _ in 0..<5 where early == nil { early = try await closedEarly(port) }
        #expect(early == 1)
        #expect(try await Collector(port).get("/metrics").hasSuffix("\r\n\r\ncounts\n"))
        #expect(try await Collector(port).get("/ready").hasPrefix("HTTP/1.1 503 "))
        #expect(try await Collector(port).get("/live").hasPrefix("HTTP/1.1 200 "))
        #expect(try await Collector(port).get("/else").hasPrefix("HTTP/1.1 404 "))
        let wrong = try await Collector(port).get("/metrics", "POST")
        #expect(wrong.hasPrefix("HTTP/1.1 405 ") && wrong.contains("\r\nallow: GET\r\n"), "\(wrong)")
        await listener.stop()
    }

    /// Opens one connection more than there may be, and asks nothing.
    /// - Returns: how many are closed before their time; `nil` when opening and closing took so long that it cannot be said.
    private func closedEarly(_ port: Int) async throws -> Int? {
        let begun = ContinuousClock.now
        let lifetime = Duration.nanoseconds(MetricsListener.lifetime.nanoseconds)
        // Which of them is one too many is for the event loops to say.
        let early = try await withThrowingTaskGroup(of: Duration.self) { group in
            for _ in 0...MetricsListener.maximumConnections {
                let collector = try await Collector(port)
                group.addTask {
                    let said = try await collector.end()
                    #expect(said.isEmpty)
                    return begun.duration(to: .now)
                }
            }
            return try await group.reduce(0) { $0 + ($1 < lifetime ? 1 : 0) }
        }
        return begun.duration(to: .now) < lifetime * 3 / 2 ? early : nil
    }
}

/// One connection, and what it was told.
final class Collector: Sendable {
    private let channel: any Channel
    private let told: Told

    private final class Told: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let text = Mutex("")

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let part = String(buffer: Self.unwrapInboundIn(data))
            text.withLock { $0 += part }
        }
    }

    init(_ port: Int) async throws {
        let told = Told()
        self.told = told
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { $0.pipeline.addHandler(told) }
            .connect(host: "127.0.0.1", port: port).get()
    }

    deinit { channel.close(promise: nil) }

    /// Waits until the other side ends it. What it said.
    func end() async throws -> String {
        try await channel.closeFuture.get()
        return told.text.withLock { $0 }
    }

    func get(_ path: String, _ method: String = "GET") async throws -> String {
        let request = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        try await channel.writeAndFlush(ByteBuffer(string: request)).get()
        return try await end()
    }
}
