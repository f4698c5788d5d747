import NIOCore
import Synchronization
import Testing

@testable import PortvaktRPC

@Suite("A channel and a server that breaks the rules")
struct MisbehavingServerTests {
    private typealias Answer = @Sendable (ScriptedConnection, HTTP2Stream) -> Void

    /// How one unary call ends on a server that answers like this.
    private func unary(_ answer: @escaping Answer) async throws -> RPCStatus {
        try await ScriptedServer.with({ connection, stream, _ in answer(connection, stream) }) { server, pki in
            try await pki.channel([server.port]).closing { channel in
                await status { _ = try await channel.text("/a.B/C", "", timeout: .seconds(10)) }
            }
        }
    }

    private static let ok = [("grpc-status", "0")]
    private static let hi = ScriptedConnection.message("hi")

    @Test("an answer in order is taken")
    func inOrder() async throws {
        #expect(try await unary { $0.answer($1, body: Self.hi, trailers: Self.ok) } == .ok)
    }

    @Test("each call ends at its own deadline beside others, though the server is silent", .timeLimit(.minutes(2)))
    func ownDeadlines() async throws {
        try await ScriptedServer.with({ _, _, _ in }) { server, pki in
            try await pki.channel([server.port]).closing { channel in
                @Sendable func ends(after timeout: TimeAmount) async -> TimeAmount {
                    let begun = NIODeadline.now()
                    let found = await status { _ = try await channel.text("/a.B/C", "", timeout: timeout) }
                    #expect(found.code == .deadlineExceeded)
                    return NIODeadline.now() - begun
                }
                let last = Task { await status { _ = try await channel.text("/a.B/C", "", timeout: .minutes(10)) } }
                while server.requestCount == 0 { try await Task.sleep(nanoseconds: 1_000_000) }
                // Earlier than the one that is watched for already, and what is left when it has ended.
                async let second = ends(after: .milliseconds(800))
                async let first = ends(after: .milliseconds(400))
                #expect(await first < .seconds(60))
                #expect(await second < .seconds(60))
                last.cancel()
                #expect(await last.value.code == .cancelled)
            }
        }
    }

    @Test("no status is never OK")
    func noStatus() async throws {
        #expect(try await unary { $0.answer($1, body: Self.hi) }.code == .unknown)
        #expect(try await unary { $0.answer($1, body: Self.hi, trailers: [("x", "y")]) }.code == .unknown)
        #expect(try await unary { $0.answer($1) }.code == .unknown)
    }

    @Test("OK without a message, with two, or with a broken one is INTERNAL")
    func messages() async throws {
        #expect(try await unary { $0.answer($1, trailers: Self.ok) }.code == .internal)
        #expect(try await unary { $0.answer($1, ScriptedConnection.grpcHead + Self.ok) }.code == .internal)
        #expect(try await unary { $0.answer($1, body: Self.hi + Self.hi, trailers: Self.ok) }.code == .internal)
        #expect(try await unary { $0.answer($1, body: Array(Self.hi.dropLast()), trailers: Self.ok) }.code == .internal)
        #expect(try await unary { $0.answer($1, body: Self.hi + [0, 0], trailers: Self.ok) }.code == .internal)
        #expect(try await unary { $0.answer($1, body: [7, 0, 0, 0, 0], trailers: Self.ok) }.code == .internal)
    }

    @Test("a message that is marked as compressed needs gzip to be announced, and to be gzip")
    func compression() async throws {
        let marked = ScriptedConnection.message("hi", flag: 1)
        #expect(try await unary { $0.answer($1, body: marked, trailers: Self.ok) }.code == .internal)
        let gzipHead = ScriptedConnection.grpcHead + [("grpc-encoding", "gzip")]
        #expect(try await unary { $0.answer($1, gzipHead, body: marked, trailers: Self.ok) }.code == .internal)
        let packed = GzipTests.known
        let framed = [1, 0, 0, 0, UInt8(packed.count)] + packed
        #expect(try await unary { $0.answer($1, gzipHead, body: framed, trailers: Self.ok) } == .ok)
        let brotli = ScriptedConnection.grpcHead + [("grpc-encoding", "br")]
        #expect(try await unary { $0.answer($1, brotli, body: marked, trailers: Self.ok) }.code == .internal)
    }

