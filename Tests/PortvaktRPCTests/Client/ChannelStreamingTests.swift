import NIOCore
import Synchronization
import Testing

@testable import PortvaktRPC

@Suite("Streaming calls of a channel")
struct ChannelStreamingTests {
    @Test("all messages come, in order of sending, also those larger than the windows")
    func all() async throws {
        try await TestServer.with { server, pki in
            try await pki.channel([server.port]).closing { channel in
                for (count, size) in [(0, 1), (1, 0), (200, 1), (20, 255)] as [(UInt8, UInt8)] {
                    var sizes: [Int] = []
                    for try await message in channel.serverStream(
                        TestServer.Path.stream, ByteBuffer(bytes: [count, size]))
                    {
                        sizes.append(message.readableBytes)
                    }
                    #expect(sizes == Array(repeating: 1000 * Int(size), count: Int(count)))
                }
            }
        }
    }

    @Test("a failure is thrown, and again by the next iteration")
    func failure() async throws {
        try await TestServer.with { server, pki in
            try await pki.channel([server.port]).closing { channel in
                let stream = channel.serverStream(TestServer.Path.stream, ByteBuffer())
                for _ in 0..<2 {
                    let found = await status { for try await _ in stream {} }
                    #expect(found.code == .invalidArgument)
                }
            }
        }
    }

    @Test("the server is held back while nobody reads, and goes on when somebody does")
    func backPressure() async throws {
        let sent = Mutex(0)
        let method = RPCMethod(path: "/test.Flow/Endless", kind: .serverStreaming) { call, _ in
            let piece = ByteBuffer(repeating: 1, count: 10_000)
            let go = {
                while call.send(piece) { sent.withLock { $0 += 1 } }
                sent.withLock { $0 += 1 }
            }
            call.onWritable(go)
            go()
        }
        try await ClientServer.with([method]) { server, pki in
            try await pki.channel([server.port]).closing { channel in
                var iterator = channel.serverStream("/test.Flow/Endless", ByteBuffer()).makeAsyncIterator()
                _ = try await iterator.next()
                var last = -1
                while last != sent.withLock({ $0 }) {
                    last = sent.withLock { $0 }
                    try await Task.sleep(nanoseconds: 100_000_000)
                }
                // One window here, one outbox there, and what the sockets hold.
                #expect(last * 10_000 < 8 * 1024 * 1024)
                for _ in 0..<3 * last {
                    let message = try await iterator.next()
                    #expect(message?.readableBytes == 10_000)
                }
                #expect(sent.withLock { $0 } > last)
            }
        }
    }

    @Test("a message larger than all windows comes whole")
    func larger() async throws {
        let method = RPCMethod(path: "/test.Flow/Large", kind: .serverStreaming) { call, _ in
            for size in [3_000_000, 1, 2_000_000] { _ = call.send(ByteBuffer(repeating: 5, count: size)) }
            call.finish()
        }
        try await ClientServer.with([method]) { server, pki in
            try await pki.channel([server.port]).closing { channel in
                var sizes: [Int] = []
                for try await message in channel.serverStream("/test.Flow/Large", ByteBuffer()) {
                    sizes.append(message.readableBytes)
                }
                #expect(sizes == [3_000_000, 1, 2_000_000])
            }
        }
    }

    @Test("messages that compression has made larger do not use up the window", arguments: [0, 1])
    func growing(pause: UInt64) async throws {
        let plain: [UInt8] = [7]
        let packed = Array(try #require(plain.withUnsafeBytes { Gzip.compress($0) }).readableBytesView)
        let framed: [UInt8] = [1, 0, 0, 0, UInt8(packed.count)] + packed
        // Window that is not granted back: what each message has shrunk by. Enough of it to fill the window twice.
        let count = 2 * HTTP2Limits.defaults.streamWindow / (packed.count - 1)
        let body = Array(repeatElement(framed, count: count).joined())
        try await ScriptedServer.with { connection, stream, _ in
            connection.answer(
                stream, ScriptedConnection.grpcHead + [("grpc-encoding", "gzip")], body: body,
                trailers: [("grpc-status", "0")])
        } _: { server, pki in
            try await pki.channel([server.port]).closing { channel in
                var iterator = channel.serverStream("/a.B/C", ByteBuffer(), deadline: .now() + .seconds(120))
                    .makeAsyncIterator()
                // With a pause the messages wait for the reader, without one the reader waits for them.
                try await Task.sleep(nanoseconds: pause * 500_000_000)
                var got = 0
                while let message = try await iterator.next() {
                    guard message == ByteBuffer(bytes: plain) else { break }
                    got += 1
                }
                #expect(got == count)
            }
        }
    }

    @Test("slow streams do not keep other calls of the connection waiting, however many there are")
    func others() async throws {
        try await TestServer.with { server, pki in
            try await pki.channel([server.port]).closing { channel in
                var iterators: [RPCMessages.Iterator] = []
                for _ in 0..<10 {
                    var iterator = channel.serverStream(TestServer.Path.stream, ByteBuffer(bytes: [255, 255]))
                        .makeAsyncIterator()
                    _ = try await iterator.next()
                    iterators.append(iterator)
                }
                // Together they fill more than the connection's window.
                try await Task.sleep(nanoseconds: 100_000_000)
                let big = ByteBuffer(repeating: 3, count: 1_000_000)
                for _ in 0..<3 {
                    let answer = try await channel.unary(TestServer.Path.echo, big)
                    #expect(answer == big)
                }
                _ = try await iterators[0].next()
            }
        }
    }

    @Test("letting go of the iterator, or cancelling its task, cancels the call on the server")
    func letGo() async throws {
        let cancelled = Mutex(0)
        let started = Mutex(0)
        let method = RPCMethod(path: "/test.Flow/Silent", kind: .serverStreaming) { call, message in
            started.withLock { $0 += 1 }
            call.onCancel { cancelled.withLock { $0 += 1 } }
            _ = call.send(message)
        }
        try await ClientServer.with([method]) { server, pki in
            try await pki.channel([server.port]).closing { channel in
                let stream = channel.serverStream("/test.Flow/Silent", ByteBuffer(string: "one"))
                for try await message in stream {
                    #expect(String(buffer: message) == "one")
                    break
                }
                #expect(await eventually { cancelled.withLock { $0 } == 1 })
                let task = Task { await status { for try await _ in stream {} } }
                #expect(await eventually { started.withLock { $0 } == 2 })
                task.cancel()
                #expect(await task.value.code == .cancelled)
                #expect(await eventually { cancelled.withLock { $0 } == 2 })
            }
        }
    }

    @Test("a stream without deadline is not ended by the default of unary calls; a stated one ends it")
    func deadline() async throws {
        try await TestServer.with { server, pki in
            let channel = try pki.channel([server.port]) { $0.defaultTimeout = .milliseconds(1) }
            try await channel.closing { channel in
                let method = TestServer.Path.stream
                var count = 0
                for try await _ in channel.serverStream(method, ByteBuffer(bytes: [50, 1])) { count += 1 }
                #expect(count == 50)
            }
        }
    }
}
