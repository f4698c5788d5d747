import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktWire
import Testing

@testable import PortvaktServer

private func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

/// Two municipalities with an officer each, and what else may stand on either side of a right.
private enum Offices {
    static let now = TestTown.start
    static let ended = Validity(until: now)

    static func system(_ controllers: [String]) -> System {
        System(
            id: id("kontor"), identity: .spiffe("spiffe://portvakt.test/kontor"),
            controllers: controllers.map { id($0) },
            permissions: [.audit])
    }

    static func state() throws -> Snapshot {
        let units: [Record] = try [("skole", "ka"), ("ppt", "ka"), ("skole-b", "kb")].map { unit, controller in
            .unit(Unit(id: id(unit), service: try Service("skole"), controller: id(controller)))
        }
        let people: [(String, String, String, EmploymentRole, Validity)] = [
            ("ombud", "ombud", "skole", .personvernombud, .always), ("larer", "larer", "skole", .medarbeider, .always),
            ("leder", "leder", "skole", .leder, .always), ("ombud-b", "ombud-b", "skole-b", .personvernombud, .always),
            // The officer's own second job, and one that has ended.
            ("ombud-2", "ombud", "ppt", .medarbeider, .always),
            ("sluttet", "sluttet", "skole", .personvernombud, ended),
            ("administrator", "administrator", "skole", .administrator, .always),
            ("arkivar", "arkivar", "skole", .arkivar, .always),
        ]
        let persons: [Record] = [.person(Person(id: id("ombud"), born: nil))]
        let employments: [Record] = people.map { name, person, unit, role, validity in
            .employment(Employment(id: id(name), person: id(person), unit: id(unit), role: role, validity: validity))
        }
        var state = Snapshot.empty
        let controllers: [Record] = ["ka", "kb"].map { .controller(Controller(id: id($0))) }
        let systems: [Record] = [
            .system(
                System(
                    id: id("nabo"), identity: .spiffe("spiffe://portvakt.test/nabo"), controllers: [id("kb")],
                    permissions: [.ask]))
        ]
        for record in controllers + units + persons + employments + systems {
            try state.apply(
                Change(
                    event: .registered(record), registeredAt: .distantPast, system: id("kontor"), controller: id("ka")))
        }
        return state
    }

    static func scope(_ reader: StatedReader?, _ controllers: [String] = ["ka"]) throws -> AuditScope {
        try AuditScope(of: reader, system(controllers), in: try state(), at: now)
    }

    static func record(
        of controller: String?, unit: String = "skole", isEmergency: Bool = false, by system: String = "kontor"
    )
        -> DecisionRecord
    {
        var question = Question(actor: .employment(id("larer")), action: .logRead, object: .caseID(id("sak")))
        if isEmergency { question.emergency = Emergency(reason: "fare", anonymisedInsufficient: true, minutes: 5) }
        let decision = Decision(
            effect: .deny, reasons: [.denyRole], external: .deny, controller: controller.map { id($0) }, unit: id(unit),
            holdsUntil: now)
        return DecisionRecord(
            question: question, decision: decision, system: id(system), at: now, revision: .zero,
            policyHash: [UInt8](repeating: 0, count: 32), requestID: nil)
    }
}

@Suite("Who may read the audit, and whose")
struct AuditScopeTests {
    @Test("only for a controller that the system is registered for; another one does not exist for it")
    func controllers() throws {
        #expect(try Offices.scope(nil, ["ka", "kb"]).controllers == [id("ka"), id("kb")])
        #expect(try Offices.scope(StatedReader(controller: id("ka")), ["ka", "kb"]).controllers == [id("ka")])
        for stated in [
            StatedReader(controller: id("kb")), StatedReader(actor: .employment(id("ombud")), controller: id("kb")),
        ] {
            #expect(throws: Failures.notFound) { try Offices.scope(stated) }
        }
    }

    @Test(
        "as a personvernombud or a leder at work for one of its controllers, and as nobody else",
        arguments: ["larer", "administrator", "arkivar", "sluttet", "ombud-b", "ukjent"])
    func noOfficers(_ name: String) {
        #expect(throws: Failures.noOfficer) { try Offices.scope(StatedReader(actor: .employment(id(name)))) }
    }

    @Test("never as a person, who reads the own statement")
    func persons() {
        #expect(throws: Failures.noOfficer) { try Offices.scope(StatedReader(actor: .person(id("ombud")))) }
    }

    @Test("the officer all of the own controller's, and only that")
    func officer() throws {
        let scope = try Offices.scope(StatedReader(actor: .employment(id("ombud"))), ["ka", "kb"])
        #expect(scope.controllers == [id("ka")])
        #expect(throws: Never.self) { try scope.requireAll() }
        #expect(scope.sees(Offices.record(of: "ka")) && !scope.sees(Offices.record(of: "kb")))
        for (controller, isSeen) in [("ka", true), ("kb", false)] {
            let change = Change(
                event: .systemDisabled(id("x")), registeredAt: Offices.now, system: id("kontor"),
                controller: id(controller))
            #expect(scope.sees(change) == isSeen)
        }
    }

