import NIOCore
import NIOPosix
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import PortvaktYAML
import Testing

@testable import PortvaktServer

private func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

/// A ledger whose entries a test writes, and what a statement makes of each.
private struct Desk {
    /// What became of an entry.
    enum Found: Equatable {
        case nothing
        case awaitsReview
        case shown(StatementLine)
        case concealed(StatementLine)

        var line: StatementLine? {
            switch self {
            case .shown(let line), .concealed(let line): line
            case .nothing, .awaitsReview: nil
            }
        }
    }

    let core: ServiceCore
    private let lane: CommitLane
    private let state: Snapshot

    static let audiences: [StatementAudience] = [
        .subject, .behalf(of: id("mor")), .behalf(of: nil), .officer(id("kommune-a")), .leader(id("skole")),
        .ownLookUps(id("larer")),
    ]

    init() throws {
        let configuration = ServiceConfiguration(
            tls: TLSFiles(certificateChain: "", privateKey: "", trustAnchors: ""), node: TestTown.node,
            profiles: ProfileShelf(initial: try TestService.profile(named: "nasjonal", in: TestTown.policies)),
            clock: ManualClock(TestTown.start))
        core = try ServiceCore.open(configuration, store: MemoryStore()) {}
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        lane = core.ledger.lane { work in loop.execute(work) }
        let hidden = Person(id: id("skjult"), born: nil, hiddenFrom: [id("far")])
        let youth = Person(id: id("ungdom"), born: CivilDate(year: 2010, month: 9, day: 21))
        let more: [Record] = [
            .person(hidden), .person(youth), .person(Person(id: id("leder-p"), born: nil)),
            .employment(Employment(id: id("skjult"), person: id("skjult"), unit: id("skole"))),
            .employment(Employment(id: id("leder"), person: id("leder-p"), unit: id("skole"), role: .leder)),
        ]
        var state = Snapshot.empty
        for record in try TestTown.records() + more {
            try state.apply(
                Change(
                    event: .registered(record), registeredAt: TestTown.start, system: id("journal"),
                    controller: id("kommune-a")))
        }
        self.state = state
    }

    static func decision(
        by actor: Actor = .employment(id("larer")), about subject: String = "barn",
        of controller: String? = "kommune-a",
        unit: String? = "skole", at: Instant = TestTown.start, _ reason: Reason = .allowConsent,
        _ change: (inout Question) -> Void = { _ in }
    ) -> DecisionRecord {
        var question = Question(actor: actor, action: .logRead, object: .caseID(id("sak")))
        change(&question)
        let decision = Decision(
            effect: reason.effect, reasons: [reason], external: .allow,
            evidence: [
                Evidence(kind: .consent, id: TestTown.id("s-mor"), version: .zero),
                Evidence(kind: .grant, id: TestTown.id("deltar"), version: .zero),
            ], subject: id(subject), controller: controller.map { id($0) }, unit: unit.map { id($0) },
            role: .medarbeider, holdsUntil: at)
        return DecisionRecord(
            question: question, decision: decision, system: id("journal"), at: at, revision: .zero,
            policyHash: [UInt8](repeating: 0, count: 32))
    }

    static func emergency(unit: String = "skole", by actor: Actor = .employment(id("larer"))) -> DecisionRecord {
        decision(by: actor, unit: unit, .allowBreakGlass) {
            $0.emergency = Emergency(reason: "fare", anonymisedInsufficient: true, minutes: 5)
        }
    }

    static func reading(
        _ call: AuditCall = .show, by actor: Actor? = nil, about subjects: [String] = ["barn"],
        of controller: String? = "kommune-a"
    ) -> AuditRecord {
        AuditRecord(
            call: call, system: id("officer"), at: TestTown.start, revision: .zero, actor: actor,
            subjects: subjects.map { id($0) }, controller: controller.map { id($0) })
    }

    func write(_ record: DecisionRecord) async throws -> DurableEntry {
        let outcome = await withCheckedContinuation { continuation in
            lane.append(record) { continuation.resume(returning: $0) }
        }
        return try outcome.get()
    }

