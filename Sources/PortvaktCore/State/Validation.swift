internal import HashTreeCollections

// Consistency at registration: a change that names what is not known, or contradicts what is, is refused.

extension StateTables {
    /// - Throws: ``ChangeRefusal`` naming the record, the field, what is wrong and what to do.
    func validate(_ change: Change) throws(ChangeRefusal) {
        switch change.event {
        case .registered(let record): try validate(record)
        case .consentWithdrawn(let id, _), .consentRevoked(let id, _): try requireConsent(id)
        case .consentInvalidated(let id): try requireConsent(id)
        case .consentSpent(let id, _): try validateSpending(id)
        case .grantRevoked(let id, _):
            guard caseOfGrant[id] != nil else { throw unknown(.grant, id.identifier) }
        case .systemDisabled(let id):
            guard systems[id] != nil else { throw unknown(.system, id.identifier) }
        case .profileActivated(let name, let hash, _, _):
            guard hash.count == Self.profileHashLength else {
                throw ChangeRefusal(
                    kind: .system, id: name, field: "hash", problem: "is no SHA-256",
                    remedy: "give \(Self.profileHashLength) bytes")
            }
        }
    }

    /// SHA-256, in bytes.
    static let profileHashLength = 32
    /// The most authorities, of all kinds and times, over one person: a bit for each in the evaluation's word.
    static let highestAuthorityCount = 64
    /// The highest level of cooperation (S2).
    static let highestLevel: UInt8 = 3

    private func validate(_ record: Record) throws(ChangeRefusal) {
        switch record {
        case .controller: break
        case .unit(let record): try validate(record)
        case .person(let record): try validate(record)
        case .relation(let record): try validate(record)
        case .authority(let record): try validate(record)
        case .capacity(let record): try validate(record)
        case .employment(let record): try validate(record)
        case .caseRecord(let record): try validate(record)
        case .handover(let record): try validate(record)
        case .grant(let record): try validate(record)
        case .consent(let record): try validate(record)
        case .meeting(let record): try validate(record)
        case .objection(let record):
            let check = Check(.objection, record.id.identifier)
            try check.known(persons[record.by] != nil, "by", "person")
            try check.known(cases[record.caseID] != nil, "case", "case")
            try check.unmoved(caseOfObjection[record.id], record.caseID, "case")
        case .restriction(let record):
            let check = Check(.restriction, record.id.identifier)
            try check.known(persons[record.subject] != nil, "subject", "person")
            try check.known(persons[record.against] != nil, "against", "person")
            try check.unmoved(personOfRestriction[record.id], record.subject, "subject")
        case .discussion(let record):
            let check = Check(.discussion, record.id.identifier)
            try check.known(persons[record.person] != nil, "person", "person")
            try check.known(units[record.unit] != nil, "unit", "unit")
            try check.unmoved(personOfDiscussion[record.id], record.person, "person")
        case .system(let record): try validate(record)
        case .anonymousDiscussion(let record): try validate(record)
        }
    }

    private func requireConsent(_ id: ConsentID) throws(ChangeRefusal) {
        guard personOfConsent[id] != nil else { throw unknown(.consent, id.identifier) }
    }

    private func validateSpending(_ id: ConsentID) throws(ChangeRefusal) {
        guard let consent = consent(id)?.record else { throw unknown(.consent, id.identifier) }
        let check = Check(.consent, id.identifier)
        try check.holds(consent.once, "once", "is false", "only a one-time consent is spent by its use")
        try check.holds(
            consent.spentAt == nil, "spent_at", "is already set",
            "a one-time consent carries one use; ask for a new one")
    }

    private func unknown(_ kind: RecordKind, _ id: Identifier) -> ChangeRefusal {
        ChangeRefusal(
            kind: kind, id: id, field: "", problem: "is not registered", remedy: "register it first, or correct the id")
    }
}

// MARK: - Each kind of record

extension StateTables {
    private func validate(_ record: Unit) throws(ChangeRefusal) {
        let check = Check(.unit, record.id.identifier)
        try check.known(controllers[record.controller] != nil, "controller", "controller")
        guard let older = record.namedIn else { return }
        try check.known(units[older] != nil, "named_in", "unit")
        var next: UnitID? = older
        while let unit = next {
            try check.holds(
                unit != record.id, "named_in", "goes round in a circle", "name the unit that this one replaced")
            next = units[unit]?.unit.record.namedIn
        }
    }

