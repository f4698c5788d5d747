import CNghttp2
import NIOCore
import NIOPosix
import Synchronization

@testable import PortvaktRPC

/// A server that answers as a test's script says, also against the protocol: TLS and HTTP/2, nothing of gRPC.
final class ScriptedServer: Sendable {
    /// What to do with one request; on the connection's loop. `number`: of the request, from 0, over all connections.
    typealias Script = @Sendable (_ connection: ScriptedConnection, _ stream: HTTP2Stream, _ number: Int) -> Void

    private let listener: any Channel
    let port: Int
    private let group: MultiThreadedEventLoopGroup

    static func with<Value>(
        http2: HTTP2Limits = .defaults, _ script: @escaping Script,
        _ body: (ScriptedServer, TestPKI) async throws -> Value
    ) async throws -> Value {
        let pki = try TestPKI()
        let context = try TLSContext(role: .server, files: pki.files(try pki.issue("server", .server)))
        let server = try await ScriptedServer(context: context, http2: http2, script: script)
        do {
            let value = try await body(server, pki)
            try await server.group.shutdownGracefully()
            return value
        } catch {
            try? await server.group.shutdownGracefully()
            throw error
        }
    }

    private init(context: TLSContext, http2: HTTP2Limits, script: @escaping Script) async throws {
        let numbers = Numbers()
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    numbers.connections.withLock { $0 += 1 }
                    try channel.pipeline.syncOperations.addHandlers([
                        TLSHandler(context: context, handshakeTimeout: .seconds(5)),
                        ScriptedConnection(script, numbers, http2),
                    ])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = listener.localAddress?.port ?? 0
        self.numbers = numbers
    }

    private let numbers: Numbers
    var connectionCount: Int { numbers.connections.withLock { $0 } }
    var requestCount: Int { numbers.requests.withLock { $0 } }
    var resetCodes: [UInt32] { numbers.resets.withLock { $0 } }

    final class Numbers: Sendable {
        let connections = Mutex(0)
        let requests = Mutex(0)
        let resets = Mutex<[UInt32]>([])
    }
}

/// One connection of a scripted server.
final class ScriptedConnection: ChannelInboundHandler, HTTP2SessionDelegate {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    static let grpcHead = [(":status", "200"), ("content-type", "application/grpc")]
    static var head: HTTP2Fields { fields(grpcHead) }

    private let script: ScriptedServer.Script
    private let numbers: ScriptedServer.Numbers
    private let limits: HTTP2Limits
    private(set) var session: HTTP2Session?
    private(set) var context: ChannelHandlerContext?
    /// Reads and writes nothing more.
    var isDeaf = false

    init(_ script: @escaping ScriptedServer.Script, _ numbers: ScriptedServer.Numbers, _ limits: HTTP2Limits) {
        self.script = script
        self.numbers = numbers
        self.limits = limits
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        self.context = context
        session = HTTP2Session(role: .server, limits: limits, now: .now())
        session?.delegate = self
        session?.start()
        flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDeaf else { return }
        let buffer = Self.unwrapInboundIn(data)
        try? buffer.withUnsafeReadableBytes { try session?.receive($0, now: .now()) }
        flush()
    }

    func channelInactive(context: ChannelHandlerContext) {
        session?.delegate = nil
        session = nil
        self.context = nil
    }

    func flush() {
        guard let session, let context, !isDeaf else { return }
        var buffer = ByteBuffer()
        while (try? session.drain(into: &buffer)) == true {}
        context.writeAndFlush(Self.wrapOutboundOut(buffer), promise: nil)
    }

    // MARK: For scripts

    /// A header list, raw bytes as DATA, and trailers; nil trailers: END_STREAM on the DATA.
    func answer(
        _ stream: HTTP2Stream, _ head: [(String, String)] = grpcHead, body: [UInt8] = [],
        trailers: [(String, String)]? = nil
    ) {
        stream.outbox.writeBytes(body)
        stream.outboxFinished = true
        stream.trailers = trailers.map { .fields(Self.fields($0)) }
        session?.submitResponse(stream, fields: Self.fields(head), hasBody: !body.isEmpty || trailers != nil)
    }

    /// A message in its frame.
    static func message(_ text: String, flag: UInt8 = 0) -> [UInt8] {
        [flag, 0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8)
    }

    private static func fields(_ list: [(String, String)]) -> HTTP2Fields {
        var fields = HTTP2Fields()
        for (name, value) in list { fields.append(name, value) }
        return fields
    }

    func close() { context?.close(promise: nil) }

    // MARK: HTTP2SessionDelegate

    func http2Opened(streamID: Int32) -> HTTP2Stream? { HTTP2Stream() }
    func http2Field(_ stream: HTTP2Stream, name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {}
    func http2FieldsEnd(_ stream: HTTP2Stream, kind: HTTP2FieldsKind, isTooLarge: Bool) {}
    func http2Data(_ stream: HTTP2Stream, bytes: UnsafeRawBufferPointer) {
        session?.consume(stream, bytes: bytes.count)
    }
    func http2End(_ stream: HTTP2Stream) {
        let number = numbers.requests.withLock { number in
            defer { number += 1 }
            return number
        }
        script(self, stream, number)
    }
    func http2Closed(_ stream: HTTP2Stream, errorCode: UInt32) {
        if errorCode != 0 { numbers.resets.withLock { $0.append(errorCode) } }
    }
    func http2Writable(_ stream: HTTP2Stream) {}
    func http2GoAway(lastStreamID: Int32, errorCode: UInt32) {}
    func http2PingAnswered() {}
    func http2SettingsApplied() {}
    func http2Misbehaved(_ event: HTTP2Misbehaviour) {}
}

extension HTTP2Session {
    /// GOAWAY that claims not to have processed the streams above `lastStreamID`.
    func goAway(lastStreamID: Int32) {
        nghttp2_submit_goaway(pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), lastStreamID, 0, nil, 0)
    }
}
