import PortvaktCore
import PortvaktLedger
import PortvaktWire
import PortvaktYAML
import Testing

@testable import PortvaktServer

private func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

/// Patterns between people: kin, and an allow by another way after a refusal. Decisions that are made up.
@Suite("Patterns of kin and of ways round a refusal")
struct PatternRouteTests {
    private static let minute: Int64 = 60_000
    /// Tuesday 24 November 2026, 10:00 in Oslo.
    private static let morning = Instant(milliseconds: 1_795_510_800_000)

    /// One person with two jobs, and kin of each kind.
    private func finder(_ more: [Record] = []) throws -> PatternFinder {
        var state = Snapshot.empty
        let persons: [Record] = ["en", "partner", "barn", "forelder", "pleiebarn"].map {
            .person(Person(id: id($0), born: nil))
        }
        let others: [Record] = [
            .controller(Controller(id: id("ka"))),
            .unit(Unit(id: id("skole"), service: try Service("skole"), controller: id("ka"))),
            .employment(Employment(id: id("jobb"), person: id("en"), unit: id("skole"))),
            .employment(Employment(id: id("jobb-2"), person: id("en"), unit: id("skole"))),
            .relation(Relation(id: id("r"), a: id("partner"), b: id("en"), kind: .partner)),
            .authority(Authority(id: id("fa"), holder: .person(id("en")), over: id("barn"))),
            .authority(Authority(id: id("fa-2"), holder: .person(id("forelder")), over: id("en"))),
            .authority(Authority(id: id("v"), holder: .person(id("en")), over: id("pleiebarn"), kind: .verge)),
        ]
        for record in persons + others + more {
            try state.apply(
                Change(event: .registered(record), registeredAt: .distantPast, system: id("x"), controller: id("ka")))
        }
        return PatternFinder(state, PatternFinder.Thresholds(AuditValues(nil, at: Self.morning)))
    }

    private func record(
        _ effect: Effect, by employment: String = "jobb", about subject: String? = nil, case caseID: String? = "sak",
        unit: String? = "skole", after milliseconds: Int64 = 0, system: String = "journal",
        _ change: (inout Question) -> Void = { _ in }
    ) -> DecisionRecord {
        var question = Question(actor: .employment(id(employment)), action: .logRead, object: .caseID(id("sak")))
        change(&question)
        let at = Self.morning.advanced(byMilliseconds: milliseconds)
        let reason: Reason = effect == .allow ? .allowConsent : effect == .deny ? .denyNoConsent : .referConflict
        let decision = Decision(
            effect: effect, reasons: [reason], external: .deny, subject: subject.map { id($0) },
            caseID: caseID.map { id($0) }, unit: unit.map { id($0) }, holdsUntil: at)
        return DecisionRecord(
            question: question, decision: decision, system: id(system), at: at, revision: .zero, policyHash: [])
    }

    private func patterns(_ records: [DecisionRecord], _ more: [Record] = []) throws -> [Pattern] {
        var finder = try finder(more)
        for (place, record) in records.enumerated() { finder.take(record, "s#\(place)") }
        return finder.patterns
    }

    @Test("Looking at oneself, a partner or the own child is a pattern; at somebody whom one is verge for it is none")
    func kin() throws {
        for (subject, isKin) in [
            ("en", true), ("partner", true), ("barn", true), ("forelder", false), ("pleiebarn", false),
            ("ingen", false),
        ] {
            let found = try patterns([record(.allow, about: subject)])
            #expect(found.map(\.kind) == (isKin ? [.ownKin] : []), "\(subject)")
            #expect(found.map(\.entries) == (isKin ? [["s#0"]] : []))
        }
    }

