internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

/// For whom a statement is: by the basis on which it was decided.
enum StatementAudience: Equatable {
    /// The person whom it is about.
    case subject
    /// Somebody on the subject's behalf: a parent, a verge, a fullmektig.
    case behalf(of: PersonID?)
    /// The personvernombud of these controllers.
    case officer(ControllerID)
    /// A leder, for the emergency accesses of the unit.
    case leader(UnitID)
    /// An employee, about the own look-ups.
    case ownLookUps(EmploymentID)

    /// - Throws: when the basis is none that gives a statement.
    init(_ asked: DecisionRecord, _ state: Snapshot) throws(RPCStatus) {
        switch asked.question.actor {
        case .person(let id): self = asked.decision.primary == .allowSelf ? .subject : .behalf(of: id)
        case .proxy: self = .behalf(of: nil)
        case .employment(let id):
            guard let employment = state.employment(id)?.record,
                let controller = state.controller(of: employment)
            else { throw Failures.noOfficer }
            switch (asked.decision.primary, employment.role) {
            case (.allowSelf, _): self = .ownLookUps(id)
            case (_, .personvernombud): self = .officer(controller)
            case (_, .leder): self = .leader(employment.unit)
            default: throw Failures.noOfficer
            }
        }
    }

    var isFamily: Bool {
        switch self {
        case .subject, .behalf: true
        case .officer, .leader, .ownLookUps: false
        }
    }
}

/// What of the ledger is shown in a statement (rules section 9), line by line.
struct StatementLines {
    /// Grounds of disclosures that somebody on the subject's behalf is not told of.
    static let untold: Set<Ground> = [.bekymringsmelding, .avverging, .palegg]

    let audience: StatementAudience
    let subject: PersonID
    let state: Snapshot
    let values: AuditValues
    let tasks: ReviewTasks

    enum Found {
        case nothing
        /// An emergency access that is still being reviewed.
        case awaitsReview
        case shown(StatementLine)
        /// Whoever asks for the statement was told that there is no such thing, and is told so again. Its leaf says why, and is not given.
        case concealed(StatementLine)
    }

    /// Whether the asker may count all entries about the subject.
    /// - Parameter isOthers: whether other controllers than this have any.
    func mayCountAll(_ isOthers: (ControllerID) throws -> Bool) rethrows -> Bool {
        switch audience {
        case .subject: true
        case .officer(let controller): try !isOthers(controller)
        case .behalf, .leader, .ownLookUps: false
        }
    }

    /// What every entry of the statement has.
    var keys: [IndexKey] {
        if case .ownLookUps(let id) = audience { [.actor(.employment(id))] } else { [.subject(subject)] }
    }

    func line(of entry: Entry, _ block: UInt64, in time: Validity) throws(LedgerError) -> Found {
        let summary = try entry.checkedSummary()
        // What has been erased no longer says whom it was about.
        guard time.contains(summary.time), !entry.isErased else { return .nothing }
        let place = AuditRecord.Place(stream: entry.stream, index: entry.index)
        switch summary.details {
        case .change: return .nothing
        case .audit(.statement, _): return .nothing
        case .audit, .decision: break
        }
        switch try entry.checkedBody() {
        case .change: return .nothing
        case .decision(let record):
            guard isAbout(record), isTold(record) else { return .nothing }
            // One that nobody has noted yet, nobody has reviewed.
            if audience.isFamily, record.decision.primary == .allowBreakGlass,
                tasks.shelf.task(place).map({ !tasks.awaits($0).isEmpty }) ?? true
            {
                return .awaitsReview
            }
            let line = line(place.shown(block: block), record)
            return isConcealed(record) ? .concealed(line.concealed) : .shown(line)
        case .audit(let record):
            guard record.subjects.contains(subject), !isOwnLookUps, !isLeader, isTold(record) else { return .nothing }
            if case .officer(let controller) = audience, (record.controller ?? controller) != controller {
                return .nothing
            }
            return .shown(line(place.shown(block: block), record))
        }
    }

    private var isOwnLookUps: Bool { if case .ownLookUps = audience { true } else { false } }
    private var isLeader: Bool { if case .leader = audience { true } else { false } }

    private func isAbout(_ record: DecisionRecord) -> Bool {
        switch audience {
        case .subject, .behalf: record.decision.subject == subject
        case .officer(let controller):
            record.decision.subject == subject && (record.decision.controller ?? controller) == controller
        case .leader(let unit):
            record.decision.subject == subject && record.question.emergency != nil && record.decision.unit == unit
        case .ownLookUps(let id): record.question.actor == .employment(id)
        }
    }

