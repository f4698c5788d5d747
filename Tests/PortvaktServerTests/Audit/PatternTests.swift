import PortvaktCore
import Testing

@testable import PortvaktServer
@testable import PortvaktWire

/// Decisions that are made up, and what is found among them.
@Suite("Unusual patterns")
struct PatternTests {
    /// Tuesday 24 November 2026, 10:00 in Oslo.
    static let morning = Instant(milliseconds: 1_795_510_800_000)

    private func finder() -> PatternFinder {
        PatternFinder(.empty, PatternFinder.Thresholds(AuditValues(nil, at: Self.morning)))
    }

    private func record(
        _ employee: String, _ unit: String, case number: Int, at: Instant = morning, effect: Effect = .allow,
        emergency: Bool = false
    ) throws -> DecisionRecord {
        let question = Question(
            actor: .employment(try EmploymentID(employee)), action: .logRead,
            object: .caseID(try CaseID("sak-\(number)")),
            emergency: emergency ? Emergency(reason: "fare", anonymisedInsufficient: true, minutes: 10) : nil)
        let decision = Decision(
            effect: effect, reasons: [effect == .allow ? .allowConsent : .denyNoConsent], external: .allow,
            caseID: try CaseID("sak-\(number)"), unit: try UnitID(unit), holdsUntil: at)
        return DecisionRecord(
            question: question, decision: decision, system: try SystemID("journal"), at: at, revision: .zero,
            policyHash: [])
    }

    @Test("One employee in many more cases than the unit's habit, with the habit's number")
    func manyCases() throws {
        var finder = finder()
        for (employee, cases) in [("a", 2), ("b", 3), ("c", 4), ("d", 12)] {
            for number in 0..<cases { finder.take(try record(employee, "ppt", case: number), "s#\(employee)\(number)") }
        }
        let found = finder.patterns
        #expect(found.map(\.kind) == [.manyCases])
        #expect(found.first?.actor == .employment(try EmploymentID("d")))
        #expect(found.first?.count == 12)
        #expect(found.first?.habitThousandths == 3500, "the median of 2, 3, 4 and 12")
        #expect(found.first?.entries.count == 12)
    }

    @Test("A unit where everybody has many cases has that habit, and nobody stands out")
    func habit() throws {
        var finder = finder()
        for employee in ["a", "b", "c"] {
            for number in 0..<12 { finder.take(try record(employee, "ppt", case: number), "s#\(number)") }
        }
        #expect(finder.patterns.isEmpty)
    }

    @Test("Outside working hours counts nights and weekends, in Oslo's time, from the threshold on")
    func hours() throws {
        let hour: Int64 = 3_600_000
        for (offset, isOutside) in [(0, false), (7, false), (8, true), (-3, false), (-4, true), (4 * 24, true)] {
            var finder = finder()
            let at = Self.morning.advanced(byMilliseconds: Int64(offset) * hour)
            for number in 0..<3 { finder.take(try record("a", "ppt", case: number, at: at), "s#\(number)") }
            #expect(finder.patterns.contains { $0.kind == .outsideHours } == isOutside, "offset \(offset)")
        }
        var two = finder()
        for number in 0..<2 {
            two.take(try record("a", "ppt", case: number, at: Self.morning.advanced(byMilliseconds: 9 * hour)), "s#1")
        }
        #expect(two.patterns.isEmpty)
    }

    @Test("Three emergencies of one unit are a pattern, of three units not; twenty refusals of one employee are")
    func counts() throws {
        var finder = finder()
        for number in 0..<3 {
            finder.take(try record("a\(number)", "ppt", case: number, emergency: true), "s#\(number)")
            finder.take(try record("b\(number)", "u\(number)", case: number, emergency: true), "t#\(number)")
        }
        for _ in 0..<20 { finder.take(try record("x", "skole", case: 1, effect: .deny), "r#1") }
        let found = finder.patterns
        #expect(found.map(\.kind) == [.emergencies, .refusals])
        #expect(found.first?.unit == (try UnitID("ppt")))
    }
}
