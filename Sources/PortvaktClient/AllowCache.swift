internal import PortvaktCore
internal import PortvaktWire

/// Allows that may be used again: only inside the time they hold, only while the stream of changes lives, and only as long as
/// nothing that they could rest on has changed. A value without a clock; ``Reuse`` owns it.
struct AllowCache {
    /// Allows that are kept. Over it, all are forgotten: asking again is always right.
    static let maximumAllows = 10_000
    /// Cases and persons whose last change is remembered. Over it, only answers of the newest state are kept.
    static let maximumTouched = 10_000
    /// Heartbeats that may be missing before the stream counts as dead: the next one is late, and nothing more.
    static let patience = 2

    private struct Kept {
        var receipt: Receipt
        /// By the client's own clock: no two clocks are compared.
        var until: ContinuousClock.Instant
    }

    private let heartbeat: Duration
    private var kept: [Question: Kept] = [:]
    /// When the stream last said something; `nil` when there is none.
    private var lastHeard: ContinuousClock.Instant?
    /// Answers of an earlier state are not kept.
    private var floor = Revision.zero
    private var touchedCases: [CaseID: Revision] = [:]
    private var touchedPersons: [PersonID: Revision] = [:]

    init(heartbeat: Duration) { self.heartbeat = heartbeat }

    /// Allows that are kept now.
    var count: Int { kept.count }

    /// Whether allows may be used again at all: the stream has begun, and is not silent for too long.
    mutating func isAlive(at now: ContinuousClock.Instant) -> Bool {
        guard let lastHeard else { return false }
        guard lastHeard.duration(to: now) <= heartbeat * Self.patience else {
            lost()
            return false
        }
        return true
    }

    /// A stream has begun: what is decided on this state or a later one may be kept.
    mutating func began(at sequence: Revision, now: ContinuousClock.Instant) {
        lost()
        floor = sequence
        lastHeard = now
    }

    /// The stream said something.
    mutating func heard(_ touched: Touched?, upTo sequence: Revision, now: ContinuousClock.Instant) {
        // Silence that nobody noticed: what changed meanwhile is told only now, and may have been used in between.
        guard isAlive(at: now) else { return began(at: sequence, now: now) }
        lastHeard = now
        switch touched {
        case nil: return
        case .everything?: raiseFloor(to: sequence)
        case .these(let cases, let persons)?:
            for id in cases { touchedCases[id] = sequence }
            for id in persons { touchedPersons[id] = sequence }
            if touchedCases.count + touchedPersons.count > Self.maximumTouched { raiseFloor(to: sequence) }
            kept = kept.filter { question, kept in
                !touches(question.object, cases, persons) || kept.receipt.revision >= sequence
            }
        }
    }

    /// The stream ended or was silent: nothing is used again until there is a new one.
    mutating func lost() {
        lastHeard = nil
        kept = [:]
        touchedCases = [:]
        touchedPersons = [:]
    }

    /// Keeps an allow, if it may be used again.
    mutating func keep(
        _ receipt: Receipt, for question: Question, until: ContinuousClock.Instant, now: ContinuousClock.Instant
    ) {
        guard isAlive(at: now), until > now, receipt.revision >= lastTouched(question.object) else { return }
        if kept.count >= Self.maximumAllows { kept = [:] }
        kept[question] = Kept(receipt: receipt, until: until)
    }

    /// An allow of this very question that still holds.
    mutating func find(_ question: Question, now: ContinuousClock.Instant) -> Receipt? {
        guard isAlive(at: now), let found = kept[question] else { return nil }
        guard now < found.until else {
            kept[question] = nil
            return nil
        }
        return found.receipt
    }

    private mutating func raiseFloor(to sequence: Revision) {
        floor = sequence
        kept = kept.filter { $0.value.receipt.revision >= sequence }
        touchedCases = [:]
        touchedPersons = [:]
    }

    private func lastTouched(_ object: Object) -> Revision {
        switch object {
        case .caseID(let id): max(floor, touchedCases[id] ?? .zero)
        case .person(let id): max(floor, touchedPersons[id] ?? .zero)
        case .meeting, .controller: floor
        }
    }

    private func touches(_ object: Object, _ cases: [CaseID], _ persons: [PersonID]) -> Bool {
        switch object {
        case .caseID(let id): cases.contains(id)
        case .person(let id): persons.contains(id)
        case .meeting, .controller: true
        }
    }

    /// Whether an allow of this question may ever be used again: it names nothing but its object, a case or a person.
    ///
    /// What else a question names (a third person, a recipient, a claim of emergency) can change without the stream saying
    /// so to this caller, or is a disclosure of its own.
    static func mayKeep(_ question: Question, _ receipt: Receipt) -> Bool {
        switch question.object {
        case .caseID, .person: break
        case .meeting, .controller: return false
        }
        guard !receipt.singleUse, receipt.emergencyMinutes == nil, receipt.obligations.allSatisfy({ $0 == .log }) else {
            return false
        }
        var plain = Question(
            actor: question.actor, action: question.action, object: question.object, assurance: question.assurance,
            purpose: question.purpose, area: question.area, need: question.need)
        // An entry about nobody: what was written of no person.
        if let entry = question.entry, entry.about.isEmpty { plain.entry = entry }
        return plain == question && readings.contains(question.action)
    }

    /// Actions that only look. What changes something is asked each time.
    static let readings: Set<Action> = [.logRead, .planRead, .accessLogRead, .statisticsRead]
}
