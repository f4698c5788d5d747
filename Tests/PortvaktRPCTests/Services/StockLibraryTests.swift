import Foundation
import NIOCore
import TestPrograms
import Testing

@testable import PortvaktRPC

/// Runs only under `dev/interop/test`, which names the Python to use.
private let python = ProcessInfo.processInfo.environment["PORTVAKT_INTEROP"]

@Suite("The stock Python library", .enabled(if: python != nil, "dev/interop/test runs these"))
struct StockLibraryTests {
    /// The folder of this checkout's `dev/interop`.
    private static let folder = python.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path } ?? ""

    /// Starts one of the scripts with the certificate `python`; what it says goes to the file `said`.
    private func start(
        _ script: String, _ pki: TestPKI, _ arguments: [String] = [], input: FileHandle? = nil
    ) async throws -> (TestProgram, said: URL) {
        let said = URL(fileURLWithPath: pki.folder).appendingPathComponent("said")
        try Data().write(to: said)
        let program = try await TestProgram.start(
            try #require(python),
            ["\(Self.folder)/\(script)", "--ca", pki.trustAnchors]
                + ["--cert", "\(pki.folder)/python.pem", "--key", "\(pki.folder)/python.key"] + arguments,
            input: input, output: try FileHandle(forWritingTo: said))
        return (program, said)
    }

    @Test("finds our server as any other: health, reflection, calls, failures, deadlines, streams")
    func client() async throws {
        let pki = try TestPKI()
        let registry = HealthRegistry(["": .serving])
        let methods =
            TestMethods().all + HealthService.methods(registry) { _ in true }
            + (try ReflectionService.methods(descriptorSets: [ReflectionService.descriptorSet]) { _ in true })
        let server = try await ClientServer.start(methods, pki)
        _ = try pki.issue("python", .client(TestServer.organizationNumber))
        let (client, said) = try await start(
            "stock_client.py", pki,
            [
                "--target", "localhost:\(server.port)", "--echo", TestServer.Path.echo, "--metadata",
                TestServer.Path.metadata, "--fail", TestServer.Path.fail, "--hold", TestServer.Path.hold, "--stream",
                TestServer.Path.stream,
            ])
        let status = try await client.status()
        let output = try String(contentsOf: said, encoding: .utf8)
        #expect(status == 0, "\(output)")
        #expect(output.hasSuffix("\n0 failed\n"), "\(output)")
        try await server.server.drain(linger: .zero)
    }

    @Test("is answered by our client as by any other: calls, compression, failures, deadlines, streams")
    func server() async throws {
        let pki = try TestPKI()
        _ = try pki.issue("python", .server)
        let pipe = Pipe()
        let (server, said) = try await start("stock_server.py", pki, input: pipe.fileHandleForReading)
        let port = try #require(Int(try await server.said("", in: said)))
        try await pki.channel([port]).closing { try await callAll($0) }
        try pipe.fileHandleForWriting.close()
        #expect(try await server.status() == 0)
    }

    private func callAll(_ channel: RPCChannel) async throws {
        for size in [0, 1, 1000, 1001, 1_000_000] {
            let message = ByteBuffer(bytes: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            let answer = try await channel.unary("/peer.Echo/Unary", message)
            #expect(answer == message)
        }
        let failure = await status { _ = try await channel.text("/peer.Echo/Fail", "") }
        #expect(failure == RPCStatus(.failedPrecondition, "ikke n\u{e5}: 100 %", details: [1, 2, 3]))
        #expect(await status { _ = try await channel.text("/peer.Echo/None", "") }.code == .unimplemented)
        try await giveUpCalls(channel)
        for (count, size) in [(0, 1), (200, 1), (20, 255)] as [(UInt8, UInt8)] {
            var sizes: [Int] = []
            for try await message in channel.serverStream("/peer.Echo/Stream", ByteBuffer(bytes: [count, size])) {
                sizes.append(message.readableBytes)
            }
            #expect(sizes == Array(repeating: 1000 * Int(size), count: Int(count)))
        }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<300 {
                group.addTask { try await channel.text("/peer.Echo/Unary", "\(index)") == "\(index)" }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    /// A deadline that passes and a call that is cancelled: the server is told of both.
    private func giveUpCalls(_ channel: RPCChannel) async throws {
        // Before a busy server has the call, it may be over.
        for seconds in [0.2, 2, 20] where try await held(channel).came == 0 {
            let late = await status {
                _ = try await channel.text(
                    "/peer.Echo/Hold", "", timeout: .nanoseconds(Int64(seconds * 1_000_000_000)))
            }
            #expect(late.code == .deadlineExceeded)
        }
        let before = try await held(channel).came
        #expect(before > 0)
        let waiting = Task { await status { _ = try await channel.text("/peer.Echo/Hold", "") } }
        try await wait(channel) { $0.came > before }
        waiting.cancel()
        #expect(await waiting.value.code == .cancelled)
        try await wait(channel) { $0.cancelled == $0.came }
    }

    /// Calls of Hold that the server has seen, and those of them that it was told to give up.
    private func held(_ channel: RPCChannel) async throws -> (came: Int, cancelled: Int) {
        let numbers = try await channel.text("/peer.Echo/Held", "").split(separator: " ").compactMap { Int($0) }
        try #require(numbers.count == 2)
        return (numbers[0], numbers[1])
    }

    private func wait(_ channel: RPCChannel, until isReached: ((came: Int, cancelled: Int)) -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(50)
        while try await !isReached(held(channel)) {
            try #require(ContinuousClock.now < deadline)
            try await Task.sleep(nanoseconds: 10_000_000)
        }
    }
}
