internal import HashTreeCollections

// Folding: what a validated change does to the tables. It cannot fail; every check stands in Validation.

extension StateTables {
    /// Folds a validated change; `revision` is already the new one.
    mutating func fold(_ change: Change) {
        switch change.event {
        case .registered(let record): fold(record, at: change.registeredAt)
        case .consentWithdrawn(let id, let instant):
            changeConsent(id, at: change.registeredAt) { $0.end(as: .withdrawn, at: instant) }
        case .consentRevoked(let id, let instant):
            changeConsent(id, at: change.registeredAt) { $0.end(as: .revoked, at: instant) }
        case .consentInvalidated(let id): changeConsent(id, at: change.registeredAt) { $0.state = .invalidated }
        case .consentSpent(let id, let instant): changeConsent(id, at: change.registeredAt) { $0.spentAt = instant }
        case .grantRevoked(let id, let instant): revokeGrant(id, from: instant, at: change.registeredAt)
        case .systemDisabled(let id):
            guard var record = systems[id]?.record else { return }
            record.active = false
            systems[id] = file(record, at: change.registeredAt)
        case .profileActivated(let name, let hash, let from, _):
            profileActivations.append(ProfileActivation(name: name, hash: hash, from: from, version: revision))
        }
    }

    private mutating func fold(_ record: Record, at instant: Instant) {
        switch record {
        case .controller(let record): fold(record, at: instant)
        case .unit(let record): fold(record, at: instant)
        case .person(let record): fold(record, at: instant)
        case .employment(let record): fold(record, at: instant)
        case .caseRecord(let record): fold(record, at: instant)
        case .meeting(let record): fold(record, at: instant)
        case .system(let record):
            if let old = systems[record.id] { systemsByIdentity[old.record.identity] = nil }
            systems[record.id] = file(record, at: instant)
            systemsByIdentity[record.identity] = record.id
        case .anonymousDiscussion(let record):
            // No time that could be joined with a case's (W38).
            anonymousDiscussions[record.id] = file(record, at: OsloTime.startOfWeek(instant))
        default: foldPart(record, at: instant)
        }
    }

    /// Records that stand in a person's or a case's file.
    private mutating func foldPart(_ record: Record, at instant: Instant) {
        switch record {
        case .relation(let record): fold(record, at: instant)
        case .authority(let record):
            personOfAuthority[record.id] = record.over
            let filed = compiled(record, at: instant)
            change(record.over) { $0.authorities.put(filed) { $0.id == record.id } }
            if case .person(let holder) = record.holder {
                change(holder) { if !$0.holdsOver.contains(record.over) { $0.holdsOver.append(record.over) } }
            }
        case .capacity(let record):
            personOfCapacity[record.id] = record.person
            let filed = compiled(record, at: instant)
            change(record.person) { $0.capacities.put(filed) { $0.id == record.id } }
        case .restriction(let record):
            personOfRestriction[record.id] = record.subject
            let filed = compiled(record, at: instant)
            change(record.subject) { $0.restrictions.put(filed) { $0.id == record.id } }
        case .discussion(let record):
            personOfDiscussion[record.id] = record.person
            let filed = compiled(record, at: instant)
            change(record.person) { $0.discussions.put(filed) { $0.id == record.id } }
        case .consent(let record):
            guard let person = subject(of: record) else { return }
            personOfConsent[record.id] = person
            let filed = compiled(record, at: instant)
            change(person) { $0.consents.put(filed) { $0.id == record.id } }
            if case .caseID(let id) = record.scope, let file = cases[id], file.caseRecord.record.subject != person,
                !file.consentedAbout.contains(person)
            {
                change(id) { $0.consentedAbout.append(person) }
            }
        case .grant(let record): fold(record, at: instant)
        case .handover(let record): fold(record, at: instant)
        case .objection(let record):
            caseOfObjection[record.id] = record.caseID
            let filed = compiled(record, at: instant)
            change(record.caseID) { $0.objections.put(filed) { $0.id == record.id } }
        default: break
        }
    }

