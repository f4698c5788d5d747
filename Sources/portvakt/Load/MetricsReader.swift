internal import NIOCore
internal import NIOPosix

/// Reads a daemon's `/metrics` page (Prometheus text, over plain HTTP on the same machine).
enum MetricsReader {
    /// Largest page that is read. Bytes.
    static let maximumSize = 1 << 20

    /// The values of the page, by the text before them.
    static func read(_ address: ServerAddress) async throws -> [String: Double] {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let page = loop.makePromise(of: String.self)
        do {
            let channel = try await ClientBootstrap(group: loop)
                .connectTimeout(.seconds(5))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(PageCollector(page))
                    }
                }
                .connect(host: address.host, port: address.port).get()
            let request = "GET /metrics HTTP/1.1\r\nhost: \(address)\r\nconnection: close\r\n\r\n"
            try await channel.writeAndFlush(ByteBuffer(string: request))
        } catch {
            page.fail(error)
        }
        do { return values(try await page.futureResult.get()) } catch {
            throw Failure("cannot read the metrics of \(address): \(error)")
        }
    }

    static func values(_ page: String) -> [String: Double] {
        var values: [String: Double] = [:]
        for line in page.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                continue
            }
            values[String(line[..<space])] = value
        }
        return values
    }
}

/// Gathers what comes until the server closes.
private final class PageCollector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let page: EventLoopPromise<String>
    private var text = ""

    init(_ page: EventLoopPromise<String>) { self.page = page }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        if text.utf8.count > MetricsReader.maximumSize { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { page.succeed(text) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        page.fail(error)
        context.close(promise: nil)
    }
}