    private func validate(_ record: Person) throws(ChangeRefusal) {
        let check = Check(.person, record.id.identifier)
        if let born = record.born, let deceased = record.deceased {
            try check.holds(
                OsloTime.startOfDay(born) <= deceased, "deceased", "is before `born`", "correct one of the two dates")
        }
        try check.holds(
            !record.hiddenFrom.contains(record.id), "hidden_from", "names the person itself",
            "name the persons to hide from")
    }

    private func validate(_ record: Relation) throws(ChangeRefusal) {
        let check = Check(.relation, record.id.identifier)
        try check.known(persons[record.a] != nil, "a", "person")
        try check.known(persons[record.b] != nil, "b", "person")
        try check.holds(record.a != record.b, "b", "is the same person as `a`", "name the other person")
        if let old = relation(record.id)?.record {
            try check.unmoved([old.a, old.b], [record.a, record.b], "a")
        }
    }

    private func validate(_ record: Authority) throws(ChangeRefusal) {
        let check = Check(.authority, record.id.identifier)
        try check.known(persons[record.over] != nil, "over", "person")
        try check.ordered(record.validity)
        try check.unmoved(personOfAuthority[record.id], record.over, "over")
        let others = persons[record.over]?.parts.authorities ?? []
        try check.holds(
            others.count < Self.highestAuthorityCount || personOfAuthority[record.id] != nil, "over",
            "has \(Self.highestAuthorityCount) authorities already",
            "end one by a new version of it instead of a new record")
        switch record.holder {
        case .person(let holder):
            try check.known(persons[holder] != nil, "holder", "person")
            try check.holds(
                holder != record.over, "holder", "is the person itself", "nobody holds an authority over themselves")
            try check.holds(
                record.kind != .omsorg, "holder", "is a person", "omsorg belongs to a barnevern unit (rule L46)")
        case .unit(let unit):
            try check.known(units[unit] != nil, "holder", "unit")
            try check.holds(
                record.kind == .omsorg, "holder", "is a unit", "only omsorg belongs to a unit; name a person")
        case .employment:
            try check.holds(false, "holder", "is an employment", "name a person, or the unit for omsorg")
        }
        if record.kind != .verge {
            try check.holds(record.mandate.isEmpty, "mandate", "is given", "only a verge has a mandate")
        }
        try validateSoleHolder(record, check)
    }

    /// Two sole holders, or a sole holder beside another, at one time: a contradiction of fact (L09).
    private func validateSoleHolder(_ record: Authority, _ check: Check) throws(ChangeRefusal) {
        guard record.kind == .foreldreansvar, record.status == .known, let file = persons[record.over] else {
            return
        }
        let clash = file.authorities.contains { other in
            other.record.id != record.id && other.record.kind == .foreldreansvar && other.record.status == .known
                && other.record.holder != record.holder && (other.record.sole || record.sole)
                && other.record.validity.overlaps(record.validity)
        }
        try check.holds(
            !clash, "sole", "contradicts another foreldreansvar over the same person at the same time",
            "end the other one first, or register this one as shared")
    }

    private func validate(_ record: Capacity) throws(ChangeRefusal) {
        let check = Check(.capacity, record.id.identifier)
        try check.known(persons[record.person] != nil, "person", "person")
        if let by = record.by { try check.known(employments[by] != nil, "by", "employment") }
        try check.ordered(record.validity)
        try check.unmoved(personOfCapacity[record.id], record.person, "person")
    }

    private func validate(_ record: Employment) throws(ChangeRefusal) {
        let check = Check(.employment, record.id.identifier)
        try check.known(units[record.unit] != nil, "unit", "unit")
        // An employee who is nobody's subject or kin may carry the employment's own id and needs no record.
        let known = persons[record.person] != nil || record.person.identifier == record.id.identifier
        try check.known(known, "person", "person")
        if let other = record.forController {
            try check.known(controllers[other] != nil, "for_controller", "controller")
        }
        try check.ordered(record.validity)
        try check.unmoved(employments[record.id]?.record.person, record.person, "person")
    }