    private mutating func fold(_ record: Controller, at instant: Instant) {
        let filed = compiled(record, at: instant)
        controllers.put(filed, at: filed.facts.facts.handle)
        var moved: [(Handle<Unit>, UnitFile)] = []
        units.forEach { handle, unit in
            guard unit.unit.record.controller == record.id, unit.controllerKind != record.kind else { return }
            moved.append((handle, unit.with { $0.controllerKind = record.kind }))
        }
        for (handle, unit) in moved { units.put(unit, at: handle) }
    }

    private mutating func fold(_ record: Unit, at instant: Instant) {
        let filed = compiled(record, at: instant)
        let kind = controllers[record.controller]?.record.kind ?? .privat
        let file =
            units[record.id]?.with {
                $0.unit = filed
                $0.controllerKind = kind
            } ?? UnitFile(UnitFile.Parts(unit: filed, controllerKind: kind))
        units.put(file, at: filed.facts.facts.handle)
    }

    private mutating func fold(_ record: Person, at instant: Instant) {
        let filed = compiled(record, at: instant)
        let file = persons[record.id]?.with { $0.person = filed } ?? PersonFile(PersonFile.Parts(person: filed))
        persons.put(file, at: filed.facts.facts.handle)
    }

    private mutating func fold(_ record: Employment, at instant: Instant) {
        let filed = compiled(record, at: instant)
        employments.put(filed, at: filed.facts.facts.handle)
        if persons[record.person] == nil {
            // An employment whose person is known by the employment only (an employee who is nobody's subject or kin).
            let person = compiled(Person(id: record.person, born: nil), at: instant)
            persons.put(PersonFile(PersonFile.Parts(person: person)), at: person.facts.facts.handle)
        }
        change(record.person) { if !$0.employments.contains(record.id) { $0.employments.append(record.id) } }
        let facts = filed.facts.facts
        change(record.unit) { unit in
            if !unit.employments.contains(record.id) { unit.employments.append(record.id) }
            unit.served.removeAll { $0.employment == facts.handle }
            guard let other = record.forController, let handle = facts.forController,
                other != unit.unit.record.controller
            else { return }
            if !unit.serves.contains(other) { unit.serves.append(other) }
            unit.served.append(ServedFacts(employment: facts.handle, controller: handle, validity: facts.validity))
        }
    }

    private mutating func fold(_ record: Case, at instant: Instant) {
        let filed = compiled(record, at: instant)
        let handle = filed.facts.facts.handle
        let file = cases[record.id]?.with { $0.caseRecord = filed } ?? CaseFile(CaseFile.Parts(caseRecord: filed))
        cases.put(file, at: handle)
        change(record.subject) {
            guard !$0.cases.contains(record.id) else { return }
            $0.cases.append(record.id)
            $0.caseHandles.append(handle)
        }
    }

    private mutating func fold(_ record: Meeting, at instant: Instant) {
        let filed = compiled(record, at: instant)
        meetings.put(filed, at: filed.facts.facts.handle)
        guard let caseID = record.caseID else { return }
        change(caseID) { if !$0.meetings.contains(record.id) { $0.meetings.append(record.id) } }
    }

    private mutating func fold(_ record: Relation, at instant: Instant) {
        personOfRelation[record.id] = record.a
        let filed = compiled(record, at: instant)
        for person in [record.a, record.b] { change(person) { $0.relations.put(filed) { $0.id == record.id } } }
    }

    /// An accepted handover by the present stafettholder moves the baton in the same change (W8), so that at no
    /// revision two employments could write.
    private mutating func fold(_ record: Handover, at instant: Instant) {
        caseOfHandover[record.id] = record.caseID
        let filed = compiled(record, at: instant)
        var moved: Filed<Case>?
        if let old = cases[record.caseID]?.caseRecord.record, record.state == .accepted, old.holder == record.from {
            var next = old
            next.holder = record.to
            moved = compiled(next, at: instant)
        }
        change(record.caseID) {
            $0.handovers.put(filed) { $0.id == record.id }
            if let moved { $0.caseRecord = moved }
        }
    }