    @Test(
        "what has no controller and is about nobody known: those whom the asking system asks for, a stranger's question all"
    )
    func nobodys() throws {
        let own = try Offices.scope(StatedReader(actor: .employment(id("ombud"))))
        let other = try Offices.scope(StatedReader(actor: .employment(id("ombud-b"))), ["kb"])
        let asked = Offices.record(of: nil, by: "nabo")
        #expect(!own.sees(asked) && other.sees(asked))
        let strange = Offices.record(of: nil, by: "ukjent")
        #expect(own.sees(strange) && other.sees(strange))
    }

    @Test("Who works at one controller's unit for another reads the other's, and that alone")
    func workingForAnother() throws {
        var state = try Offices.state()
        let shared = Employment(
            id: id("delt"), person: id("delt"), unit: id("skole"), role: .personvernombud, forController: id("kb"))
        try state.apply(
            Change(
                event: .registered(.employment(shared)), registeredAt: .distantPast, system: id("kontor"),
                controller: id("ka")))
        let reader = StatedReader(actor: .employment(id("delt")))
        let scope = try AuditScope(of: reader, Offices.system(["ka", "kb"]), in: state, at: Offices.now)
        #expect(scope.controllers == [id("kb")])
        #expect(throws: Failures.noOfficer) {
            try AuditScope(of: reader, Offices.system(["ka"]), in: state, at: Offices.now)
        }
    }

    @Test("What was read about several persons without a controller is seen by those of each of their cases")
    func severalSubjects() throws {
        var state = try Offices.state()
        for (name, controller) in [("barn-a", "ka"), ("barn-b", "kb")] {
            for record in [
                Record.person(Person(id: id(name), born: nil)),
                .caseRecord(Case(id: id("sak-\(name)"), subject: id(name), controller: id(controller))),
            ] {
                try state.apply(
                    Change(
                        event: .registered(record), registeredAt: .distantPast, system: id("kontor"),
                        controller: id("ka")))
            }
        }
        for (subjects, isSeen) in [
            (["barn-a", "barn-b"], [true, true]), (["barn-b", "barn-a"], [true, true]), (["barn-b"], [false, true]),
        ] {
            let record = AuditRecord(
                call: .query, system: id("ukjent"), at: Offices.now, revision: .zero, subjects: subjects.map { id($0) })
            let seen = try ["ka", "kb"].map {
                try AuditScope(of: nil, Offices.system([$0]), in: state, at: Offices.now).sees(record)
            }
            #expect(seen == isSeen, "\(subjects)")
        }
    }

    @Test("a leder the emergencies of the own unit, and nothing else")
    func leader() throws {
        let scope = try Offices.scope(StatedReader(actor: .employment(id("leder"))))
        #expect(throws: Failures.noOfficer) { try scope.requireAll() }
        #expect(scope.sees(Offices.record(of: "ka", isEmergency: true)))
        for other in [
            Offices.record(of: "ka"), Offices.record(of: "ka", unit: "ppt", isEmergency: true),
            Offices.record(of: "kb", isEmergency: true), Offices.record(of: nil, isEmergency: true),
        ] {
            #expect(!scope.sees(other))
        }
        let change = Change(
            event: .systemDisabled(id("x")), registeredAt: Offices.now, system: id("kontor"), controller: id("ka"))
        #expect(!scope.sees(change))
        let audit = AuditRecord(
            call: .query, system: id("kontor"), at: Offices.now, revision: .zero, controller: id("ka"))
        #expect(!scope.sees(audit))
        #expect(try Offices.scope(StatedReader(actor: .employment(id("ombud")))).sees(audit))
    }
}

@Suite("Two persons who erase together")
struct TwoPersonsTests {
    private func two(_ first: Actor, _ second: Actor, _ controllers: [String] = ["ka"]) throws -> ControllerID {
        try TwoPersons(first, second, Offices.system(controllers), in: try Offices.state(), at: Offices.now).controller
    }

    @Test("are the controller's personvernombud and somebody else at work for it, in either order")
    func right() throws {
        let (ombud, larer) = (Actor.employment(id("ombud")), Actor.employment(id("larer")))
        #expect(try two(ombud, larer) == id("ka"))
        #expect(try two(larer, ombud) == id("ka"))
    }

    @Test(
        "are never one person in two jobs, of two controllers, without the personvernombud, or with one who has left",
        arguments: [
            (Actor.employment(id("ombud")), Actor.employment(id("ombud"))),
            (.employment(id("ombud")), .employment(id("ombud-2"))),
            (.employment(id("ombud")), .employment(id("ombud-b"))),
            (.employment(id("larer")), .employment(id("leder"))),
            (.employment(id("larer")), .employment(id("sluttet"))),
            (.employment(id("ombud")), .employment(id("sluttet"))), (.employment(id("ombud")), .person(id("ombud"))),
            (.employment(id("ombud")), .employment(id("ukjent"))),
        ])
    func wrong(_ first: Actor, _ second: Actor) {
        #expect(throws: Failures.twoPersons) { try two(first, second, ["ka", "kb"]) }
        #expect(throws: Failures.twoPersons) { try two(second, first, ["ka", "kb"]) }
    }

    @Test("erase through a system of their controller's only")
    func system() {
        #expect(throws: Failures.twoPersons) {
            try two(.employment(id("ombud")), .employment(id("larer")), ["kb"])
        }
    }
}
