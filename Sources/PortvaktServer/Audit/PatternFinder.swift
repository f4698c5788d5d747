internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktWire

/// Finds patterns among decisions that are worth a look: counts against thresholds, nothing that is not explained by its
/// numbers. It is told the decisions in the order of time.
struct PatternFinder {
    /// Entries that a pattern lists, at most.
    static let maximumEntries = 1_000
    /// Patterns that an answer lists, at most: the largest excess first.
    static let maximumPatterns = 1_000

    /// The thresholds, as the profile has them.
    struct Thresholds: Sendable {
        var casesMinimum: Int
        var casesFactor: Int
        var hoursFrom: Int
        var hoursUntil: Int
        var outsideMinimum: Int
        var refusalMinutes: Int
        var emergenciesMinimum: Int
        var refusalsMinimum: Int

        init(_ values: AuditValues) {
            casesMinimum = values.number("unusual.cases_min", or: 10)
            casesFactor = values.number("unusual.cases_factor", or: 3)
            hoursFrom = values.number("unusual.hours_from", or: 7)
            hoursUntil = values.number("unusual.hours_until", or: 18)
            outsideMinimum = values.number("unusual.outside_hours_min", or: 3)
            refusalMinutes = values.number("unusual.after_refusal_minutes", or: 60)
            emergenciesMinimum = values.number("unusual.emergencies_min", or: 3)
            refusalsMinimum = values.number("unusual.refusals_min", or: 20)
        }
    }

    /// What is gathered of one employee.
    private struct Employee {
        var unit: UnitID?
        var cases: Set<CaseID> = []
        var caseEntries: [String] = []
        var kin: [String] = []
        var outside: [String] = []
        var afterRefusal: [String] = []
        var refusals: [String] = []
    }

    /// A refusal that a later allow is compared with.
    private struct Refusal {
        var at: Instant
        var question: Question
        var system: SystemID
        var reference: String
    }

    private struct Matter: Hashable {
        var person: PersonID
        var caseID: CaseID
    }

    private let state: Snapshot
    private let limits: Thresholds
    private var employees: [EmploymentID: Employee] = [:]
    private var emergencies: [UnitID: [String]] = [:]
    private var refusals: [Matter: Refusal] = [:]

    init(_ state: Snapshot, _ limits: Thresholds) {
        self.state = state
        self.limits = limits
    }

    mutating func take(_ record: DecisionRecord, _ reference: String) {
        guard case .employment(let id) = record.question.actor else { return }
        let person = state.employment(id)?.record.person
        let isAllowed = record.decision.effect == .allow
        var employee = employees.removeValue(forKey: id) ?? Employee(unit: record.decision.unit)
        employee.unit = record.decision.unit ?? employee.unit
        if let caseID = record.decision.caseID, employee.cases.insert(caseID).inserted {
            employee.caseEntries.append(reference)
        }
        if let person, let subject = record.decision.subject, isKin(person, subject) { employee.kin.append(reference) }
        if isAllowed, isOutsideHours(record.at) { employee.outside.append(reference) }
        if record.decision.effect == .deny { employee.refusals.append(reference) }
        if let person, let caseID = record.decision.caseID {
            employee.afterRefusal += route(record, reference, Matter(person: person, caseID: caseID))
        }
        employees[id] = employee
        if record.question.emergency != nil, isAllowed, let unit = record.decision.unit {
            emergencies[unit, default: []].append(reference)
        }
    }

    /// The person, a partner, a sibling, a parent or a child of theirs, by the registered relations and authorities.
    private func isKin(_ person: PersonID, _ subject: PersonID) -> Bool {
        if person == subject { return true }
        let related = (state.person(person)?.relations ?? []).contains { relation in
            Set([relation.record.a, relation.record.b]) == Set([person, subject])
        }
        return related
            || (state.person(subject)?.authorities ?? []).contains {
                $0.record.holder == .person(person) && $0.record.kind == .foreldreansvar
            }
    }