    func write(_ record: AuditRecord) async throws -> DurableEntry {
        let outcome = await withCheckedContinuation { continuation in
            lane.append(record) { continuation.resume(returning: $0) }
        }
        return try outcome.get()
    }

    func found(
        _ written: DurableEntry, for audience: StatementAudience, about subject: String = "barn",
        in time: Validity = .always, under profile: PolicyProfile? = nil
    ) throws -> Found {
        let entries = try core.ledger.entries(of: written.stream, from: written.index, limit: 1).entries
        let lines = StatementLines(
            audience: audience, subject: id(subject), state: state,
            values: AuditValues(profile, at: TestTown.start), tasks: ReviewTasks(core))
        return switch try lines.line(of: try #require(entries.first), written.sequence, in: time) {
        case .nothing: .nothing
        case .awaitsReview: .awaitsReview
        case .shown(let line): .shown(line)
        case .concealed(let line): .concealed(line)
        }
    }

    func lines(_ record: DecisionRecord) async throws -> [StatementLine?] {
        let written = try await write(record)
        return try Self.audiences.map { try found(written, for: $0).line }
    }

    func lines(_ record: AuditRecord) async throws -> [StatementLine?] {
        let written = try await write(record)
        return try Self.audiences.map { try found(written, for: $0).line }
    }

    static func run(_ body: (Desk) async throws -> Void) async throws {
        let desk = try Desk()
        do { try await body(desk) } catch { Issue.record("\(error)") }
        await desk.core.close()
    }
}

@Suite("The lines of a statement, entry by entry", .timeLimit(.minutes(10)))
struct StatementLineTests {
    @Test("A look-up is shown to everybody but a leder, with the consents to the family and the employee to the office")
    func plain() async throws {
        try await Desk.run { desk in
            let lines = try await desk.lines(Desk.decision())
            #expect(lines.map { $0 != nil } == [true, true, true, true, false, true])
            let consents: [ConsentID] = [id("s-mor")]
            #expect(lines.map { $0?.consents } == [consents, consents, consents, [], nil, []])
            let larer: EmploymentID = id("larer")
            #expect(lines.map { $0?.employment } == [nil, nil, nil, larer, nil, larer])
            #expect(lines.compactMap { $0?.unit } == [UnitID](repeating: id("skole"), count: 5))
            #expect(lines.compactMap { $0?.service } == [Service](repeating: try Service("skole"), count: 5))
        }
    }

    @Test("The employee is named to the subject alone, for entries of the categories that the profile names")
    func named() async throws {
        try await Desk.run { desk in
            for (category, isNamed) in [(PortvaktCore.Category.health, true), (.education, false)] {
                let lines = try await desk.lines(
                    Desk.decision { $0.entry = EntryLabels(category: category, about: [], author: id("skole")) })
                let larer: EmploymentID = id("larer")
                #expect(lines.prefix(3).map { $0?.employment } == [isNamed ? larer : nil, nil, nil], "\(category)")
            }
        }
    }

    @Test("A person is named to oneself and to the officer, and to nobody else")
    func persons() async throws {
        try await Desk.run { desk in
            for (name, isNamed) in [
                ("mor", [false, true, false, true]), ("barn", [true, false, false, true]),
                ("far", [false, false, false, true]),
            ] {
                let lines = try await desk.lines(
                    Desk.decision(by: .person(id(name)), unit: nil) { $0.action = .accessLogRead })
                #expect(lines.prefix(4).map { $0?.person } == isNamed.map { $0 ? id(name) : nil }, "\(name)")
            }
            let emergency = Desk.emergency(by: .person(id("far")))
            let leader = try desk.found(try await desk.write(emergency), for: .leader(id("skole")))
            #expect(leader.line != nil && leader.line?.person == nil)
        }
    }

