internal import PortvaktCore

/// Which controllers a record belongs to: decides which systems may see it and change it.
///
/// More may see a record than change it. A child's records are changed for the controllers of the child's cases alone: that somebody
/// works at a unit, or decides for another child, gives that unit's or that child's controller no part in them.
struct RecordScope {
    let state: Snapshot

    /// The controllers for which a record is changed, or `nil` when there is no such record. Empty: nobody's yet.
    func owners(of kind: RecordKind, _ id: Identifier) -> Set<ControllerID>? {
        switch kind {
        case .unit: state.unit(ID(id)).map { [$0.unit.record.controller] }
        case .employment: state.employment(ID(id)).map { owners(of: $0.record) }
        case .person: state.person(ID(id)).map { controllers(ofSubject: $0.person.record.id) }
        case .authority: state.authority(ID(id)).map { controllers(ofSubject: $0.record.over) }
        case .capacity: state.capacity(ID(id)).map { controllers(ofSubject: $0.record.person) }
        case .restriction: state.restriction(ID(id)).map { controllers(ofSubject: $0.record.subject) }
        case .relation:
            state.relation(ID(id)).map {
                controllers(ofSubject: $0.record.a).union(controllers(ofSubject: $0.record.b))
            }
        case .consent: state.consent(ID(id)).map { owners(of: $0.record) }
        case .controller, .caseRecord, .meeting, .grant, .handover, .objection, .discussion, .anonymousDiscussion,
            .system:
            controllers(of: kind, id)
        }
    }

    private func owners(of employment: Employment) -> Set<ControllerID> {
        let own = state.unit(employment.unit).map { [$0.unit.record.controller] } ?? []
        return Set(own + (employment.forController.map { [$0] } ?? []))
    }

    private func owners(of consent: Consent) -> Set<ControllerID> {
        switch consent.scope {
        case .caseID(let id): controllers(ofCase: id)
        case .subject(let person): controllers(ofSubject: person)
        }
    }

    /// The controllers of a person's cases; of one without a case, every controller that knows the person.
    func controllers(ofSubject id: PersonID) -> Set<ControllerID> {
        guard let person = state.person(id) else { return [] }
        let ofCases = Set(person.cases.compactMap { state.caseFile($0)?.caseRecord.record.controller })
        return ofCases.isEmpty ? controllers(of: person) : ofCases
    }

    /// The controllers of a record, or `nil` when there is no such record. Empty: nobody's yet (a person without a case
    /// or an employment), and then any system that may register may go on with it.
    func controllers(of kind: RecordKind, _ id: Identifier) -> Set<ControllerID>? {
        switch kind {
        case .controller: state.controller(ID(id)).map { [$0.record.id] }
        case .unit: state.unit(ID(id)).map { Set([$0.unit.record.controller] + $0.serves) }
        case .person: state.person(ID(id)).map(controllers(of:))
        case .employment: state.employment(ID(id)).map { controllers(ofUnit: $0.record.unit) }
        case .caseRecord: state.caseFile(ID(id)).map { [$0.caseRecord.record.controller] }
        case .meeting: state.meeting(ID(id)).map { controllers(of: $0.record) }
        case .grant:
            (state.grant(ID(id)) ?? state.grantRequest(ID(id))).map { controllers(ofCase: $0.record.caseID) }
        case .consent: state.consent(ID(id)).map { controllers(of: $0.record) }
        case .authority: state.authority(ID(id)).map { controllers(ofPerson: $0.record.over) }
        case .handover: state.handover(ID(id)).map { controllers(ofCase: $0.record.caseID) }
        case .objection: state.objection(ID(id)).map { controllers(ofCase: $0.record.caseID) }
        case .capacity: state.capacity(ID(id)).map { controllers(ofPerson: $0.record.person) }
        case .restriction: state.restriction(ID(id)).map { controllers(ofPerson: $0.record.subject) }
        case .relation:
            state.relation(ID(id)).map { controllers(ofPerson: $0.record.a).union(controllers(ofPerson: $0.record.b)) }
        case .discussion: state.discussion(ID(id)).map { controllers(ofUnit: $0.record.unit) }
        case .anonymousDiscussion: state.anonymousDiscussion(ID(id)).map { controllers(ofMeeting: $0.record.meeting) }
        case .system: state.system(ID(id)).map { Set($0.record.controllers) }
        }
    }

    /// The controllers of what a record that is to be registered hangs on.
    func controllers(ofParentsOf record: Record) -> [Set<ControllerID>] {
        switch record {
        case .controller, .person, .system: []
        case .unit(let unit): [[unit.controller]]
        case .relation(let relation): [controllers(ofSubject: relation.a).union(controllers(ofSubject: relation.b))]
        case .authority(let authority): [controllers(ofSubject: authority.over)]
        case .capacity(let capacity): [controllers(ofSubject: capacity.person)]
        case .employment(let employment): [state.unit(employment.unit).map { [$0.unit.record.controller] } ?? []]
        // Whom another controller knows becomes this one's by a system that is registered for both.
        case .caseRecord(let record): [[record.controller], controllers(ofSubject: record.subject)]
        case .handover(let handover): [controllers(ofCase: handover.caseID)]
        case .grant(let grant): [controllers(ofCase: grant.caseID)]
        case .consent(let consent): [owners(of: consent)]
        case .meeting(let meeting): [controllers(of: meeting)]
        case .objection(let objection): [controllers(ofCase: objection.caseID)]
        case .restriction(let restriction): [controllers(ofSubject: restriction.subject)]
        case .discussion(let discussion): [controllers(ofUnit: discussion.unit)]
        case .anonymousDiscussion(let discussion): [controllers(ofMeeting: discussion.meeting)]
        }
    }

    private func controllers(of person: PersonFile) -> Set<ControllerID> {
        var found = Set(person.cases.compactMap { state.caseFile($0)?.caseRecord.record.controller })
        for id in person.employments {
            if let employment = state.employment(id) { found.formUnion(controllers(ofUnit: employment.record.unit)) }
        }
        // A parent belongs where the child's case is.
        for child in person.holdsOver {
            guard let file = state.person(child) else { continue }
            found.formUnion(file.cases.compactMap { state.caseFile($0)?.caseRecord.record.controller })
        }
        return found
    }

    private func controllers(ofPerson id: PersonID) -> Set<ControllerID> {
        state.person(id).map(controllers(of:)) ?? []
    }

    private func controllers(ofUnit id: UnitID) -> Set<ControllerID> {
        state.unit(id).map { Set([$0.unit.record.controller] + $0.serves) } ?? []
    }

    private func controllers(ofCase id: CaseID) -> Set<ControllerID> {
        state.caseFile(id).map { [$0.caseRecord.record.controller] } ?? []
    }

    private func controllers(ofMeeting id: MeetingID) -> Set<ControllerID> {
        state.meeting(id).map { controllers(of: $0.record) } ?? []
    }

    private func controllers(of meeting: Meeting) -> Set<ControllerID> {
        if let caseID = meeting.caseID { return controllers(ofCase: caseID) }
        return state.employment(meeting.convenedBy).map { controllers(ofUnit: $0.record.unit) } ?? []
    }

    private func controllers(of consent: Consent) -> Set<ControllerID> {
        switch consent.scope {
        case .caseID(let id): controllers(ofCase: id)
        case .subject(let person): controllers(ofPerson: person)
        }
    }
}