    private func validate(_ record: Case) throws(ChangeRefusal) {
        let check = Check(.caseRecord, record.id.identifier)
        try check.known(persons[record.subject] != nil, "subject", "person")
        try check.known(controllers[record.controller] != nil, "controller", "controller")
        if let holder = record.holder { try check.known(employments[holder] != nil, "holder", "employment") }
        try check.holds(
            record.level <= Self.highestLevel, "level", "is above \(Self.highestLevel)",
            "give a level from 0 to \(Self.highestLevel)")
        try check.unmoved(cases[record.id]?.caseRecord.record.subject, record.subject, "subject")
        try check.unmoved(cases[record.id]?.caseRecord.record.controller, record.controller, "controller")
    }

    private func validate(_ record: Handover) throws(ChangeRefusal) {
        let check = Check(.handover, record.id.identifier)
        try check.known(cases[record.caseID] != nil, "case", "case")
        try check.known(employments[record.from] != nil, "from_holder", "employment")
        try check.known(employments[record.to] != nil, "to", "employment")
        try check.holds(record.from != record.to, "to", "is the stafettholder already", "name the next stafettholder")
        try check.unmoved(caseOfHandover[record.id], record.caseID, "case")
    }

    private func validate(_ record: Grant) throws(ChangeRefusal) {
        let check = Check(.grant, record.id.identifier)
        try check.known(cases[record.caseID] != nil, "case", "case")
        try check.known(isKnown(record.to), "to", "employment, unit or person")
        if let by = record.grantedBy { try check.known(isKnown(by), "granted_by", "employment, unit or person") }
        if let meeting = record.meeting { try check.known(meetings[meeting] != nil, "meeting", "meeting") }
        try check.ordered(record.validity)
        try check.unmoved(caseOfGrant[record.id], record.caseID, "case")
        try validateWorkflow(record, check)
        if record.role == .fullmektig {
            guard case .person = record.to else {
                return try check.holds(false, "to", "is no person", "a fullmektig is a person (rule L76)")
            }
            guard case .person? = record.grantedBy else {
                return try check.holds(
                    false, "granted_by", "is no person", "name the person whom the fullmektig acts for")
            }
        }
    }

    /// What is asked for has an end, hangs on what is there, and is decided once.
    private func validateWorkflow(_ record: Grant, _ check: Check) throws(ChangeRefusal) {
        let asked = grantRequest(record.id)?.record
        if record.state != .granted {
            try check.holds(
                record.validity.until != .distantFuture, "until", "is missing", "a grant that is asked for has an end")
            try check.holds(
                grant(record.id) == nil, "id", "belongs to a grant", "ask for a new one with an id of its own")
        }
        if let asked {
            try check.holds(
                asked.state == .requested || record == asked, "id", "belongs to a request that was refused",
                "ask again with a new id")
            try check.holds(
                record.state != .requested || record == asked, "id", "belongs to a request",
                "wait for its answer, or ask with a new id")
        } else {
            try check.holds(record.state != .refused, "state", "is refused", "only what was asked for is refused")
        }
        guard let under = record.under else { return }
        guard let above = grant(under)?.record, above.caseID == record.caseID, under != record.id else {
            return try check.known(false, "under", "grant of this case")
        }
        try check.holds(
            record.validity.until <= above.validity.until, "until", "is after the end of the grant that it hangs on",
            "let it end with that one, or before")
        try check.holds(
            above.revokedAt == nil || grant(record.id) != nil, "under", "names a grant that has ended",
            "name one that lasts")
    }

    private func validate(_ record: Consent) throws(ChangeRefusal) {
        let check = Check(.consent, record.id.identifier)
        switch record.scope {
        case .caseID(let id): try check.known(cases[id] != nil, "case", "case")
        case .subject(let id): try check.known(persons[id] != nil, "subject", "person")
        }
        if let about = record.about { try check.known(persons[about] != nil, "about", "person") }
        try check.known(isKnown(record.givenBy), "given_by", "person or unit")
        if case .employment = record.givenBy {
            try check.holds(false, "given_by", "is an employment", "name the person, or the unit that has omsorg")
        }
        for unit in record.units { try check.known(units[unit] != nil, "to.units", "unit") }
        for person in record.personsExcluded { try check.known(persons[person] != nil, "persons_excluded", "person") }
        if let meeting = record.meeting { try check.known(meetings[meeting] != nil, "meeting", "meeting") }
        try check.ordered(record.validity)
        try check.holds(!record.purposes.isEmpty, "purposes", "is empty", "name what the consent is for")
        try check.holds(
            !record.purposes.contains(.egen_sak), "purposes", "names egen_sak",
            "a service's own case is carried by no consent")
        try check.holds(
            record.state != .given || !(record.services.isEmpty && record.units.isEmpty), "to", "names nobody",
            "name the services or units that may receive")
        try validateSuccession(record, check)
    }

