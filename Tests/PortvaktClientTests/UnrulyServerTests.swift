import Foundation
import NIOCore
import PortvaktCore
import PortvaktRPC
import PortvaktTesting
import Synchronization
import TestPrograms
import Testing

@testable import PortvaktClient

/// Names the Python to use; `make test` sets it.
private let python = ProcessInfo.processInfo.environment["PORTVAKT_INTEROP"]

/// The gate against a server of the stock Python library, and one of raw frames, that misbehave in every way they can.
@Suite(
    "The gate and unruly servers", .timeLimit(.minutes(3)),
    .enabled(if: python != nil, "set PORTVAKT_INTEROP to dev/interop/python"))
struct UnrulyServerTests {
    /// What these come to, by the server's name for its behaviour: `allowed`, or the kinds of ``Refusal/Unanswered`` that
    /// are right. What is not here is refused in some way.
    private static let outcomes: [String: Set<String>] = [
        "in-order": ["allowed"], "pings-and-unknown-frames": ["allowed"], "one-byte-at-a-time": ["allowed"],
        "reset-after-the-end": ["allowed"], "goaway-then-answer": ["allowed"], "one-stream-at-a-time": ["allowed"],
        "grpcio-in-order": ["allowed"], "grpcio-one-stream-at-a-time": ["allowed"], "grpcio-goaway-of-age": ["allowed"],
        // Cut by age it may be before or after the answer.
        "grpcio-cut-of-age": ["allowed", "unreachable", "status", "deadline"],
        "silent": ["deadline"], "no-streams": ["deadline"], "no-window": ["deadline"], "head-and-silence": ["deadline"],
        "mute": ["deadline", "unreachable"], "closed-after-the-data": ["unreachable"],
        "grpcio-status-14": ["unreachable"],
        "grpcio-status-4": ["deadline"], "grpcio-status-1": ["cancelled", "status"],
        "allow-without-entry": ["unintelligible"], "unknown-effect": ["unintelligible"],
        "garbage-message": ["unintelligible"], "allow-run-out": ["expired", "unintelligible"],
    ]
    /// How long a question may take: a short time where no answer is to come, and where one is, what a busy machine needs.
    private static let timeout = TimeAmount.milliseconds(1500)
    private static let timeoutForAnswers = TimeAmount.seconds(15)
    /// How long a question that has a deadline may take until its refusal is there, on a busy machine.
    private static let patience = Duration.seconds(20)
    private static let atOnce = 4
    private static let serversAtOnce = 5

    @Test("release nothing without a right answer, say why, count it, and never hang")
    func all() async throws {
        let certificates = try await TestCertificates.make(["journal": .organizationNumber("312345676")])
        let server = try await UnrulyServer(certificates)
        #expect(server.ports.count > 80)
        for name in Self.outcomes.keys { #expect(server.ports[name] != nil, "\(name)") }
        var found: [String: [Asked]] = [:]
        // A few at a time: the server is one process of Python, and a flood fills it.
        let names = server.ports.keys.sorted()
        for start in stride(from: 0, to: names.count, by: Self.serversAtOnce) {
            let part = names[start..<min(start + Self.serversAtOnce, names.count)]
            try await withThrowingTaskGroup(of: (String, [Asked]).self) { group in
                for name in part {
                    guard let port = server.ports[name] else { continue }
                    let isAnswered = Self.outcomes[name]?.contains("allowed") == true
                    let timeout = isAnswered ? Self.timeoutForAnswers : Self.timeout
                    group.addTask { (name, try await Self.ask(port, certificates, within: timeout)) }
                }
                for try await (name, asked) in group { found[name] = asked }
            }
        }
        for (name, asked) in found.sorted(by: { $0.key < $1.key }) {
            for one in asked {
                #expect(one.took < Self.patience, "\(name): \(one.took)")
                #expect(one.runs == (one.kind == "allowed" ? 1 : 0), "\(name): \(one.kind)")
                #expect(!one.said.isEmpty, "\(name)")
                if let right = Self.outcomes[name] {
                    #expect(right.contains(one.kind), "\(name): \(one.kind), \(one.said)")
                }
                if Self.outcomes[name] == nil { #expect(one.kind != "allowed", "\(name)") }
            }
        }
        try await server.stop()
    }

    private struct Asked: Sendable {
        var kind: String
        var said: String
        var runs: Int
        var took: Duration
    }

    /// Asks a few questions at once; each must be counted under what it came to.
    private static func ask(
        _ port: Int, _ certificates: TestCertificates, within timeout: TimeAmount
    ) async throws -> [Asked] {
        var channel = RPCChannelConfiguration(
            targets: [RPCTarget(host: "127.0.0.1", port: port)], tls: try certificates.caller("journal"))
        channel.connectTimeout = .seconds(2)
        var configuration = Gate.Configuration(channel: channel, handling: [])
        configuration.timeout = timeout
        let gate = try Gate(configuration)
        let question = Question(
            actor: .employment(try EmploymentID("larer")), action: .logRead, object: .caseID(try CaseID("sak")))
        let asked = await withTaskGroup(of: Asked.self) { group in
            for _ in 0..<atOnce { group.addTask { await one(gate, question) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let statistics = gate.statistics
        #expect(statistics.total == UInt64(atOnce))
        for (kind, of) in Dictionary(grouping: asked, by: \.kind) {
            let counted = kind == "allowed" ? statistics.allowed : statistics.unanswered[kind]
            #expect(counted == UInt64(of.count), "\(kind)")
        }
        await gate.close()
        return asked
    }

    private static func one(_ gate: Gate, _ question: Question) async -> Asked {
        let runs = Mutex(0)
        let begun = ContinuousClock.now
        let disclosure = await gate.disclose(question) { _ in runs.withLock { $0 += 1 } }
        let took = begun.duration(to: .now)
        switch disclosure {
        case .released: return Asked(kind: "allowed", said: "-", runs: runs.withLock { $0 }, took: took)
        case .refused(.unanswered(let why)):
            let said = Refusal.unanswered(why).description
            return Asked(kind: why.kind, said: said, runs: runs.withLock { $0 }, took: took)
        case .refused(let refusal):
            return Asked(kind: "recorded", said: "\(refusal)", runs: runs.withLock { $0 }, took: took)
        }
    }
}

/// `dev/interop/unruly_server.py`, with a port for each way to misbehave; ended with its owner.
private final class UnrulyServer: Sendable {
    let ports: [String: Int]
    private let server: TestProgram
    /// It ends when this does.
    private let input: FileHandle

    init(_ certificates: TestCertificates) async throws {
        let python = try #require(python)
        let folder = URL(fileURLWithPath: python).deletingLastPathComponent().path
        let files = certificates.server
        let pipe = Pipe()
        input = pipe.fileHandleForWriting
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("portvakt-\(UUID().uuidString)")
        try Data().write(to: output)
        defer { try? FileManager.default.removeItem(at: output) }
        server = try await TestProgram.start(
            python,
            [
                "\(folder)/unruly_server.py", "--ca", files.trustAnchors, "--cert", files.certificateChain, "--key",
                files.privateKey,
            ], input: pipe.fileHandleForReading, output: try FileHandle(forWritingTo: output))
        ports = try JSONDecoder().decode([String: Int].self, from: Data(try await server.said("", in: output).utf8))
    }

    func stop() async throws {
        try input.close()
        _ = try await server.status()
    }
}
