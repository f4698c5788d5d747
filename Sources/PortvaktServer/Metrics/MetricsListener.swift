internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// Serves `/metrics`, `/ready` and `/live` over plain HTTP/1.1, for a collector on the same machine.
///
/// Apart from the gRPC port, so that a collector needs no certificate that could ask about a child. The page holds
/// counts only. See `docs/decisions/0005-metrics-apart.md`.
final class MetricsListener: Sendable {
    private let group: any EventLoopGroup
    private let channel = Mutex<(any Channel)?>(nil)
    private let page: @Sendable () -> String
    private let isReady: @Sendable () -> Bool

    /// Connections that wait to be accepted, at most.
    static let backlog: Int32 = 16
    /// Connections at a time; further ones are closed. They come from this machine, and one that stays would take a descriptor from those who ask.
    static let maximumConnections = 32
    /// From accept to the end of the answer.
    static let lifetime: TimeAmount = .seconds(10)

    private let open = Atomic<Int>(0)

    init(group: any EventLoopGroup, page: @escaping @Sendable () -> String, isReady: @escaping @Sendable () -> Bool) {
        self.group = group
        self.page = page
        self.isReady = isReady
    }

    /// Listens. Port 0: any free one. Returns the port.
    func start(host: String, port: Int) async throws -> Int {
        let page = page
        let isReady = isReady
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try admit(channel)
                    let operations = channel.pipeline.syncOperations
                    try operations.configureHTTPServerPipeline(withErrorHandling: true)
                    try operations.addHandler(MetricsHandler(page: page, isReady: isReady))
                }
            }
            .bind(host: host, port: port).get()
        channel.withLock { $0 = listener }
        return listener.localAddress?.port ?? port
    }

    /// - Throws: when there are too many.
    private func admit(_ channel: any Channel) throws {
        let count = open.wrappingAdd(1, ordering: .relaxed).newValue
        let end = channel.eventLoop.scheduleTask(in: Self.lifetime) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { [self] _ in
            end.cancel()
            open.wrappingSubtract(1, ordering: .relaxed)
        }
        if count > Self.maximumConnections { throw ChannelError.ioOnClosedChannel }
    }

    func stop() async {
        let listener = channel.withLock { $0.take() }
        try? await listener?.close().get()
    }
}

/// Answers one GET with a page and closes.
private final class MetricsHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let page: @Sendable () -> String
    private let isReady: @Sendable () -> Bool
    private var answer: (status: HTTPResponseStatus, text: String) = (.notFound, "")

    init(page: @escaping @Sendable () -> String, isReady: @escaping @Sendable () -> Bool) {
        self.page = page
        self.isReady = isReady
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): answer = self.answer(to: head)
        case .body: break
        case .end: write(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(to head: HTTPRequestHead) -> (HTTPResponseStatus, String) {
        guard head.method == .GET else { return (.methodNotAllowed, "only GET\n") }
        switch head.uri {
        case "/metrics": return (.ok, page())
        case "/live": return (.ok, "alive\n")
        case "/ready":
            return isReady()
                ? (.ok, "ready\n") : (.serviceUnavailable, "not ready: entries cannot be recorded, or it is stopping\n")
        default: return (.notFound, "there is /metrics, /ready and /live\n")
        }
    }

    private func write(_ context: ChannelHandlerContext) {
        let body = context.channel.allocator.buffer(string: answer.text)
        var headers: HTTPHeaders = [
            "content-type": "text/plain; version=0.0.4; charset=utf-8", "content-length": "\(body.readableBytes)",
            "connection": "close",
        ]
        // RFC 9110 section 15.5.6.
        if answer.status == .methodNotAllowed { headers.add(name: "allow", value: "GET") }
        let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }
}
