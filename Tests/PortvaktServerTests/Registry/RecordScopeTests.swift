import PortvaktCore
import Testing

@testable import PortvaktServer

private func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

/// Two municipalities, `a` and `b`, with the same in each: a unit, a child with a case, a meeting, and one record of every kind about them.
private enum Towns {
    static func base(_ town: String) throws -> [Record] {
        [
            .controller(Controller(id: id(town))),
            .unit(Unit(id: id("skole-\(town)"), service: try Service("skole"), controller: id(town))),
            .person(Person(id: id("barn-\(town)"), born: nil)), .person(Person(id: id("ansatt-\(town)"), born: nil)),
            .employment(
                Employment(id: id("larer-\(town)"), person: id("ansatt-\(town)"), unit: id("skole-\(town)"))),
            .employment(
                Employment(id: id("vikar-\(town)"), person: id("ansatt-\(town)"), unit: id("skole-\(town)"))),
            .caseRecord(
                Case(
                    id: id("sak-\(town)"), subject: id("barn-\(town)"), controller: id(town), level: 2,
                    holder: id("larer-\(town)"))),
            .meeting(
                Meeting(
                    id: id("mote-\(town)"), type: .ressursteam, convenedBy: id("larer-\(town)"), anonymous: true)),
        ]
    }

    /// One of every kind that log and plan systems register, about a town's child, case, unit or meeting.
    /// - Parameter name: begins their ids.
    static func records(_ name: String, about town: String) throws -> [Record] {
        let (barn, sak, larer): (PersonID, CaseID, EmploymentID) = (
            id("barn-\(town)"), id("sak-\(town)"), id("larer-\(town)")
        )
        return [
            .relation(Relation(id: id("\(name)-rel"), a: barn, b: id("ukjent"), kind: .sosken)),
            .authority(Authority(id: id("\(name)-fa"), holder: .person(id("ukjent")), over: barn)),
            .capacity(Capacity(id: id("\(name)-evne"), person: barn)),
            .employment(Employment(id: id("\(name)-jobb"), person: id("ukjent"), unit: id("skole-\(town)"))),
            .caseRecord(Case(id: id("\(name)-sak"), subject: barn, controller: id(town))),
            .handover(Handover(id: id("\(name)-stafett"), caseID: sak, from: larer, to: id("vikar-\(town)"))),
            .grant(Grant(id: id("\(name)-grant"), caseID: sak, to: .employment(larer))),
            .consent(consent("\(name)-s", .caseID(sak), of: barn)),
            .consent(consent("\(name)-s2", .subject(barn), of: barn)),
            .meeting(Meeting(id: id("\(name)-mote"), type: .fagmote, caseID: sak, convenedBy: larer)),
            .meeting(Meeting(id: id("\(name)-mote2"), type: .ressursteam, convenedBy: larer, anonymous: true)),
            .objection(Objection(id: id("\(name)-nei"), by: barn, caseID: sak, service: try Service("ppt"))),
            .restriction(Restriction(id: id("\(name)-r"), subject: barn, against: id("ukjent"), kind: .fare)),
            .discussion(
                Discussion(
                    id: id("\(name)-u"), person: id("ukjent"), unit: id("skole-\(town)"), started: TestTown.start)),
            .anonymousDiscussion(
                AnonymousDiscussion(
                    id: id("\(name)-anonym"), meeting: id("mote-\(town)"), services: [try Service("ppt")],
                    topic: try Topic("skole"), ageBand: .from6to9)),
        ]
    }

    private static func consent(_ name: String, _ scope: ConsentScope, of giver: PersonID) -> Consent {
        Consent(id: id(name), scope: scope, givenBy: .person(giver), capacity: .`self`, units: [id("skole-a")])
    }

    static func state(with more: [Record] = []) throws -> Snapshot {
        var state = Snapshot.empty
        let grown: [Record] = [.person(Person(id: id("ukjent"), born: nil))]
        for record in try grown + base("a") + base("b") + more {
            try state.apply(
                Change(event: .registered(record), registeredAt: TestTown.start, system: id("x"), controller: id("a")))
        }
        return state
    }

    /// What comes of it when a system of a town registers a record. It has every permission.
    static func refusal(of record: Record, by town: String, in state: Snapshot) -> ChangeScope.Refusal? {
        do throws(ChangeScope.Refusal) {
            try ChangeScope(allowed: [id(town)], state: state).check(record) { _ in true }
            return nil
        } catch { return error }
    }
}