    @Test("a web page is mapped from its HTTP status")
    func http() async throws {
        let page = Array("<html>".utf8)
        #expect(try await unary { $0.answer($1, [(":status", "503")], body: page) }.code == .unavailable)
        #expect(try await unary { $0.answer($1, [(":status", "401")], body: page) }.code == .unauthenticated)
        #expect(
            try await unary { $0.answer($1, [(":status", "200"), ("content-type", "text/html")], body: page) }.code
                == .unknown)
    }

    @Test(
        "a reset is mapped from its error code, before an answer and in the middle of one",
        arguments: StatusCodeTests.specifiedResets)
    func reset(errorCode: UInt32, code: StatusCode) async throws {
        #expect(try await unary { $0.session?.reset($1, errorCode: errorCode) }.code == code)
        // In the answer: the head and a whole message have come, the trailers have not.
        let half = try await unary { connection, stream in
            stream.outbox.writeBytes(Self.hi)
            connection.session?.submitResponse(stream, fields: ScriptedConnection.head, hasBody: true)
            connection.flush()
            connection.session?.reset(stream, errorCode: errorCode)
        }
        #expect(half.code == code)
    }

    @Test("a body without end is cut at the message limit, and the server is told")
    func endless() async throws {
        try await ScriptedServer.with { connection, stream, _ in
            connection.answer(stream, body: [UInt8](repeating: 0, count: 400_000), trailers: Self.ok)
        } _: { server, pki in
            let channel = try pki.channel([server.port]) { $0.maxResponseMessage = 1000 }
            try await channel.closing { channel in
                let found = await status { _ = try await channel.text("/a.B/C", "", timeout: .seconds(10)) }
                #expect(found.code == .resourceExhausted)
                #expect(await eventually { server.resetCodes == [HTTP2ErrorCode.cancel] })
            }
        }
    }

    @Test("what the server refused without processing is sent again, a few times")
    func refused() async throws {
        try await ScriptedServer.with { connection, stream, number in
            if number < 3 { return connection.session?.reset(stream, errorCode: HTTP2ErrorCode.refusedStream) ?? () }
            connection.answer(stream, body: Self.hi, trailers: Self.ok)
        } _: { server, pki in
            try await pki.channel([server.port]).closing { channel in
                let answer = try await channel.text("/a.B/C", "", timeout: .seconds(10))
                #expect(answer == "hi")
                #expect(server.requestCount == 4)
            }
        }
        #expect(try await unary { $0.session?.reset($1, errorCode: HTTP2ErrorCode.refusedStream) }.code == .unavailable)
    }

    @Test("a call that the server may have processed is not sent again")
    func notAgain() async throws {
        try await ScriptedServer.with { connection, _, _ in
            connection.close()
        } _: { server, pki in
            try await pki.channel([server.port]).closing { channel in
                let found = await status { _ = try await channel.text("/a.B/C", "", timeout: .seconds(10)) }
                #expect(found.code == .unavailable)
                #expect(server.requestCount == 1)
            }
        }
    }

    @Test("calls above GOAWAY's last stream are sent again on a new connection; those below end where they began")
    func goAway() async throws {
        let held = Mutex<[NIOLoopBound<HTTP2Stream>]>([])
        try await ScriptedServer.with { connection, stream, number in
            switch number {
            case 0:
                held.withLock { $0.append(NIOLoopBound(stream, eventLoop: connection.context!.eventLoop)) }
            case 1:
                // As if only the first had been taken; then the first is answered.
                connection.session?.goAway(lastStreamID: 1)
                let first = held.withLock { $0[0].value }
                connection.answer(first, body: ScriptedConnection.message("first"), trailers: Self.ok)
            default:
                connection.answer(stream, body: ScriptedConnection.message("second"), trailers: Self.ok)
            }
        } _: { server, pki in
            try await pki.channel([server.port]).closing { channel in
                let first = Task { try await channel.text("/a.B/C", "", timeout: .seconds(10)) }
                #expect(await eventually { server.requestCount == 1 })
                let second = try await channel.text("/a.B/C", "", timeout: .seconds(10))
                #expect(second == "second")
                #expect(try await first.value == "first")
                #expect(server.connectionCount == 2)
                #expect(server.requestCount == 3)
            }
        }
    }

    @Test("whatever bytes a server answers with, a call ends, and with OK only for one whole message and status 0")
    func anyBytes() async throws {
        var random = SeededGenerator()
        let answers = (0..<300).map { _ in RandomAnswer(using: &random) }
        try await ScriptedServer.with { connection, stream, number in
            let answer = answers[number % answers.count]
            connection.answer(stream, body: answer.body, trailers: answer.trailers)
        } _: { server, pki in
            try await pki.channel([server.port]).closing { channel in
                for (index, answer) in answers.enumerated() {
                    var message: ByteBuffer?
                    let found = await status {
                        message = try await channel.unary("/a.B/C", ByteBuffer(), deadline: .now() + .seconds(20))
                    }
                    #expect((found.code == .ok) == (answer.message != nil), "answer \(index), \(random.comment)")
                    #expect(message.map { Array($0.readableBytesView) } == answer.message, "\(random.comment)")
                    #expect(found.code != .deadlineExceeded, random.comment)
                }
                #expect(server.requestCount == answers.count)
            }
        }
    }

    @Test("a server that does not answer PINGs is given up")
    func silent() async throws {
        try await ScriptedServer.with { connection, _, _ in
            // Nothing that was received is answered from now on.
            connection.isDeaf = true
        } _: { server, pki in
            let channel = try pki.channel([server.port]) {
                $0.http2.keepaliveInterval = .milliseconds(50)
                $0.http2.keepaliveTimeout = .milliseconds(100)
            }
            try await channel.closing { channel in
                let found = await status { _ = try await channel.text("/a.B/C", "", timeout: .seconds(10)) }
                #expect(found.code == .unavailable)
                #expect(found.message.contains("PING"))
            }
        }
    }
}

/// A right answer, or one with something wrong in it, and what a reader must make of it.
private struct RandomAnswer: Sendable {
    var body: [UInt8]
    var trailers: [(String, String)]? = [("grpc-status", "0")]
    /// Nil: it is not an answer.
    var message: [UInt8]?

    init(using random: inout SeededGenerator) {
        let bytes = random.bytes(Int.random(in: 0..<200, using: &random))
        body = [0, 0, 0, 0, UInt8(bytes.count)] + bytes
        switch Int.random(in: 0..<7, using: &random) {
        case 0: body.removeLast(Int.random(in: 1...body.count, using: &random))
        case 1: body += random.bytes(Int.random(in: 1..<20, using: &random))
        case 2: body[0] = UInt8.random(in: 1...255, using: &random)
        case 3: body[Int.random(in: 1..<5, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
        case 4:
            trailers = [nil, [], [("grpc-status", "2")], [("grpc-status", "x")]].randomElement(using: &random) ?? nil
        default: message = bytes
        }
    }
}