    private mutating func changeConsent(_ id: ConsentID, at instant: Instant, _ change: (inout Consent) -> Void) {
        guard let person = personOfConsent[id], var record = consent(id)?.record else { return }
        change(&record)
        let filed = compiled(record, at: instant)
        self.change(person) { $0.consents.put(filed) { $0.id == id } }
    }

    /// A request stands apart from the grants until it is given, so that no decision can see it.
    private mutating func fold(_ record: Grant, at instant: Instant) {
        caseOfGrant[record.id] = record.caseID
        pendingGrants[record.id] = record.state == .requested ? record.caseID : nil
        let filed = compiled(record, at: instant)
        change(record.caseID) { file in
            guard record.state == .granted else { return file.grantRequests.put(filed) { $0.id == record.id } }
            file.grantRequests.removeAll { $0.record.id == record.id }
            file.grants.put(filed) { $0.id == record.id }
        }
    }

    /// A grant ends, and what hangs on it; a request that is taken back counts as refused.
    private mutating func revokeGrant(_ id: GrantID, from: Instant, at instant: Instant) {
        guard let file = caseOfGrant[id].flatMap({ cases[$0] }) else { return }
        pendingGrants[id] = nil
        if var request = file.grantRequests.first(where: { $0.record.id == id })?.record {
            request.state = .refused
            let filed = compiled(request, at: instant)
            change(request.caseID) { $0.grantRequests.put(filed) { $0.id == id } }
        }
        // A grant hangs on one that was there before it, so the walk ends.
        var ended: Set<GrantID> = [id]
        var next = [id]
        while let above = next.popLast() {
            for var record in file.grants.map(\.record) where record.id == above || record.under == above {
                if record.id != above, ended.insert(record.id).inserted { next.append(record.id) }
                guard record.revokedAt.map({ $0 > from }) ?? true else { continue }
                record.revokedAt = from
                let filed = compiled(record, at: instant)
                change(record.caseID) { $0.grants.put(filed) { $0.id == filed.record.id } }
            }
        }
    }

    private func file<Value>(_ record: Value, at instant: Instant) -> Filed<Value> {
        Filed(record, version: revision, registeredAt: instant)
    }

    /// Files a record that decisions read.
    private mutating func compiled<Value: FactRecord>(_ record: Value, at instant: Instant) -> Filed<Value> {
        Filed(record, version: revision, registeredAt: instant, in: &self)
    }

    private mutating func change(_ id: PersonID, _ change: (inout PersonFile.Parts) -> Void) {
        guard let handle = persons.handle(of: id), let file = persons[handle] else { return }
        persons.put(file.with(change), at: handle)
    }

    private mutating func change(_ id: CaseID, _ change: (inout CaseFile.Parts) -> Void) {
        guard let handle = cases.handle(of: id), let file = cases[handle] else { return }
        cases.put(file.with(change), at: handle)
    }

    private mutating func change(_ id: UnitID, _ change: (inout UnitFile.Parts) -> Void) {
        guard let handle = units.handle(of: id), let file = units[handle] else { return }
        units.put(file.with(change), at: handle)
    }
}

extension Consent {
    /// What was given ends; what was only asked for is refused by it, and what never counted stays so.
    fileprivate mutating func end(as ended: ConsentState, at instant: Instant) {
        switch state {
        case .requested: state = .refused
        case .refused, .invalidated: return
        case .given, .withdrawn, .revoked, .superseded:
            state = ended
            withdrawnAt = min(withdrawnAt ?? instant, instant)
        }
    }
}

extension Array {
    /// Replaces the filed record that matches, or appends it.
    fileprivate mutating func put<Value>(_ filed: Element, where matches: (Value) -> Bool)
    where Element == Filed<Value> {
        if let index = firstIndex(where: { matches($0.record) }) {
            self[index] = filed
        } else {
            append(filed)
        }
    }
}
