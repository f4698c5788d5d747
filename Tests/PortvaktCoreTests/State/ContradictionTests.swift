@testable import PortvaktCore
import Testing

/// Facts that registration refuses, folded in nevertheless: as an older ledger, or an error of ours, could hold them.
@Suite("Where the facts contradict each other nobody guesses", .timeLimit(.minutes(10)))
struct ContradictionTests {
    /// Folds a record in without asking whether it may be true.
    private func folding(_ records: Record..., into world: TestWorld) -> TestWorld {
        var tables = world.state.tables
        for record in records { tables.foldNext(world.change(.registered(record))) }
        var world = world
        world.state = Snapshot(tables)
        return world
    }

    private func soleHolders() -> TestWorld {
        func sole(_ holder: String) -> Record {
            .authority(
                Authority(id: id("fa-\(holder)-barn"), holder: .person(id(holder)), over: id("barn"), sole: true))
        }
        return folding(sole("mor"), sole("far"), into: TestWorld())
    }

    @Test("two sole holders of foreldreansvar: refused when registered, referred where they stand")
    func soleHoldersReferred() throws {
        let second = Record.authority(
            Authority(id: id("fa-far-barn"), holder: .person(id("far")), over: id("barn"), sole: true))
        let refusal = try #require(TestWorld().refusal(of: .registered(second)))
        #expect(refusal.kind == .authority && refusal.id?.text == "fa-far-barn" && refusal.field == "sole")
        let world = soleHolders()
        for question in [
            Question.employee("ppt", .logRead), .person("mor", .logRead), .person("far", .logRead),
            .employee("larer", .participantAdd).with { $0.participant = .unit(id("ppt-1")) },
        ] {
            let decision = world.decide(question)
            #expect(decision.effect == .refer, "\(question): \(decision.reasons.map(\.word))")
            #expect(decision.primary == .referConflict)
        }
    }

    @Test("an authority that ends before it begins counts at no time")
    func backwards() throws {
        let record = Record.authority(
            Authority(
                id: id("fa-mor-barn"), holder: .person(id("mor")), over: id("barn"),
                validity: Validity(from: instant("2026-06-01"), until: instant("2026-05-01"))))
        let refusal = try #require(TestWorld().refusal(of: .registered(record)))
        #expect(refusal.id?.text == "fa-mor-barn" && refusal.field == "until")
        let world = folding(record, into: TestWorld())
        for day in ["2026-04-01", "2026-05-15", "2026-11-21"] {
            #expect(world.decide(.person("mor", .logRead), at: instant(day)).effect != .allow)
        }
    }

    @Test("a child of whom nobody is known to decide, and one whose age is not known, are referred")
    func unknownFacts() {
        let ended = Validity(until: instant("2026-01-01"))
        let nobody = folding(
            .authority(
                Authority(id: id("fa-mor-barn"), holder: .person(id("mor")), over: id("barn"), validity: ended)),
            .authority(
                Authority(id: id("fa-far-barn"), holder: .person(id("far")), over: id("barn"), validity: ended)),
            into: TestWorld())
        #expect(nobody.decide(.employee("ppt", .logRead)).primary == .referFactMissing)
        let ageless = folding(.person(Person(id: id("barn"), born: nil)), into: TestWorld())
        #expect(ageless.decide(.employee("ppt", .logRead)).primary == .referFactMissing)
        for status in [AuthorityStatus.unknown, .pending] {
            let contested = folding(
                .authority(
                    Authority(id: id("fa-far-barn"), holder: .person(id("far")), over: id("barn"), status: status)),
                into: TestWorld())
            #expect(contested.decide(.employee("ppt", .logRead)).effect == .refer)
            #expect(contested.decide(.person("far", .logRead)).effect == .refer)
        }
    }
}