    @Test("An allow on the same case by another question within the profile's minutes is a way round a refusal")
    func ways() throws {
        let limit = 60 * Self.minute
        for (way, isOther) in [
            (record(.allow, after: limit) { $0.purpose = .drofting }, true),
            (record(.allow, after: limit + 1) { $0.purpose = .drofting }, false),
            (record(.allow) { $0.action = .planRead }, true), (record(.allow, system: "plan"), true),
            (record(.allow, by: "jobb-2"), true),
            (
                record(.allow) { $0.emergency = Emergency(reason: "fare", anonymisedInsufficient: true, minutes: 5) },
                true
            ),
            // The same question again: what was missing has come.
            (record(.allow), false), (record(.refer) { $0.purpose = .drofting }, false),
            (record(.allow, case: "sak-2") { $0.purpose = .drofting }, false),
        ] {
            let found = try patterns([record(.deny), way])
            #expect(found.map(\.kind) == (isOther ? [.afterRefusal] : []), "\(way.question)")
            #expect(
                found.map(\.count) == (isOther ? [1] : [])
                    && found.first?.entries ?? [] == (isOther ? ["s#0", "s#1"] : []))
        }
    }

    @Test("A refusal is gone round once: what is allowed after that is no other way of it")
    func once() throws {
        let way = record(.allow) { $0.purpose = .drofting }
        let found = try patterns([record(.deny), way, way, record(.deny), way])
        #expect(found.map(\.count) == [2])
        #expect(found.first?.entries == ["s#0", "s#1", "s#3", "s#4"])
    }

    @Test("Only refusals are counted as refusals, only what was allowed as outside hours or an emergency")
    func effects() throws {
        #expect(try patterns((0..<20).map { _ in record(.refer) }).isEmpty)
        #expect(try patterns((0..<20).map { _ in record(.deny) }).map(\.kind) == [.refusals])
        #expect(try patterns((0..<19).map { _ in record(.deny) }).isEmpty)
        let night = 12 * 60 * Self.minute
        for (effect, kinds) in [(Effect.allow, [PatternKind.outsideHours]), (.deny, []), (.refer, [])] {
            #expect(try patterns((0..<3).map { _ in record(effect, after: night) }).map(\.kind) == kinds)
            let claims = (0..<3).map { _ in
                record(effect) { $0.emergency = Emergency(reason: "fare", anonymisedInsufficient: true, minutes: 5) }
            }
            #expect(try patterns(claims).map(\.kind) == (effect == .allow ? [.emergencies] : []))
        }
    }

    @Test("Working hours begin with their first hour and end before their last")
    func hours() throws {
        for (offset, isOutside) in [
            (-3 * 60 * Self.minute - 1, true), (-3 * 60 * Self.minute, false), (8 * 60 * Self.minute - 1, false),
            (8 * 60 * Self.minute, true), (3 * 1440 * Self.minute, false), (4 * 1440 * Self.minute, true),
            (5 * 1440 * Self.minute, true), (6 * 1440 * Self.minute, false),
        ] {
            let found = try patterns((0..<3).map { _ in record(.allow, after: offset) })
            #expect(found.map(\.kind) == (isOutside ? [.outsideHours] : []), "\(offset)")
        }
    }

    @Test("The largest excess over its own threshold comes first, and the unit is the one that was decided for last")
    func order() throws {
        // Three times the threshold of emergencies, and one and a half that of refusals: fewer, and first.
        let emergencies = (0..<9).map { _ in
            record(.allow, by: "jobb-2", unit: "ppt") {
                $0.emergency = Emergency(reason: "fare", anonymisedInsufficient: true, minutes: 5)
            }
        }
        let refusals = (0..<30).map { record(.deny, unit: $0 < 29 ? "skole" : "ppt") }
        let found = try patterns(emergencies + refusals + [record(.deny, unit: nil)])
        #expect(found.map(\.kind) == [.emergencies, .refusals])
        #expect(found.map(\.unit) == [id("ppt"), id("ppt")])
    }

    @Test("Three times the unit's median is many cases, and one case less is not")
    func habit() throws {
        func count(_ most: Int) throws -> [PatternKind] {
            var records: [DecisionRecord] = []
            for (name, cases) in [("a", 4), ("b", 4), ("c", most)] {
                records += (0..<cases).map { record(.allow, by: name, case: "sak-\($0)") }
            }
            return try patterns(records).map(\.kind)
        }
        #expect(try count(12) == [.manyCases])
        #expect(try count(11).isEmpty)
    }

    @Test("Each threshold is the profile's own")
    func thresholds() throws {
        let text = """
            format: portvakt-policy/1
            name: kommune
            extends: nasjonal
            parameters:
              unusual.cases_min: {value: 11, source: [P]}
              unusual.cases_factor: {value: 4, source: [P]}
              unusual.hours_from: {value: 8, source: [P]}
              unusual.hours_until: {value: 16, source: [P]}
              unusual.outside_hours_min: {value: 5, source: [P]}
              unusual.after_refusal_minutes: {value: 61, source: [P]}
              unusual.emergencies_min: {value: 6, source: [P]}
              unusual.refusals_min: {value: 21, source: [P]}
            """
        let profile = try ProfileFolder(path: TestTown.policies).validate(Array(text.utf8))
        let limits = PatternFinder.Thresholds(AuditValues(profile, at: Self.morning))
        #expect(
            [
                limits.casesMinimum, limits.casesFactor, limits.hoursFrom, limits.hoursUntil, limits.outsideMinimum,
                limits.refusalMinutes, limits.emergenciesMinimum, limits.refusalsMinimum,
            ] == [11, 4, 8, 16, 5, 61, 6, 21])
    }

    @Test("An answer lists so many patterns, the largest, and so many entries of each, and counts all")
    func caps() throws {
        let claim = { (question: inout Question) in
            question.emergency = Emergency(reason: "fare", anonymisedInsufficient: true, minutes: 5)
        }
        var records: [DecisionRecord] = []
        // PatternFinder.maximumPatterns is 1,000: one unit more, and the first has the fewest.
        for unit in 0...1_000 {
            records += (0..<(unit == 0 ? 3 : 4)).map { _ in record(.allow, unit: "u-\(unit)", claim) }
        }
        let found = try patterns(records)
        #expect(found.count == 1_000 && found.allSatisfy { $0.kind == .emergencies && $0.count == 4 })
        // PatternFinder.maximumEntries is 1,000.
        let refusals = try patterns((0...1_000).map { _ in record(.deny) })
        #expect(refusals.map(\.count) == [1_001] && refusals.map(\.entries.count) == [1_000])
        #expect(refusals.first?.entries.first == "s#0")
    }
}
