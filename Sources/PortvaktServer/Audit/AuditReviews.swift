internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

extension AuditHandlers {
    /// `Audit.Reviews`: the emergency accesses that wait, overdue ones first.
    @Sendable func reviews(_ request: ReviewsRequest, _ call: Call<ReviewsResponse>) {
        let core = core
        let reading = AuditReading(
            call: .reviews, reader: request.reader, filters: request.done ? "reviewed" : "waiting")
        desk.read(call, reading) { response, reading in
            reading.entries = response.tasks.compactMap { AuditRecord.Place($0.entry.reference) }
        } work: { scope in
            let tasks = try ReviewTasks.gathered(core)
            let offset = try AuditCursor.index(request.page) ?? 0
            return Self.reviews(tasks, scope, request, Int(clamping: offset))
        }
    }

    private static func reviews(
        _ tasks: ReviewTasks, _ scope: AuditScope, _ request: ReviewsRequest, _ offset: Int
    ) -> ReviewsResponse {
        let seen = tasks.shelf.tasks.filter { scope.sees($0.emergency.record) }
        let waiting = seen.filter { !tasks.awaits($0).isEmpty }
        let wanted = request.done ? seen.filter { tasks.awaits($0).isEmpty } : waiting
        // The earliest deadline first: what is overdue stands before what is not.
        let sorted = wanted.map { (tasks.deadline($0), $0) }.ordered {
            ($0.0, $0.1.emergency.place.index) < ($1.0, $1.1.emergency.place.index)
        }
        let page = sorted.dropFirst(offset).prefix(request.page.size).map { tasks.shown($0.1) }
        let next = offset + page.count
        return ReviewsResponse(
            tasks: page,
            page: PortvaktWire.Page(
                nextCursor: next < sorted.count ? AuditCursor.bytes(UInt64(next)) : [],
                complete: next >= sorted.count, revision: tasks.published.state.revision),
            waiting: UInt64(waiting.count), overdue: UInt64(waiting.count { tasks.isOverdue($0) }))
    }

    /// What a request to record a review comes to.
    private enum Reviewing: Sendable {
        case new(AuditRecord)
        /// The same request was made before: what it recorded is answered.
        case repeated(ReviewShelf.Review)
    }

    /// `Audit.Review`: records the outcome of a review.
    @Sendable func review(_ request: ReviewRequest, _ call: Call<ReviewResponse>) {
        let core = core
        let scopeOf = StatedReader(actor: request.reviewer)
        core.blocking(for: call.admitted) { () throws -> Reviewing in
            let published = core.live.current
            let scope = try AuditScope(
                of: scopeOf, call.registered.system, in: published.state, at: core.clock.now())
            let tasks = try ReviewTasks.gathered(core)
            guard let place = AuditRecord.Place("\(request.stream)#\(request.index)"),
                let task = tasks.shelf.task(place), scope.sees(task.emergency.record)
            else { throw Failures.notFound }
            return try Self.reviewing(request, task, tasks, call)
        } then: { result in
            call.onLoop {
                switch result {
                case .success(.new(let record)):
                    AuditDesk(core: core).append(record, call.admitted) { entry in
                        core.counters.reviews.note(record, entry)
                        let place = AuditRecord.Place(stream: entry.stream, index: entry.index)
                        call.answer(Self.response(core, record, at: place, block: entry.sequence))
                    }
                case .success(.repeated(let review)):
                    call.answer(Self.response(core, review.record, at: review.place, block: review.block))
                case .failure(let error):
                    let reading = AuditReading(
                        call: .reviews, reader: scopeOf,
                        entries: AuditRecord.Place("\(request.stream)#\(request.index)").map { [$0] } ?? [],
                        filters: "review")
                    AuditDesk(core: core).fail(Failures.read(error), reading, call.admitted)
                }
            }
        }
    }

    private static func response(
        _ core: ServiceCore, _ record: AuditRecord, at place: AuditRecord.Place, block: UInt64
    ) -> ReviewResponse {
        let tasks = ReviewTasks(core)
        return ReviewResponse(
            entry: EntryReference(stream: place.stream.description, index: place.index, block: block),
            awaits: record.entries.first.flatMap(tasks.shelf.task).map(tasks.awaits) ?? [])
    }

    private static func reviewing(
        _ request: ReviewRequest, _ task: ReviewShelf.Task, _ tasks: ReviewTasks, _ call: Call<ReviewResponse>
    ) throws(RPCStatus) -> Reviewing {
        if let review = task.reviews.first(where: { $0.record.isReview(request, by: call.asking.id) }) {
            return .repeated(review)
        }
        guard case .employment(let id) = request.reviewer,
            let employment = tasks.published.state.employment(id)?.record, tasks.mayReview(task, employment)
        else { throw Failures.noReviewer }
        guard !task.roles.contains(employment.role) else {
            throw Failures.reviewed
        }
        let decision = task.emergency.record.decision
        return .new(
            AuditRecord(
                call: .reviewed, system: call.asking.id, at: tasks.now, revision: tasks.published.state.revision,
                actor: request.reviewer, role: employment.role, subjects: decision.subject.map { [$0] } ?? [],
                caseID: decision.caseID, controller: decision.controller, entries: [task.emergency.place],
                outcome: request.outcome, text: request.text, requestID: request.requestID))
    }
}

extension AuditRecord {
    /// Whether it is what this request of a system has recorded.
    fileprivate func isReview(_ request: ReviewRequest, by system: SystemID) -> Bool {
        request.requestID != nil && requestID == request.requestID && self.system == system
            && actor == request.reviewer && outcome == request.outcome && text == request.text
    }
}

extension Failures {
    static let gathering = RPCStatus(
        .unavailable, "the service has just started and is still gathering the emergency accesses: try again shortly",
        StatusDetails(errorInfo: .init(reason: "GATHERING", domain: domain)))

    static let reviewed = RPCStatus(
        .failedPrecondition, "this role has reviewed it already: what was recorded stays",
        StatusDetails(errorInfo: .init(reason: "REVIEWED", domain: domain)))

    static let noReviewer = RPCStatus(
        .permissionDenied,
        "the reviewer may not review this: a leder of the unit or a personvernombud of the controller reviews, never the "
            + "one who used it",
        StatusDetails(errorInfo: .init(reason: "REVIEWER", domain: domain)))
}