    /// What was given, taken back or refused stays as it was: a new consent is a new record.
    private func validateSuccession(_ record: Consent, _ check: Check) throws(ChangeRefusal) {
        guard let old = consent(record.id)?.record else { return }
        try check.unmoved(old.scope, record.scope, "case")
        try check.unmoved(old.about, record.about, "about")
        try check.unmoved(old.givenBy, record.givenBy, "given_by")
        let mayFollow = old.state == .requested || (old.state == .given && record.state == .superseded)
        try check.holds(
            mayFollow || old == record, "id", "belongs to a consent that is \(old.state.word)",
            "register a new consent with an id of its own")
    }

    private func validate(_ record: Meeting) throws(ChangeRefusal) {
        let check = Check(.meeting, record.id.identifier)
        try check.known(employments[record.convenedBy] != nil, "convened_by", "employment")
        for party in record.invited { try check.known(isKnown(party), "invited", "unit, person or employment") }
        for employment in record.present { try check.known(employments[employment] != nil, "present", "employment") }
        if let caseID = record.caseID {
            try check.known(cases[caseID] != nil, "case", "case")
            try check.holds(record.level == .individ, "level", "is system", "a meeting on system level has no case")
        } else {
            try check.holds(
                record.anonymous || record.level == .system, "case", "is missing",
                "name the case, or make the meeting anonymous or one on system level")
        }
        if let starts = record.starts, let ended = record.endedAt {
            try check.holds(starts <= ended, "ended_at", "is before `starts`", "correct one of the two")
        }
        if let old = meetings[record.id]?.record { try check.unmoved(old.caseID, record.caseID, "case") }
    }

    private func validate(_ record: System) throws(ChangeRefusal) {
        let check = Check(.system, record.id.identifier)
        for controller in record.controllers {
            try check.known(controllers[controller] != nil, "controllers", "controller")
        }
        let owner = systemsByIdentity[record.identity]
        guard owner == nil || owner == record.id else { throw .takenIdentity(record.id) }
    }

    private func validate(_ record: AnonymousDiscussion) throws(ChangeRefusal) {
        let check = Check(.anonymousDiscussion, record.id.identifier)
        guard let meeting = meetings[record.meeting]?.record else {
            return try check.known(false, "meeting", "meeting")
        }
        try check.holds(
            meeting.anonymous && meeting.caseID == nil, "meeting", "is no anonymous meeting",
            "an anonymous discussion stands in a meeting without a case (W38)")
    }

    /// Whether a party is registered.
    func isKnown(_ party: Party) -> Bool {
        switch party {
        case .person(let id): persons[id] != nil
        case .unit(let id): units[id] != nil
        case .employment(let id): employments[id] != nil
        }
    }
}

extension Validity {
    /// Whether there is an instant in both.
    func overlaps(_ other: Validity) -> Bool { from < other.until && other.from < until }
}

/// Checks of one record: each throws a refusal that names it.
private struct Check {
    let kind: RecordKind
    let id: Identifier

    init(_ kind: RecordKind, _ id: Identifier) {
        self.kind = kind
        self.id = id
    }

    func holds(
        _ condition: Bool, _ field: String, _ problem: String, _ remedy: @autoclosure () -> String
    ) throws(ChangeRefusal) {
        guard !condition else { return }
        throw ChangeRefusal(kind: kind, id: id, field: field, problem: problem, remedy: remedy())
    }

    func known(_ condition: Bool, _ field: String, _ what: String) throws(ChangeRefusal) {
        guard !condition else { return }
        throw ChangeRefusal(
            kind: kind, id: id, field: field, problem: "names \(what.withArticle) that is not registered",
            remedy: "register it first, or correct the id")
    }

    func ordered(_ validity: Validity) throws(ChangeRefusal) {
        try holds(
            validity.from < validity.until, "until", "is not after `from`",
            "an end is the first instant that no longer counts")
    }

    func unmoved<Value: Equatable>(_ old: Value?, _ new: Value, _ field: String) throws(ChangeRefusal) {
        guard let old else { return }
        try holds(
            old == new, field, "differs from the one registered before", "register a new record with an id of its own")
    }
}
