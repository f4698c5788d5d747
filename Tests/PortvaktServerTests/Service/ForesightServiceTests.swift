import PortvaktClient
import PortvaktCore
import PortvaktRPC
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("Who, what and what would be, over the wire", .timeLimit(.minutes(10)))
struct ForesightServiceTests {
    private func who(_ channel: PortvaktChannel, size: Int) async throws -> [HeldAccess] {
        var found: [HeldAccess] = []
        var cursor: [UInt8] = []
        // A list of so few needs no more pages than it has items, and one.
        for _ in 0..<100 {
            let response: WhoResponse = try await channel.call(
                .who, WhoRequest(caseID: ID(TestTown.id("sak")), page: PageRequest(size: size, cursor: cursor)))
            #expect(response.accesses.count <= size)
            found += response.accesses
            guard !response.page.complete else { return found }
            cursor = response.page.nextCursor
        }
        Issue.record("the list does not end")
        return found
    }

    @Test("A list comes out the same whatever the size of its pages")
    func paging() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            let whole = try await who(journal, size: 1000)
            #expect(whole.contains { $0.access.action == .logRead && $0.access.basis == .allowConsent })
            for size in [1, 2, 3, 5] { #expect(try await who(journal, size: size) == whole, "pages of \(size)") }
            for actor in Set(whole.map(\.access.actor)) {
                let response: WhatResponse = try await journal.call(.what, WhatRequest(actor: actor))
                #expect(response.page.complete)
                #expect(response.accesses == whole.filter { $0.access.actor == actor })
            }
        }
    }

    @Test("Another controller's case is answered as one that does not exist, and strangers are turned away")
    func scope() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            var answers: [RPCStatus] = []
            for name in ["sak-b", "sak-x"] {
                answers.append(
                    try await status {
                        let response: WhoResponse = try await journal.call(
                            .who, WhoRequest(caseID: ID(TestTown.id(name))))
                        return response
                    })
            }
            #expect(answers[0] == answers[1] && answers[0].code == .notFound)
            let what: WhatResponse = try await journal.call(
                .what, WhatRequest(actor: .employment(ID(TestTown.id("larer-b")))))
            #expect(what.accesses.isEmpty && what.page.complete)
            for caller in ["stranger", "nabo"] {
                let channel = try service.channel(as: caller)
                let ended = try await status {
                    let response: DueResponse = try await channel.call(.due, DueRequest(days: 60))
                    return response
                }
                #expect(ended.code == .permissionDenied, "\(caller)")
            }
        }
    }

    @Test(
        "A simulated change that contradicts what is known is refused by its place, and a cursor that nobody gave too")
    func refusals() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            var record = Case(
                id: ID(TestTown.id("sak")), subject: ID(TestTown.id("nobody")), controller: ID(TestTown.id("kommune-a"))
            )
            record.level = 2
            let wrong = SimulateRequest([.closeLog(ID(TestTown.id("sak"))), .record(.caseRecord(record))])
            let ended = try await status {
                let response: SimulateResponse = try await journal.call(.simulate, wrong)
                return response
            }
            #expect(ended.code == .failedPrecondition)
            #expect(ended.parsedDetails?.fieldViolations.first?.field == "proposals[1].record.case_record.subject")

            // It would reach nobody, and the answer that nothing changes would be believed.
            var consent = TestTown.consentOfFather("s-new")
            consent.services = [try Service("ppt"), try Service("pptt")]
            let misspelt = try await status {
                let response: SimulateResponse = try await journal.call(
                    .simulate, SimulateRequest([.record(.consent(consent))]))
                return response
            }
            #expect(misspelt.code == .failedPrecondition)
            #expect(misspelt.parsedDetails?.fieldViolations.first?.field == "proposals[0].record.consent.services")
            #expect(misspelt.message.contains("did you mean ppt?"), "\(misspelt.message)")
            let cursor = try await status {
                let response: WhoResponse = try await journal.call(
                    .who, WhoRequest(caseID: ID(TestTown.id("sak")), page: PageRequest(size: 1, cursor: [0xff])))
                return response
            }
            #expect(cursor.code == .invalidArgument)
        }
    }
}
