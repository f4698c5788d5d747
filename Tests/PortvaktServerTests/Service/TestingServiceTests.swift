import PortvaktClient
import PortvaktCore
import PortvaktRPC
import PortvaktServer
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("A service in testing mode, over the wire", .timeLimit(.minutes(5)))
struct TestingServiceTests {
    /// The answers to one question, asked in every way that gRPC has.
    private func answers(_ channel: PortvaktChannel) async throws -> [String: Answer] {
        var common = TestTown.reads()
        let labels = try #require(common.entry)
        common.entry = nil
        let item = CheckManyRequest.Item(id: TestTown.id("i-1"), .entry(labels))
        let request = CheckManyRequest(common, items: [item])
        let many: CheckManyResponse = try await channel.call(.checkMany, request)
        var each: [Answer] = []
        for try await response in channel.stream(.checkEach, request, as: CheckEachResponse.self) {
            each += response.answers
        }
        let explained: ExplainResponse = try await channel.call(.explain, ExplainRequest(TestTown.reads()))
        // What could not be recorded is not shown.
        #expect(explained.answer.entry != nil || explained == ExplainResponse(explained.answer))
        return [
            "Check": try await channel.check(TestTown.reads()), "CheckMany": try #require(many.answers.first).answer,
            "CheckEach": try #require(each.first), "Explain": explained.answer,
        ]
    }

    /// A service, and a caller's channel to it.
    private func run(_ body: (PortvaktChannel) async throws -> Void) async throws {
        let certificates = try await TestCertificates.make(TestTown.callers)
        let profile = try TestService.profile(named: "nasjonal", in: TestTown.policies)
        let service = try await TestingService.start(
            ServiceConfiguration(
                tls: certificates.server, node: TestTown.node, profiles: ProfileShelf(initial: profile),
                clock: ManualClock(TestTown.start))
        ) { MemoryStore() }
        let channel = try PortvaktChannel(
            RPCChannelConfiguration(
                targets: [RPCTarget(host: "127.0.0.1", port: service.port)], tls: try certificates.caller("journal")))
        let result: Result<Void, any Error>
        do { result = .success(try await body(channel)) } catch { result = .failure(error) }
        await channel.close()
        await service.stop()
        try result.get()
    }

    private func settle(_ channel: PortvaktChannel, _ more: [Record] = []) async throws {
        let _: ResetResponse = try await channel.call(.reset, ResetRequest())
        let records = RegisterRecordsRequest(header: TestTown.header(), records: try TestTown.records() + more)
        let _: RegisterRecordsResponse = try await channel.call(.registerRecords, records)
        _ = try await channel.give(TestTown.consentOfFather())
    }

    @Test("A fault meets every way to ask: a rule that fails, and nothing that can be recorded")
    func everyWay() async throws {
        try await run { channel in
            for (fault, reason) in [
                (TestingFault.evaluation, Reason.denyEvaluationError), (.recording, .denyUnrecorded),
            ] {
                try await settle(channel)
                #expect(Set(try await answers(channel).values.map(\.effect)) == [.allow])
                let _: FailResponse = try await channel.call(.fail, FailRequest(fault))
                for (way, answer) in try await answers(channel) { #expect(answer.reasons == [reason], "\(way)") }
            }
        }
    }

    @Test("An erasure is done in a store in which nobody has asked for the emergency accesses yet")
    func erasure() async throws {
        try await run { channel in
            let officers = [("ombud", EmploymentRole.personvernombud), ("leder", .leder)]
            try await settle(
                channel,
                officers.map { name, role in
                    .employment(
                        Employment(
                            id: ID(TestTown.id(name)), person: ID(TestTown.id(name)), unit: ID(TestTown.id("skole")),
                            role: role))
                })
            let entry = try #require(try await channel.check(TestTown.reads()).entry)
            func erase(_ entries: [String], subject: String? = nil) async throws -> EraseResponse {
                try await channel.call(
                    .erase,
                    EraseRequest(
                        entries: entries, subject: subject.map { ID(TestTown.id($0)) },
                        first: .employment(ID(TestTown.id("ombud"))), second: .employment(ID(TestTown.id("leder"))),
                        reason: "feil"))
            }
            let name = "\(entry.stream)#\(entry.index)"
            for (entries, subject, field) in [
                ([name, name], nil, "entries[1]"), (["nope"], nil, "entries[0]"), ([name], "barn", "subject"),
                ([], nil, "subject"),
            ] as [([String], String?, String)] {
                let ended = try await status { try await erase(entries, subject: subject) }
                #expect(ended.code == .invalidArgument, "\(ended)")
                #expect(ended.parsedDetails?.fieldViolations.map(\.field) == [field])
                #expect(!ended.message.contains("proto files"), "\(ended.message)")
            }
            #expect(try await erase([name]).count == 1)
        }
    }
}