    /// Whether somebody on the subject's behalf is told of it.
    private func isTold(_ record: DecisionRecord) -> Bool {
        guard case .behalf(let asker) = audience else { return true }
        if let ground = record.question.ground, Self.untold.contains(ground) { return false }
        if isNarrowHealth(record) { return false }
        return !isHidden(record.question.actor, from: asker)
    }

    /// Whether somebody on the subject's behalf is told of a reading, or of what two did together.
    private func isTold(_ record: AuditRecord) -> Bool {
        guard case .behalf(let asker) = audience else { return true }
        return ![record.actor, record.second].contains { $0.map { isHidden($0, from: asker) } ?? false }
    }

    private func isHidden(_ actor: Actor, from asker: PersonID?) -> Bool {
        guard let asker, let actor = human(actor) else { return false }
        return state.person(actor)?.person.record.hiddenFrom.contains(asker) == true
    }

    /// What was answered as unknown to those who ask for the statement: its reasons would tell them that it is there after all. Of others'
    /// refusals they are told.
    private func isConcealed(_ record: DecisionRecord) -> Bool {
        guard record.decision.external == .not_found else { return false }
        switch audience {
        case .ownLookUps: return true
        case .subject: return human(record.question.actor) == subject
        case .behalf(let asker):
            guard let asker else { return true }
            return human(record.question.actor) == asker
        case .officer, .leader: return false
        }
    }

    /// Health is the youth's own from an age on.
    private func isNarrowHealth(_ record: DecisionRecord) -> Bool {
        guard record.question.entry?.category == .health, let born = state.person(subject)?.person.record.born,
            let birthday = OsloTime.birthday(values.number("age.parents_health_narrow", or: 16), born: born)
        else { return false }
        return OsloTime.startOfDay(birthday) <= record.at
    }

    private func human(_ actor: Actor) -> PersonID? {
        switch actor {
        case .employment(let id): state.employment(id)?.record.person
        case .person(let id): id
        case .proxy: nil
        }
    }

    private func line(_ place: EntryReference, _ record: DecisionRecord) -> StatementLine {
        let decision = record.decision
        let consents = decision.evidence.filter { $0.kind == .consent }.map { ConsentID($0.id) }
        return StatementLine(
            entry: place, time: record.at, unit: decision.unit, service: service(decision.unit), role: decision.role,
            employment: isNamed(record) ? employment(record.question.actor) : nil,
            person: shownPerson(record.question.actor), action: record.question.action,
            purpose: record.question.purpose, effect: decision.effect, reason: decision.primary,
            emergency: record.question.emergency != nil, consents: audience.isFamily ? consents : [])
    }

    /// Somebody read what is recorded here, or tried to.
    private func line(_ place: EntryReference, _ record: AuditRecord) -> StatementLine {
        var unit: UnitID?
        if case .employment(let id)? = record.actor { unit = state.employment(id)?.record.unit }
        return StatementLine(
            entry: place, time: record.at, unit: unit, service: service(unit),
            role: record.role ?? (record.actor == nil ? .personvernombud : nil), action: .accessLogRead,
            purpose: .egen_sak, effect: record.isRefusal ? .deny : .allow,
            reason: record.isRefusal ? .denyRole : .allowIntraOrgan)
    }

    private func service(_ unit: UnitID?) -> Service? { unit.flatMap { state.unit($0)?.unit.record.service } }

    /// The employee is named to the subject for entries of these categories, and to the officer always.
    private func isNamed(_ record: DecisionRecord) -> Bool {
        switch audience {
        case .subject: record.question.entry.map { values.employeeNamedFor.contains($0.category) } ?? false
        case .officer, .leader, .ownLookUps: true
        case .behalf: false
        }
    }

    private func employment(_ actor: Actor) -> EmploymentID? {
        if case .employment(let id) = actor { id } else { nil }
    }

    /// A person is named to oneself, and to the officer.
    private func shownPerson(_ actor: Actor) -> PersonID? {
        guard case .person(let id) = actor else { return nil }
        switch audience {
        case .subject: return id == subject ? id : nil
        case .behalf(let asker): return id == asker ? id : nil
        case .officer: return id
        case .leader, .ownLookUps: return nil
        }
    }
}

extension StatementLine {
    /// As of what is not there: like the answer that was given.
    fileprivate var concealed: StatementLine {
        var line = self
        (line.effect, line.reason, line.consents) = (.deny, .denyNotFound, [])
        return line
    }
}
