internal import ArgumentParser
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import PortvaktCore
internal import PortvaktLedger

/// `portvakt audit witness ask`
struct AuditWitnessAsk: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ask",
        abstract: "Has the log's signed checkpoints cosigned by a witness.",
        discussion: """
            Prints the cosigned checkpoints: keep them, or give them to those who verify.

            Exit status: 0 cosigned, 1 the witness refused, 2 it could not be asked.

            Example:
              portvakt audit witness ask 127.0.0.1:7080 --witness witness.pub --ledger ledger.db --checkpoints guard --key log.pub
            """)

    @Argument(help: "Where the witness listens: ADDRESS:PORT.")
    var address: String
    @Option(help: "The witness's public key, as witness serve and key show --witness print it; or a file of such keys.")
    var witness: String
    @Option(help: "The path before /add-checkpoint, when the witness has one.")
    var prefix = ""
    @OptionGroup var log: LedgerOptions
    @OptionGroup var trust: TrustOptions

    func run() async throws {
        let place = try ServerAddress(address)
        let witnesses =
            try VerifierKey(witness).map { [$0] } ?? AuditFailure.catching { try KeyRing.load(path: witness).keys }
        let signed = try notes()
        let store = try log.open()
        defer { store.close() }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var cosigned: [String] = []
        do {
            for one in signed { cosigned.append(try await cosign(one, store, witnesses, group, place)) }
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try? await group.shutdownGracefully()
        for note in cosigned { print(note, terminator: "") }
    }

    private func notes() throws -> [CheckpointFile.Signed] {
        let ring = try trust.neededRing()
        if trust.checkpoints != nil { return try trust.signed() }
        guard let export = log.export else {
            throw ValidationError("a database does not hold what was signed: give --checkpoints (the guard file)")
        }
        return try AuditFailure.catching {
            try ExportReader.all(in: export).flatMap {
                try CheckpointFile(path: $0.folder + "/checkpoint", keys: ring).signed
            }
        }
    }

    /// Asked from nothing first; the witness then says what it has seen.
    private func cosign(
        _ signed: CheckpointFile.Signed, _ store: any LedgerStore, _ witnesses: [VerifierKey],
        _ group: MultiThreadedEventLoopGroup, _ place: ServerAddress
    ) async throws -> String {
        var old: UInt64 = 0
        for _ in 0..<2 {
            let made = try AuditFailure.catching {
                try WitnessRequest(store, stream: signed.stream, note: signed.note, from: old)
            }
            guard let request = made else {
                throw Failure(
                    "the witness has seen \(old) entries of \(signed.stream), and the checkpoint covers \(signed.checkpoint.size)",
                    status: .no)
            }
            let answer = try await post(request.text, group, place)
            switch answer.status {
            case 200:
                guard let note = Checkpoint.note(signed.note, cosigned: answer.body, by: witnesses) else {
                    throw Failure(
                        "what the witness answered is not its cosignature: is --witness its key?", status: .no)
                }
                return note
            case 409:
                guard let size = UInt64(answer.body.prefix { $0 != "\n" }), size != old else {
                    throw Failure("the witness has seen another history of \(signed.stream)", status: .no)
                }
                old = size
            default:
                throw Failure(
                    "the witness refused (\(answer.status)): \(answer.body.prefix { $0 != "\n" })", status: .no)
            }
        }
        throw Failure("the witness is being asked by others at the same time: try again")
    }

    private func post(
        _ text: String, _ group: MultiThreadedEventLoopGroup, _ place: ServerAddress
    ) async throws -> (status: Int, body: String) {
        let answer = group.next().makePromise(of: (Int, String).self)
        do {
            let channel = try await ClientBootstrap(group: group).connectTimeout(.seconds(10))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let operations = channel.pipeline.syncOperations
                        try operations.addHandler(IdleStateHandler(allTimeout: WitnessListener.patience))
                        try operations.addHTTPClientHandlers()
                        try operations.addHandler(WitnessAnswerHandler(promise: answer))
                    }
                }.connect(host: place.host, port: place.port).get()
            var headers = HTTPHeaders([("Host", address), ("Content-Type", "text/plain"), ("Connection", "close")])
            headers.add(name: "Content-Length", value: String(text.utf8.count))
            let head = HTTPRequestHead(
                version: .http1_1, method: .POST, uri: prefix + "/add-checkpoint", headers: headers)
            channel.write(HTTPClientRequestPart.head(head), promise: nil)
            channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: text))), promise: nil)
            try await channel.writeAndFlush(HTTPClientRequestPart.end(nil))
        } catch {
            answer.fail(error)
        }
        do { return try await answer.futureResult.get() } catch {
            throw Failure("the witness at \(address) does not answer: is it running there? (\(error))")
        }
    }
}

/// Gathers one answer.
private final class WitnessAnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<(Int, String)>
    private var status = 0
    private var body = ""
    private var isDone = false

    init(promise: EventLoopPromise<(Int, String)>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): status = Int(head.status.code)
        case .body(let bytes):
            if body.utf8.count <= Witness.maximumRequestBytes { body += String(buffer: bytes) }
        case .end:
            end(.success((status, body)))
            context.close(promise: nil)
        }
    }

    private func end(_ result: Result<(Int, String), any Error>) {
        guard !isDone else { return }
        isDone = true
        promise.completeWith(result)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is IdleStateHandler.IdleStateEvent else { return }
        end(.failure(Failure("no answer in time")))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { end(.failure(Failure("the connection was closed"))) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.failure(error))
        context.close(promise: nil)
    }
}
