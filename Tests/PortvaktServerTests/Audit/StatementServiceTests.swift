import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktServer
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

private func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

/// Statements as a running service gives them.
@Suite("A statement over the wire", .timeLimit(.minutes(10)))
struct StatementServiceTests {
    /// A town with an adviser of its own, a child that is strictly protected, and a mother hidden from the father.
    private func run(_ body: (TestService, PortvaktChannel, PortvaktChannel) async throws -> Void) async throws {
        let folder = try TestFolder()
        var setup = try await TestTown.setup(MemoryStore())
        setup.checkpoints = try Checkpointer(
            origin: "portvakt.example", key: try SigningKey.generate(name: "portvakt.example"),
            guardFile: folder.file("guard"))
        try await TestService.run(setup) { service in
            try await TestTown.settle(service)
            let records: [Record] = [
                .person(Person(id: id("en"), born: nil)),
                .employment(Employment(id: id("jobb"), person: id("en"), unit: id("ppt"))),
                .person(Person(id: id("skjult"), born: nil, protection: .strengt_fortrolig)),
                .caseRecord(Case(id: id("sak-skjult"), subject: id("skjult"), controller: id("kommune-a"))),
                .person(Person(id: id("tante"), born: nil, hiddenFrom: [id("far")])),
            ]
            let _: RegisterRecordsResponse = try await service.channel(as: "administrator").call(
                .registerRecords, RegisterRecordsRequest(header: TestTown.header(), records: records))
            try await body(service, try service.channel(as: "journal"), try service.channel(as: "officer"))
        }
    }

    /// - Parameter size: of a page; 0: as many as there may be.
    private func statement(
        _ officer: PortvaktChannel, of subject: String, for asker: Actor, proofs: Bool = false,
        time: Validity = .always, page: PageRequest = PageRequest()
    ) async throws -> StatementResponse {
        let request = StatementRequest(
            subject: id(subject), asker: asker, assurance: .high, time: time, proofs: proofs, page: page)
        return try await officer.call(.statement, request)
    }

    @Test("An employee's own look-ups tell no more of what is hidden than the answers did: not even a proof does")
    func hiddenFromEmployee() async throws {
        try await run { _, journal, officer in
            for caseID in ["sak-skjult", "no-such"] {
                let question = Question(
                    actor: .employment(id("jobb")), action: .logRead, object: .caseID(id(caseID)), assurance: .high)
                let answer = try await journal.check(question)
                #expect(answer.external == .not_found && answer.reasons == [.denyNotFound])
            }
            let found = try await statement(officer, of: "en", for: .employment(id("jobb")), proofs: true)
            #expect(found.answer.effect == .allow && !found.own && found.completeness == nil)
            let lines = found.lines.filter { $0.action == .logRead }.map { line in
                var line = line
                (line.entry, line.time) = (EntryReference(stream: "", index: 0, block: 0), .distantPast)
                return line
            }
            try #require(lines.count == 2)
            #expect(lines[0] == lines[1])
            #expect(lines[0].reason == .denyNotFound && lines[0].proof.isEmpty)
            // The look-up of the look-ups itself is proved.
            #expect(found.lines.filter { $0.action == .accessLogRead }.allSatisfy { !$0.proof.isEmpty })
        }
    }

    @Test("A parent who was told that there is nothing is told so again, and of others' refusals why")
    func hiddenFromParent() async throws {
        try await run { _, journal, officer in
            for parent in ["far", "mor"] {
                let question = Question(
                    actor: .person(id(parent)), action: .logRead, object: .caseID(id("sak")), assurance: .high,
                    entry: EntryLabels(category: .education, about: [id("barn"), id("tante")], author: id("skole")))
                let answer = try await journal.check(question)
                #expect((answer.external == .not_found) == (parent == "far"), "\(answer.reasons)")
            }
            for (asker, reason) in [("far", Reason.denyNotFound), ("mor", .denyProtected)] {
                let found = try await statement(officer, of: "barn", for: .person(id(asker)), proofs: true)
                let fathers = try #require(found.lines.filter { $0.action == .logRead }.last)
                #expect(fathers.effect == .deny && fathers.reason == reason, "\(asker)")
                #expect(fathers.proof.isEmpty == (asker == "far"))
            }
        }
    }
}
