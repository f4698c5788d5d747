internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

/// Emergency accesses as tasks: by when, by whom, and what is still awaited.
struct ReviewTasks: Sendable {
    let shelf: ReviewShelf
    let published: Published
    let now: Instant

    init(_ core: ServiceCore) {
        shelf = core.counters.reviews
        published = core.live.current
        now = core.clock.now()
    }

    /// All of them. Blocks when nobody has gathered them yet.
    /// - Throws: when somebody is gathering them.
    static func gathered(_ core: ServiceCore) throws -> ReviewTasks {
        if !core.counters.reviews.isGathered { try core.counters.reviews.gather(core.ledger) }
        guard core.counters.reviews.isGathered else { throw Failures.gathering }
        return ReviewTasks(core)
    }

    private func values(_ task: ReviewShelf.Task) -> AuditValues {
        AuditValues(published.profiles[task.emergency.record.policyHash], at: task.emergency.record.at)
    }

    func deadline(_ task: ReviewShelf.Task) -> Instant {
        let hours = values(task).reviewHours
        return task.emergency.record.at.advanced(byMilliseconds: Int64(hours) * 3_600_000)
    }

    /// The roles that have not reviewed it yet, but for one that nobody holds who may.
    func awaits(_ task: ReviewShelf.Task) -> [EmploymentRole] {
        let open = values(task).reviewers.filter { !task.roles.contains($0) }
        guard !open.isEmpty else { return [] }
        let able = Set(reviewers(task).map(\.role))
        let awaited = open.filter(able.contains)
        // Where nobody may review, it waits until somebody is there who may.
        return awaited.isEmpty && task.reviews.isEmpty ? open : awaited
    }

    func isOverdue(_ task: ReviewShelf.Task) -> Bool { deadline(task) <= now }

    /// The employments that may review it now: a leder of the unit, a personvernombud of the controller, never the one
    /// who used it.
    func reviewers(_ task: ReviewShelf.Task) -> [Employment] {
        let roles = values(task).reviewers
        var found: [Employment] = []
        if roles.contains(.leder), let unit = task.emergency.record.decision.unit.flatMap({ published.state.unit($0) })
        {
            found += unit.employments.compactMap { published.state.employment($0)?.record }.filter { $0.role == .leder }
        }
        if roles.contains(.personvernombud) { found += officers }
        return found.filter { mayReview(task, $0) }
    }

    /// Every personvernombud: there are few.
    private var officers: [Employment] {
        let state = published.state
        let ids = state.recordIDs(.employment, after: nil, limit: WireLimits.items) { id in
            state.employment(ID(id))?.record.role == .personvernombud
        }
        return ids.items.compactMap { state.employment(ID($0))?.record }
    }

    func mayReview(_ task: ReviewShelf.Task, _ employment: Employment) -> Bool {
        let record = task.emergency.record
        guard employment.validity.contains(now), values(task).reviewers.contains(employment.role),
            employment.person != user(record.question.actor)
        else { return false }
        if employment.role == .leder { return employment.unit == record.decision.unit }
        let own = published.state.controller(of: employment)
        return own == record.decision.controller
    }

    /// The person who used it.
    private func user(_ actor: Actor) -> PersonID? {
        switch actor {
        case .employment(let id): published.state.employment(id)?.record.person
        case .person(let id): id
        case .proxy: nil
        }
    }

    /// Those that wait and those of them that are overdue, of all.
    var counts: (waiting: UInt64, overdue: UInt64) {
        var counts: (waiting: UInt64, overdue: UInt64) = (0, 0)
        for task in shelf.tasks where !awaits(task).isEmpty {
            counts.waiting += 1
            if isOverdue(task) { counts.overdue += 1 }
        }
        return counts
    }

    func shown(_ task: ReviewShelf.Task) -> ReviewTask {
        let (record, decision) = (task.emergency.record, task.emergency.record.decision)
        return ReviewTask(
            entry: task.emergency.place.shown(block: task.emergency.block), time: record.at,
            actor: record.question.actor, unit: decision.unit, subject: decision.subject, caseID: decision.caseID,
            controller: decision.controller, reason: record.question.emergency?.reason ?? "",
            minutes: decision.emergencyMinutes ?? 0, deadline: deadline(task),
            overdue: isOverdue(task) && !awaits(task).isEmpty, reviewers: reviewers(task).map(\.id).ordered(),
            reviews: task.reviews.compactMap(RecordedReview.init), awaits: awaits(task))
    }
}

extension AuditRecord.Place {
    func shown(block: UInt64) -> EntryReference {
        EntryReference(stream: stream.description, index: index, block: block)
    }
}

extension RecordedReview {
    /// - Returns: `nil` for an entry that is none.
    init?(_ review: ReviewShelf.Review) {
        let record = review.record
        guard let reviewer = record.actor, let role = record.role, let outcome = record.outcome else { return nil }
        self.init(
            entry: review.place.shown(block: review.block), reviewer: reviewer, role: role, outcome: outcome,
            time: record.at, text: record.text)
    }
}
