internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Serves one page on loopback, made anew for each request. Whoever can connect is the one whom the page is for: a system of
/// another kind than an example signs its readers in.
public enum PageServer {
    /// Serves until the task is cancelled or the process ends.
    /// - Parameter port: 0 for a free one; where it came to is printed.
    public static func serve(port: Int, _ page: @escaping @Sendable () async -> WebPage) async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: port) { client in
                client.eventLoop.makeCompletedFuture {
                    try client.pipeline.syncOperations.configureHTTPServerPipeline()
                    return try NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>(
                        wrappingChannelSynchronously: client)
                }
            }
        let own = "127.0.0.1:\(server.channel.localAddress?.port ?? port)"
        say("The page is at http://\(own)/")
        try await server.executeThenClose { clients in
            try await withThrowingDiscardingTaskGroup { group in
                for try await client in clients {
                    group.addTask {
                        // A client that goes away is nobody's error.
                        try? await client.executeThenClose { requests, responses in
                            for try await case .head(let head) in requests {
                                for part in await answer(head, own, page) { try await responses.write(part) }
                                return
                            }
                        }
                    }
                }
            }
        }
    }

    private static func answer(
        _ head: HTTPRequestHead, _ own: String, _ page: () async -> WebPage
    ) async -> [HTTPServerResponsePart] {
        // A page of another origin that makes a browser ask here names another host.
        guard head.headers["host"] == [own] else { return respond(.misdirectedRequest, "") }
        guard head.method == .GET else { return respond(.methodNotAllowed, "") }
        guard head.uri == "/" else { return respond(.notFound, "") }
        return respond(.ok, await page().html)
    }

    private static func respond(_ status: HTTPResponseStatus, _ html: String) -> [HTTPServerResponsePart] {
        let headers: HTTPHeaders = [
            "content-type": "text/html; charset=utf-8", "content-length": "\(html.utf8.count)", "connection": "close",
            "cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ]
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        return [.head(head), .body(.byteBuffer(ByteBuffer(string: html))), .end(nil)]
    }
}
