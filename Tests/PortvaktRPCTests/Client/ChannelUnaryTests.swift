import NIOCore
import Synchronization
import Testing

@testable import PortvaktRPC

@Suite("Unary calls of a channel")
struct ChannelUnaryTests {
    @Test("an echo comes back, however long the message", arguments: [0, 1, 16_384, 1_000_000])
    func echo(size: Int) async throws {
        try await TestServer.with { server, pki in
            try await pki.channel([server.port]).closing { channel in
                let message = ByteBuffer(bytes: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
                let answer = try await channel.unary(TestServer.Path.echo, message)
                #expect(answer == message)
                #expect(await channel.connectivity() == .ready)
            }
        }
    }

    @Test("many calls at once share one connection, within the server's limit of streams")
    func many() async throws {
        var http2 = HTTP2Limits.defaults
        http2.maxConcurrentStreams = 16
        try await TestServer.with(http2: http2) { server, pki in
            try await pki.channel([server.port]).closing { channel in
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for index in 0..<500 {
                        let path = index % 3 == 0 ? TestServer.Path.later : TestServer.Path.echo
                        group.addTask { try await channel.text(path, "call \(index)") == "call \(index)" }
                    }
                    for try await isRight in group { #expect(isRight) }
                }
                #expect(server.server.metrics.connectionsAccepted == 1)
                #expect(server.server.metrics.callsStarted == 500)
            }
        }
    }

    @Test("a failure has the server's code, message and details")
    func failure() async throws {
        try await TestServer.with { server, pki in
            try await pki.channel([server.port]).closing { channel in
                let found = await status { _ = try await channel.text(TestServer.Path.fail, "") }
                #expect(found == RPCStatus(.failedPrecondition, "ikke n\u{e5}: 100 %", details: [1, 2, 3]))
                #expect(await status { _ = try await channel.text("/no.Such/Method", "") }.code == .unimplemented)
            }
        }
    }

    @Test("field violations reach the caller, as many as a header list takes")
    func details() async throws {
        let method = RPCMethod(path: "/test.Details/Of", kind: .unary) { call, message in
            let violations = (0..<Int(message.first ?? 0)).map {
                StatusDetails.FieldViolation(field: "items[\($0)].subject", description: "is empty; send its id")
            }
            let info = StatusDetails.ErrorInfo(reason: "FIELD_INVALID", domain: "portvakt")
            call.fail(
                RPCStatus(
                    .invalidArgument, "the question is not complete",
                    StatusDetails(errorInfo: info, fieldViolations: violations)))
        }
        try await ClientServer.with([method]) { server, pki in
            try await pki.channel([server.port]).closing { channel in
                for count in [1, 3, 200] as [UInt8] {
                    let found = await status {
                        _ = try await channel.unary("/test.Details/Of", ByteBuffer(bytes: [count]))
                    }
                    #expect(found.code == .invalidArgument)
                    #expect(found.parsedDetails?.errorInfo?.reason == "FIELD_INVALID")
                    let violations = found.parsedDetails?.fieldViolations ?? []
                    #expect(violations.first?.field == "items[0].subject")
                    if count < 200 { #expect(violations.count == Int(count)) }
                    if count == 200 { #expect(violations.last?.description.hasSuffix(" more") == true) }
                }
            }
        }
    }

    @Test("metadata reaches the server")
    func metadata() async throws {
        try await TestServer.with { server, pki in
            try await pki.channel([server.port]).closing { channel in
                var metadata = Metadata()
                try metadata.add("probe-bin", bytes: [0, 1, 255])
                let answer = try await channel.unary(TestServer.Path.metadata, ByteBuffer(), metadata: metadata)
                #expect(answer == ByteBuffer(bytes: [0, 1, 255]))
            }
        }
    }

    @Test("the deadline ends a call on both sides; the default does when none is stated", arguments: [true, false])
    func deadline(isStated: Bool) async throws {
        try await TestServer.with { server, pki in
            let channel = try pki.channel([server.port]) { if !isStated { $0.defaultTimeout = .milliseconds(400) } }
            try await channel.closing { channel in
                _ = try await channel.text(TestServer.Path.echo, "", timeout: .seconds(10))
                let begin = NIODeadline.now()
                let found = await status {
                    _ = try await channel.text(
                        TestServer.Path.hold, "", timeout: isStated ? .milliseconds(400) : nil)
                }
                #expect(found.code == .deadlineExceeded)
                #expect(NIODeadline.now() - begin >= .milliseconds(400))
                #expect(await eventually { server.cancelled == 1 })
                #expect(try await channel.text(TestServer.Path.echo, "still", timeout: .seconds(10)) == "still")
            }
        }
    }

    @Test("a deadline that has passed ends the call before anything is sent")
    func passed() async throws {
        try await TestServer.with { server, pki in
            try await pki.channel([server.port]).closing { channel in
                let found = await status {
                    _ = try await channel.text(TestServer.Path.echo, "", timeout: .milliseconds(-1))
                }
                #expect(found.code == .deadlineExceeded)
                #expect(server.server.metrics.callsStarted == 0)
            }
        }
    }

    @Test("cancelling the task cancels the call on the server")
    func cancel() async throws {
        try await TestServer.with { server, pki in
            try await pki.channel([server.port]).closing { channel in
                let task = Task { await status { _ = try await channel.text(TestServer.Path.hold, "") } }
                #expect(await eventually { server.held == 1 })
                task.cancel()
                #expect(await task.value.code == .cancelled)
                #expect(await eventually { server.cancelled == 1 })
                let late = Task {
                    while !Task.isCancelled { await Task.yield() }
                    return await status { _ = try await channel.text(TestServer.Path.echo, "") }
                }
                late.cancel()
                #expect(await late.value.code == .cancelled)
            }
        }
    }

    @Test("messages over the limits are refused in both directions")
    func limits() async throws {
        try await TestServer.with { server, pki in
            let channel = try pki.channel([server.port]) {
                $0.maxRequestMessage = 2000
                $0.maxResponseMessage = 1000
            }
            try await channel.closing { channel in
                func size(_ count: Int) async -> StatusCode {
                    await status {
                        _ = try await channel.unary(TestServer.Path.echo, ByteBuffer(repeating: 1, count: count))
                    }.code
                }
                #expect(await size(1000) == .ok)
                #expect(await size(1001) == .resourceExhausted)
                #expect(server.server.metrics.callsStarted == 2)
                #expect(await size(2001) == .resourceExhausted)
                #expect(server.server.metrics.callsStarted == 2)
                #expect(await size(1) == .ok)
            }
        }
    }

    @Test("more calls than may wait are refused at once")
    func waiting() async throws {
        var http2 = HTTP2Limits.defaults
        http2.maxConcurrentStreams = 2
        try await TestServer.with(http2: http2) { server, pki in
            let channel = try pki.channel([server.port]) { $0.maxWaitingCalls = 3 }
            try await channel.closing { channel in
                _ = try await channel.text(TestServer.Path.echo, "")
                let outcomes = Outcomes()
                try await channel.eventLoop.submit {
                    let route = RPCRoute(TestServer.Path.hold)
                    for token in 0..<8 {
                        channel.start(
                            route, UnsafeRawBufferPointer(start: nil, count: 0), timeout: .milliseconds(300),
                            receiver: outcomes, token: UInt64(token))
                    }
                }.get()
                #expect(await eventually { outcomes.count == 8 })
                let codes = outcomes.ended.withLock { $0.map(\.status.code) }
                #expect(codes.filter { $0 == .resourceExhausted }.count == 3)
                #expect(codes.filter { $0 == .deadlineExceeded }.count == 5)
            }
        }
    }

    @Test("calls on the event loop come back with their token, and can be cancelled")
    func callbacks() async throws {
        try await TestServer.with { server, pki in
            try await pki.channel([server.port]).closing { channel in
                let outcomes = Outcomes()
                try await channel.eventLoop.submit {
                    let echo = RPCRoute(TestServer.Path.echo)
                    for token in 0..<1000 as Range<UInt64> {
                        withUnsafeBytes(of: token) {
                            _ = channel.start(echo, $0, timeout: .seconds(10), receiver: outcomes, token: token)
                        }
                    }
                    let held = withUnsafeBytes(of: 0) {
                        channel.start(
                            RPCRoute(TestServer.Path.hold), $0, timeout: nil, receiver: outcomes, token: 5000)
                    }
                    #expect(outcomes.count == 0)
                    channel.cancel(held)
                    channel.cancel(held)
                }.get()
                #expect(await eventually { outcomes.count == 1001 })
                for outcome in outcomes.ended.withLock({ $0 }) where outcome.token != 5000 {
                    #expect(outcome.status == .ok)
                    #expect(outcome.message == withUnsafeBytes(of: outcome.token) { Array($0) })
                }
                let cancelled = outcomes.ended.withLock { $0.first { $0.token == 5000 } }
                #expect(cancelled?.status.code == .cancelled)
            }
        }
    }
}