    @Test("Of another person nothing is shown, nor another controller's to the officer, nor what is outside the time")
    func others() async throws {
        try await Desk.run { desk in
            let other = try await desk.lines(Desk.decision(about: "barn-b"))
            // The employee's own look-ups are of whomever.
            #expect(other.map { $0 != nil } == [false, false, false, false, false, true])
            let foreign = try await desk.lines(Desk.decision(of: "kommune-b"))
            #expect(foreign.map { $0 != nil } == [true, true, true, false, false, true])
            let nobodys = try await desk.lines(Desk.decision(of: nil))
            #expect(nobodys[3] != nil)
            let colleague = try await desk.lines(Desk.decision(by: .employment(id("radgiver"))))
            #expect(colleague[5] == nil && colleague[3] != nil)

            let written = try await desk.write(Desk.decision())
            for (time, isShown) in [
                (Validity(from: TestTown.start), true), (Validity(until: TestTown.start), false),
                (Validity(from: TestTown.start.advanced(byMilliseconds: 1)), false),
            ] {
                #expect(try (desk.found(written, for: .subject, in: time).line != nil) == isShown)
            }
        }
    }

    @Test(
        "Those who act for the subject are not told of what was told to barnevern, to avert, or by an order; others are"
    )
    func grounds() async throws {
        try await Desk.run { desk in
            for ground in Ground.allCases {
                let isTold = ![.bekymringsmelding, .avverging, .palegg].contains(ground)
                let lines = try await desk.lines(
                    Desk.decision(.allowStatutoryOut) {
                        $0.action = .disclose
                        $0.ground = ground
                    })
                #expect(
                    lines.map { $0 != nil } == [true, isTold, isTold, true, false, true], "\(ground)")
            }
        }
    }

    @Test("Health is the youth's own from the birthday's first instant on, in Oslo")
    func health() async throws {
        let birthday = OsloTime.startOfDay(try #require(CivilDate(year: 2026, month: 9, day: 21)))
        try await Desk.run { desk in
            for (category, before, isTold) in [
                (PortvaktCore.Category.health, Int64(0), false), (.health, 1, true), (.education, 0, true),
            ] {
                let written = try await desk.write(
                    Desk.decision(about: "ungdom", at: birthday.advanced(byMilliseconds: -before)) {
                        $0.entry = EntryLabels(category: category, about: [], author: id("skole"))
                    })
                let told = try Desk.audiences.prefix(3).map {
                    try desk.found(written, for: $0, about: "ungdom").line != nil
                }
                #expect(told == [true, isTold, isTold], "\(category) \(before)")
            }
        }
    }

    @Test("From which age on, and for which entries the employee is named, is what the profile says")
    func profile() async throws {
        let text = """
            format: portvakt-policy/1
            name: kommune
            extends: nasjonal
            parameters:
              age.parents_health_narrow: {value: 17, source: [P]}
              statement.employee_id_for: {value: [education], source: [P]}
            """
        let profile = try ProfileFolder(path: TestTown.policies).validate(Array(text.utf8))
        // Sixteen years old.
        let at = OsloTime.startOfDay(try #require(CivilDate(year: 2026, month: 10, day: 1)))
        try await Desk.run { desk in
            for (category, isTold, isNamed) in [(PortvaktCore.Category.health, true, false), (.education, true, true)] {
                let written = try await desk.write(
                    Desk.decision(about: "ungdom", at: at) {
                        $0.entry = EntryLabels(category: category, about: [], author: id("skole"))
                    })
                let parents = try desk.found(written, for: .behalf(of: id("mor")), about: "ungdom", under: profile)
                #expect((parents.line != nil) == isTold, "\(category)")
                let own = try desk.found(written, for: .subject, about: "ungdom", under: profile)
                #expect((own.line?.employment != nil) == isNamed, "\(category)")
            }
        }
    }

    @Test("What has been erased is in no statement: it no longer says whom it was about")
    func erased() async throws {
        try await Desk.run { desk in
            let decided = try await desk.write(Desk.decision())
            let read = try await desk.write(Desk.reading())
            #expect(try desk.core.ledger.erase([decided.index, read.index], of: decided.stream) == 2)
            for written in [decided, read] {
                for audience in Desk.audiences { #expect(try desk.found(written, for: audience) == .nothing) }
            }
        }
    }

    @Test("What somebody did whom the asker is hidden from is not told, through an employment neither")
    func hidden() async throws {
        try await Desk.run { desk in
            for actor in [Actor.employment(id("skjult")), .person(id("skjult"))] {
                let written = try await desk.write(Desk.decision(by: actor))
                for (asker, isTold) in [("far", false), ("mor", true)] {
                    let line = try desk.found(written, for: .behalf(of: id(asker))).line
                    #expect((line != nil) == isTold, "\(actor) \(asker)")
                }
            }
        }
    }

    @Test("Nor is what somebody read or reviewed, alone or as one of two, whom the asker is hidden from")
    func hiddenReaders() async throws {
        try await Desk.run { desk in
            for actor in [Actor.employment(id("skjult")), .person(id("skjult"))] {
                var second = Desk.reading(.erased, by: .employment(id("leder")))
                second.second = actor
                for record in [Desk.reading(by: actor), Desk.reading(.reviewed, by: actor), second] {
                    let written = try await desk.write(record)
                    for (audience, isTold) in [
                        (StatementAudience.behalf(of: id("far")), false), (.behalf(of: id("mor")), true),
                        (.subject, true), (.officer(id("kommune-a")), true),
                    ] {
                        let line = try desk.found(written, for: audience).line
                        #expect((line != nil) == isTold, "\(record.call) \(actor) \(audience)")
                    }
                }
            }
        }
    }

    @Test("What the asker was told not to be there is not there in the statement either; others are told why")
    func concealed() async throws {
        try await Desk.run { desk in
            for (actor, isConcealed) in [
                (Actor.employment(id("larer")), [false, false, true, false, false, true]),
                (.person(id("mor")), [false, true, true, false, false, false]),
                (.person(id("far")), [false, false, true, false, false, false]),
            ] {
                for external in [ExternalAnswer.not_found, .deny] {
                    var record = Desk.decision(by: actor, .denyProtected)
                    record.decision.external = external
                    let written = try await desk.write(record)
                    for (audience, isConcealed) in zip(Desk.audiences, isConcealed) {
                        let found = try desk.found(written, for: audience)
                        guard let line = found.line else { continue }
                        let isConcealed = isConcealed && external == .not_found
                        #expect(found == (isConcealed ? .concealed(line) : .shown(line)), "\(actor) \(audience)")
                        #expect(line.effect == .deny && line.reason == (isConcealed ? .denyNotFound : .denyProtected))
                        if isConcealed { #expect(line.consents.isEmpty) }
                    }
                }
            }
        }
    }

    @Test("A leder is shown the emergencies of the own unit, and nothing else")
    func leader() async throws {
        try await Desk.run { desk in
            for (record, isShown) in [
                (Desk.emergency(), true), (Desk.emergency(unit: "ppt"), false), (Desk.decision(), false),
            ] {
                let line = try desk.found(try await desk.write(record), for: .leader(id("skole"))).line
                #expect((line != nil) == isShown)
            }
        }
    }

    @Test(
        "An emergency access is shown to the family when it has been reviewed, and not before it is known that it has")
    func emergencies() async throws {
        try await Desk.run { desk in
            let record = Desk.emergency()
            let written = try await desk.write(record)
            func found() throws -> [Desk.Found] {
                try [Desk.audiences[0], Desk.audiences[1], Desk.audiences[3]].map { try desk.found(written, for: $0) }
            }
            // It is in the ledger, and nobody has noted it yet.
            #expect(try found().map { $0.line != nil } == [false, false, true])
            desk.core.counters.reviews.note(Decided(record), written)
            #expect(try found().prefix(2) == [.awaitsReview, .awaitsReview])
            for role in [EmploymentRole.leder, .personvernombud] {
                var review = Desk.reading(.reviewed, by: .employment(id("leder")))
                review.role = role
                review.outcome = .justified
                review.entries = [AuditRecord.Place(stream: written.stream, index: written.index)]
                desk.core.counters.reviews.note(review, try await desk.write(review))
            }
            #expect(try found().map { $0.line?.emergency } == [true, true, true])
        }
    }

    @Test("A reading of the audit is shown to the family and the officer, as of whoever read; a statement is none")
    func readings() async throws {
        try await Desk.run { desk in
            let shown = try await desk.lines(Desk.reading())
            #expect(shown.map { $0 != nil } == [true, true, true, true, false, false])
            for line in shown.compactMap(\.self) {
                #expect(line.role == .personvernombud && line.action == .accessLogRead && line.effect == .allow)
                #expect(line.reason == .allowIntraOrgan && line.employment == nil && line.unit == nil)
            }
            var stated = Desk.reading(by: .employment(id("leder")))
            stated.role = .leder
            #expect(
                try await desk.lines(stated).compactMap { $0?.role } == [EmploymentRole](repeating: .leder, count: 4))
            // An employment without a known role is not taken for the officer.
            let unknown = try await desk.lines(Desk.reading(by: .employment(id("ukjent"))))
            #expect(unknown.compactMap(\.self).allSatisfy { $0.role == nil })
            for record in [Desk.reading(.statement), Desk.reading(about: ["barn-b"]), Desk.reading(about: [])] {
                #expect(try await desk.lines(record).allSatisfy { $0 == nil })
            }
            let foreign = try await desk.lines(Desk.reading(of: "kommune-b"))
            #expect(foreign.map { $0 != nil } == [true, true, true, false, false, false])
            #expect(try await desk.lines(Desk.reading(of: nil))[3] != nil)
        }
    }
}

@Suite("For whom a statement is")
struct StatementAudienceTests {
    private func audience(_ actor: Actor, _ reason: Reason, role: EmploymentRole = .medarbeider) throws
        -> StatementAudience
    {
        var state = Snapshot.empty
        let records: [Record] = [
            .controller(Controller(id: id("kommune-a"))), .controller(Controller(id: id("kommune-b"))),
            .unit(Unit(id: id("skole"), service: try Service("skole"), controller: id("kommune-a"))),
            .person(Person(id: id("en"), born: nil)),
            .employment(Employment(id: id("jobb"), person: id("en"), unit: id("skole"), role: role)),
        ]
        for record in records {
            try state.apply(
                Change(
                    event: .registered(record), registeredAt: TestTown.start, system: id("x"),
                    controller: id("kommune-a")))
        }
        return try StatementAudience(Desk.decision(by: actor, reason), state)
    }

    @Test("the subject and whoever acts for the subject, by the basis that it was decided on")
    func persons() throws {
        #expect(try audience(.person(id("barn")), .allowSelf) == .subject)
        #expect(try audience(.person(id("mor")), .allowParent) == .behalf(of: id("mor")))
        #expect(try audience(.proxy(id("advokat")), .allowPartyProxy) == .behalf(of: nil))
    }

    @Test("an employee, by the role, and about the own look-ups whatever the role")
    func employees() throws {
        let actor = Actor.employment(id("jobb"))
        #expect(try audience(actor, .allowIntraOrgan, role: .personvernombud) == .officer(id("kommune-a")))
        #expect(try audience(actor, .allowIntraOrgan, role: .leder) == .leader(id("skole")))
        for role in EmploymentRole.allCases {
            #expect(try audience(actor, .allowSelf, role: role) == .ownLookUps(id("jobb")))
        }
        for role in [EmploymentRole.medarbeider, .administrator, .arkivar] {
            #expect(throws: Failures.noOfficer) { try audience(actor, .allowIntraOrgan, role: role) }
        }
        #expect(throws: Failures.noOfficer) { try audience(.employment(id("ukjent")), .allowSelf) }
    }
}