@Suite("Whose a record is")
struct RecordScopeTests {
    @Test("What hangs on one controller's child, case, unit or meeting is registered for that one, and for no other")
    func parents() throws {
        let state = try Towns.state()
        let records = try Towns.records("ny", about: "a")
        #expect(records.count == 15)
        for record in records {
            #expect(Towns.refusal(of: record, by: "a", in: state) == nil, "\(record.kind)")
            #expect(Towns.refusal(of: record, by: "b", in: state) == .record, "\(record.kind)")
        }
        let unit = Record.unit(Unit(id: id("ny-enhet"), service: try Service("ppt"), controller: id("a")))
        #expect(Towns.refusal(of: unit, by: "a", in: state) == nil)
        #expect(Towns.refusal(of: unit, by: "b", in: state) == .record)
        // Whom nobody knows yet, either goes on with.
        let unknown = Record.person(Person(id: id("ukjent"), born: nil, protection: .fortrolig))
        for town in ["a", "b"] { #expect(Towns.refusal(of: unknown, by: town, in: state) == nil) }
        // The child of the one, in a case of the other.
        for (subject, controller) in [("barn-a", "b"), ("barn-b", "a")] {
            let record = Record.caseRecord(Case(id: id("ny"), subject: id(subject), controller: id(controller)))
            #expect(Towns.refusal(of: record, by: "b", in: state) == .record)
        }
    }

    @Test("What is there for one controller is not made another's by saying that it hangs on that one's")
    func owners() throws {
        let there = try Towns.records("felles", about: "a").filter { if case .caseRecord = $0 { false } else { true } }
        let state = try Towns.state(with: there)
        for record in try Towns.records("felles", about: "b") where record.kind != .caseRecord {
            #expect(Towns.refusal(of: record, by: "b", in: state) == .record, "\(record.kind)")
        }
        let moved: [Record] = [
            .unit(Unit(id: id("skole-a"), service: try Service("skole"), controller: id("b"))),
            .person(Person(id: id("barn-a"), born: nil)),
            .caseRecord(Case(id: id("sak-a"), subject: id("barn-b"), controller: id("b"))),
        ]
        for record in moved {
            #expect(Towns.refusal(of: record, by: "b", in: state) == .record, "\(record.kind)")
        }
    }

    @Test("Who works in a unit for another controller is changed for either, and the unit stays its own controller's")
    func shared() throws {
        var job = Employment(id: id("delt"), person: id("ansatt-a"), unit: id("skole-a"))
        job.forController = id("b")
        let state = try Towns.state(with: [.employment(job)])
        let owners = RecordScope(state: state).owners(of: .employment, TestTown.id("delt"))
        #expect(owners == [id("a"), id("b")])
        #expect(RecordScope(state: state).owners(of: .unit, TestTown.id("skole-a")) == [id("a")])
        // That somebody of a works at b gives b no part in a's child.
        let atB = try Towns.state(with: [
            .employment(Employment(id: id("jobb"), person: id("barn-a"), unit: id("skole-b")))
        ])
        #expect(RecordScope(state: atB).controllers(ofSubject: id("barn-a")) == [id("a")])
    }

    @Test(
        "Controllers, units and systems are an administrator's, everything else is registered by log and plan systems")
    func permissions() throws {
        let state = try Towns.state()
        let system = System(
            id: id("nytt"), identity: .spiffe("spiffe://portvakt.test/nytt"), controllers: [id("a")],
            permissions: [.ask])
        let administered: [Record] = [
            .controller(Controller(id: id("a"))),
            .unit(Unit(id: id("skole-a"), service: try Service("skole"), controller: id("a"))), .system(system),
        ]
        let scope = ChangeScope(allowed: [id("a")], state: state)
        for record in administered {
            #expect(throws: ChangeScope.Refusal.permission(.administer), "\(record.kind)") {
                try scope.check(record) { $0 != .administer }
            }
        }
        for record in try Towns.records("ny", about: "a") + [.person(Person(id: id("barn-a"), born: nil))] {
            #expect(throws: ChangeScope.Refusal.permission(.register), "\(record.kind)") {
                try scope.check(record) { $0 != .register }
            }
        }
        var foreign = system
        foreign.controllers = [id("a"), id("b")]
        #expect(throws: ChangeScope.Refusal.controller) { try scope.check(.registered(.system(foreign))) { _ in true } }
        #expect(throws: ChangeScope.Refusal.permission(.administer)) {
            try scope.check(.registered(.system(system))) { $0 != .administer }
        }
    }

    @Test("A grant, a consent or a system of another controller is not ended")
    func endings() throws {
        let there = try Towns.records("felles", about: "a").filter { if case .caseRecord = $0 { false } else { true } }
        let system = System(
            id: id("naboens"), identity: .spiffe("spiffe://portvakt.test/n"), controllers: [id("a")],
            permissions: [.ask])
        let state = try Towns.state(with: there + [.system(system)])
        let events: [Event] = [
            .grantRevoked(id("felles-grant"), at: TestTown.start), .systemDisabled(id("naboens")),
            .consentWithdrawn(id("felles-s"), at: TestTown.start), .consentRevoked(id("felles-s2"), at: TestTown.start),
            .consentInvalidated(id("felles-s")), .consentSpent(id("felles-s"), at: TestTown.start),
        ]
        for event in events {
            #expect(throws: Never.self) { try ChangeScope(allowed: [id("a")], state: state).check(event) { _ in true } }
            #expect(throws: ChangeScope.Refusal.record) {
                try ChangeScope(allowed: [id("b")], state: state).check(event) { _ in true }
            }
        }
    }
}
