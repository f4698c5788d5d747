internal import ArgumentParser
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import PortvaktCore
internal import PortvaktLedger

/// `portvakt audit witness`: a second organisation vouches that it has seen one history only.
struct AuditWitness: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness",
        abstract: "Cosigns the checkpoints of a log that only grows, or has one's own cosigned.",
        subcommands: [AuditWitnessServe.self, AuditWitnessAsk.self])
}

/// `portvakt audit witness serve`
struct AuditWitnessServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answers requests to cosign (C2SP tlog-witness) until it is stopped.",
        discussion: """
            Run it at another organisation than the log's. It speaks plain HTTP: put it behind a proxy that speaks TLS. What \
            it has cosigned stands in the state file; losing that file is losing what a witness is for.

            Example:
              portvakt audit witness serve --signing-key witness.key --log log.pub --state witness.state --listen 127.0.0.1:7080
            """)

    @Option(
        help: "The witness's key file, readable by its owner only (portvakt audit key create).", completion: .file())
    var signingKey: String
    @Option(
        name: .customLong("log"), help: "The public keys of the logs that it cosigns: a file. May be repeated.",
        completion: .file())
    var logs: [String]
    @Option(help: "The file in which it remembers.", completion: .file())
    var state: String
    @Option(help: "Where it listens: ADDRESS:PORT; port 0 takes any free one.")
    var listen = "127.0.0.1:7080"

    func run() async throws {
        let isAnyPort = listen.hasSuffix(":0")
        let place = try ServerAddress(isAnyPort ? listen.dropLast() + "1" : listen)
        let witness = try AuditFailure.catching {
            let keys = try logs.flatMap { try KeyRing.load(path: $0).keys }
            return try Witness(key: try SigningKey.load(path: signingKey), logs: KeyRing(keys), stateFile: state)
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel: any Channel
        do {
            channel = try await WitnessListener.bind(group, place.host, isAnyPort ? 0 : place.port, witness)
        } catch {
            try? await group.shutdownGracefully()
            throw Failure("cannot listen on \(listen): \(error)")
        }
        Output.line("\(witness.verifier)")
        Output.line("listening on \(place.host):\(channel.localAddress?.port ?? place.port)")
        Output.flush()
        try? await channel.closeFuture.get()
        try? await group.shutdownGracefully()
    }
}

/// The HTTP of a witness: `POST …/add-checkpoint`.
enum WitnessListener {
    /// Connections that wait to be accepted, at most.
    static let backlog: Int32 = 64
    /// A connection that is silent for so long is closed: a log that has nothing to say need not stay connected.
    static let patience = TimeAmount.seconds(30)

    static func bind(
        _ group: MultiThreadedEventLoopGroup, _ host: String, _ port: Int, _ witness: Witness
    ) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let operations = channel.pipeline.syncOperations
                    try operations.addHandler(IdleStateHandler(allTimeout: patience))
                    try operations.configureHTTPServerPipeline(withErrorHandling: true)
                    try operations.addHandler(WitnessHandler(witness: witness))
                }
            }
            .bind(host: host, port: port).get()
    }
}

/// Gathers one request, and answers it from a thread that may block: the witness writes its state before it signs.
private final class WitnessHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let witness: Witness
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(witness: Witness) { self.witness = witness }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let bytes):
            // Over the limit the answer is known already: the rest is not kept.
            if body.count <= Witness.maximumRequestBytes { body += bytes.readableBytesView }
        case .end: answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard let head, head.uri.hasSuffix("/add-checkpoint") else {
            return write(context, 404, "text/plain", "POST to …/add-checkpoint\n")
        }
        guard head.method == .POST else { return write(context, 405, "text/plain", "POST\n") }
        let (witness, body) = (witness, body)
        let answered = NIOThreadPool.singleton.runIfActive(eventLoop: context.eventLoop) {
            witness.addCheckpoint(body, seconds: UInt64(max(0, time(nil))))
        }
        answered.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let answer): self.write(context, answer.status, answer.contentType, answer.body)
            case .failure: context.close(promise: nil)
            }
        }
    }

    private func write(_ context: ChannelHandlerContext, _ status: Int, _ type: String, _ text: String) {
        var headers = HTTPHeaders()
        headers.add(name: "Content-Type", value: type)
        headers.add(name: "Content-Length", value: String(text.utf8.count))
        headers.add(name: "Connection", value: "close")
        let response = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