    private func isOutsideHours(_ at: Instant) -> Bool {
        let date = OsloTime.date(at: at)
        let weekday = CivilDate(daysSinceEpoch: date.daysSinceEpoch).weekday
        let hour = (at.milliseconds - OsloTime.startOfDay(date).milliseconds) / 3_600_000
        return weekday == 0 || weekday == 6 || hour < Int64(limits.hoursFrom) || hour >= Int64(limits.hoursUntil)
    }

    /// A refusal, and the same person's allow on the same case soon afterwards by another question.
    private mutating func route(_ record: DecisionRecord, _ reference: String, _ matter: Matter) -> [String] {
        if record.decision.effect == .deny {
            refusals[matter] = Refusal(
                at: record.at, question: record.question, system: record.system, reference: reference)
            return []
        }
        guard record.decision.effect == .allow, let refusal = refusals[matter],
            record.at.milliseconds - refusal.at.milliseconds <= Int64(limits.refusalMinutes) * 60_000
        else { return [] }
        let isOther =
            refusal.question.actor != record.question.actor || refusal.question.purpose != record.question.purpose
            || refusal.question.action != record.question.action || refusal.system != record.system
            || refusal.question.emergency != record.question.emergency
        guard isOther else { return [] }
        refusals[matter] = nil
        return [refusal.reference, reference]
    }

    // MARK: What was found

    var patterns: [Pattern] {
        let habits = habits
        var found: [Pattern] = []
        for (id, employee) in employees {
            let actor = Actor.employment(id)
            found += manyCases(actor, employee, habit: employee.unit.flatMap { habits[$0] } ?? 0)
            found += pattern(.ownKin, actor, employee, employee.kin, employee.kin.count, 1)
            found += pattern(
                .outsideHours, actor, employee, employee.outside, employee.outside.count, limits.outsideMinimum)
            found += pattern(
                .afterRefusal, actor, employee, employee.afterRefusal, employee.afterRefusal.count / 2, 1)
            found += pattern(
                .refusals, actor, employee, employee.refusals, employee.refusals.count, limits.refusalsMinimum)
        }
        for (unit, entries) in emergencies {
            found += pattern(
                .emergencies, nil, Employee(unit: unit), entries, entries.count, limits.emergenciesMinimum)
        }
        return Array(found.ordered(by: Self.isLarger).prefix(Self.maximumPatterns))
    }

    /// The median number of cases of the unit's employees, in thousandths: the unit's own habit.
    private var habits: [UnitID: Int] {
        var counts: [UnitID: [Int]] = [:]
        for employee in employees.values {
            if let unit = employee.unit { counts[unit, default: []].append(employee.cases.count) }
        }
        return counts.mapValues { counts in
            let sorted = counts.ordered()
            let middle = sorted.count / 2
            return sorted.count % 2 == 1
                ? sorted[middle] * 1000 : (sorted[middle - 1] + sorted[middle]) * 500
        }
    }

    private func manyCases(_ actor: Actor, _ employee: Employee, habit: Int) -> [Pattern] {
        let count = employee.cases.count
        guard count >= limits.casesMinimum, count * 1000 >= habit * limits.casesFactor else { return [] }
        var found = pattern(.manyCases, actor, employee, employee.caseEntries, count, limits.casesMinimum)
        if !found.isEmpty { found[0].habitThousandths = UInt64(clamping: habit) }
        return found
    }

    private func pattern(
        _ kind: PatternKind, _ actor: Actor?, _ employee: Employee, _ entries: [String], _ count: Int, _ threshold: Int
    ) -> [Pattern] {
        guard count > 0, count >= threshold else { return [] }
        return [
            Pattern(
                kind: kind, actor: actor, unit: employee.unit, count: UInt64(count), habitThousandths: 0,
                threshold: UInt64(clamping: threshold), entries: Array(entries.prefix(Self.maximumEntries)))
        ]
    }

    /// The largest excess first; then in an order that does not change.
    private static func isLarger(_ one: Pattern, _ other: Pattern) -> Bool {
        let (left, right) = (one.count * max(other.threshold, 1), other.count * max(one.threshold, 1))
        if left != right { return left > right }
        if one.kind != other.kind { return one.kind.rawValue < other.kind.rawValue }
        return (one.actor?.words ?? one.unit?.text ?? "") < (other.actor?.words ?? other.unit?.text ?? "")
    }
}
