internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

extension AuditHandlers {
    /// `Audit.Retain`: counts, and erases when it is no dry run, what has been kept as long as the profile says.
    @Sendable func retain(_ request: RetainRequest, _ call: Call<RetainResponse>) {
        let core = core
        core.blocking(for: call.admitted) { () throws -> RetentionRun in
            let published = core.live.current
            let now = core.clock.now()
            var scope = try AuditScope(of: request.reader, call.registered.system, in: published.state, at: now)
            try scope.requireAll()
            if !request.dryRun {
                guard let first = request.first, let second = request.second else { throw Failures.twoPersons }
                let two = try TwoPersons(first, second, call.registered.system, in: published.state, at: now)
                guard scope.controllers.contains(two.controller) else { throw Failures.twoPersons }
                // The system may be another controller's too: what is that one's is erased by its own two.
                scope = try AuditScope(
                    of: StatedReader(controller: two.controller), call.registered.system, in: published.state, at: now)
            }
            var run = try RetentionRun(core, published, at: now)
            try run.look(through: AuditReader(core, scope))
            return run
        } then: { result in
            call.onLoop {
                switch result {
                case .success(let run): record(run, request, call)
                case .failure(let error):
                    AuditDesk(core: core).fail(Failures.read(error), reading(of: request, "retain"), call.admitted)
                }
            }
        }
    }

    private func reading(of request: RetainRequest, _ words: String) -> AuditReading {
        AuditReading(
            call: .retention, reader: request.first.map { StatedReader(actor: $0) } ?? request.reader,
            second: request.second, filters: words)
    }

    private func record(_ run: RetentionRun, _ request: RetainRequest, _ call: Call<RetainResponse>) {
        let core = core
        let desk = AuditDesk(core: core)
        let reading = reading(of: request, (request.dryRun ? "dry run: " : AuditRecord.retentionErased) + run.words)
        let record = desk.entry(of: reading, call.admitted)
        desk.append(record, call.admitted) { entry in
            let response = RetainResponse(classes: run.shown, entry: EntryReference(entry))
            guard !request.dryRun, !run.indices.isEmpty else { return call.answer(response) }
            core.blocking { () throws -> RetainResponse in
                for start in stride(from: 0, to: run.indices.count, by: RetentionRun.atOnce) {
                    _ = try core.erase(run.indices[start..<min(start + RetentionRun.atOnce, run.indices.count)])
                }
                return response
            } then: { result in
                call.onLoop {
                    switch result {
                    case .success(let response): call.answer(response)
                    case .failure(let error): call.fail(Failures.read(error))
                    }
                }
            }
        }
    }
}

/// Finds what has been kept long enough.
struct RetentionRun: Sendable {
    /// Openings of one transaction.
    static let atOnce = 5_000
    /// Entries read at a time.
    static let readAtOnce = 5_000

    private enum Class: Int, CaseIterable { case decisions, security, emergency }

    private let state: Snapshot
    private let now: Instant
    private let tasks: ReviewTasks
    private let years: (decisions: Int, emergency: Int)
    private let months: Int
    private var counts: [Class: UInt64] = [:]
    private var lookedAt: [Class: UInt64] = [:]
    /// Entries whose time is out.
    private(set) var indices: [UInt64] = []

    /// Blocks when nobody has gathered the emergency accesses yet: of those that await their review none is taken.
    /// - Throws: when somebody is gathering them.
    init(_ core: ServiceCore, _ published: Published, at now: Instant) throws {
        let values = AuditValues(published.profile(at: now), at: now)
        state = published.state
        self.now = now
        tasks = try ReviewTasks.gathered(core)
        years = (values.number("retention.decisions_years", or: 5), values.number("retention.emergency_years", or: 10))
        months = values.number("retention.security_months", or: 12)
    }

    private func before(_ kind: Class) -> Instant {
        switch kind {
        case .decisions: OsloTime.adding(months: -12 * years.decisions, to: now)
        case .security: OsloTime.adding(months: -months, to: now)
        case .emergency: OsloTime.adding(months: -12 * years.emergency, to: now)
        }
    }

    /// Nothing younger than the shortest time is read. Blocks.
    mutating func look(through reader: AuditReader) throws {
        let youngest = Class.allCases.map(before).max() ?? now
        for range in try reader.ranges(of: Validity(until: youngest)) { try look(through: range, reader) }
    }

    private mutating func look(through range: Range<UInt64>, _ reader: AuditReader) throws {
        let stream = reader.ledger.decisions
        var next = range.lowerBound
        while next < range.upperBound {
            let page = try reader.ledger.entries(of: stream, from: next, limit: Self.readAtOnce)
            for entry in page.entries where range.contains(entry.index) && !entry.isErased {
                take(try entry.checkedBody(), AuditRecord.Place(stream: stream, index: entry.index), reader.scope)
            }
            guard page.next > next else { return }
            next = page.next
        }
    }

    private mutating func take(_ body: EntryBody, _ place: AuditRecord.Place, _ scope: AuditScope) {
        let kind: Class
        let since: Instant?
        switch body {
        case .change: return
        case .audit(let record):
            guard scope.sees(record) else { return }
            // What was done is kept as long as what it was done about may be asked for.
            kind = record.call == .reviewed || record.call == .erased ? .emergency : .security
            since = record.at
        case .decision(let record):
            guard scope.sees(record) else { return }
            (kind, since) = self.kind(of: record)
            if let task = tasks.shelf.task(place), !tasks.awaits(task).isEmpty { return }
        }
        lookedAt[kind, default: 0] += 1
        guard let since, since < before(kind) else { return }
        counts[kind, default: 0] += 1
        indices.append(place.index)
    }

    /// The class of a decision, and since when its time runs: `nil` while its case is not closed.
    private func kind(of record: DecisionRecord) -> (Class, Instant?) {
        if record.question.emergency != nil { return (.emergency, record.at) }
        guard record.decision.subject != nil || record.decision.caseID != nil else { return (.security, record.at) }
        guard let caseID = record.decision.caseID, let file = state.caseFile(caseID) else {
            return (.decisions, record.at)
        }
        return (.decisions, file.caseRecord.record.closedAt.map { max($0, record.at) })
    }

    /// `decisions=12 security=0 emergency=0`.
    var words: String { Class.allCases.map { "\($0)=\(counts[$0] ?? 0)" }.joined(separator: " ") }

    var shown: [RetentionClass] {
        Class.allCases.map { kind in
            let kept =
                switch kind {
                case .decisions: "\(years.decisions) years after the case ends"
                case .security: "\(months) months"
                case .emergency: "\(years.emergency) years"
                }
            return RetentionClass(
                name: "\(kind)", kept: kept, count: counts[kind] ?? 0, lookedAt: lookedAt[kind] ?? 0,
                before: before(kind))
        }
    }
}
