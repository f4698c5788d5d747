internal import HashTreeCollections

/// Looks records up by kind and id, and lists those of one kind: for the registry, not for deciding.
extension StateTables {
    /// A record as it stands, with the version that registered it.
    func filedRecord(_ kind: RecordKind, _ id: Identifier) -> Filed<Record>? {
        switch kind {
        case .controller: controller(ID(id))?.map(Record.controller)
        case .unit: unit(ID(id))?.unit.map(Record.unit)
        case .person: person(ID(id))?.person.map(Record.person)
        case .employment: employment(ID(id))?.map(Record.employment)
        case .caseRecord: caseFile(ID(id))?.caseRecord.map(Record.caseRecord)
        case .meeting: meeting(ID(id))?.map(Record.meeting)
        case .system: system(ID(id))?.map(Record.system)
        case .anonymousDiscussion: anonymousDiscussion(ID(id))?.map(Record.anonymousDiscussion)
        case .grant: (grant(ID(id)) ?? grantRequest(ID(id)))?.map(Record.grant)
        case .consent: consent(ID(id))?.map(Record.consent)
        case .authority: authority(ID(id))?.map(Record.authority)
        case .handover: handover(ID(id))?.map(Record.handover)
        case .objection: objection(ID(id))?.map(Record.objection)
        case .capacity: capacity(ID(id))?.map(Record.capacity)
        case .restriction: restriction(ID(id))?.map(Record.restriction)
        case .relation: relation(ID(id))?.map(Record.relation)
        case .discussion: discussion(ID(id))?.map(Record.discussion)
        }
    }

    func handover(_ id: HandoverID) -> Filed<Handover>? {
        caseOfHandover[id].flatMap { caseFile($0) }?.handovers.first { $0.record.id == id }
    }

    func objection(_ id: ObjectionID) -> Filed<Objection>? {
        caseOfObjection[id].flatMap { caseFile($0) }?.objections.first { $0.record.id == id }
    }

    func capacity(_ id: CapacityID) -> Filed<Capacity>? {
        personOfCapacity[id].flatMap { person($0) }?.capacities.first { $0.record.id == id }
    }

    func restriction(_ id: RestrictionID) -> Filed<Restriction>? {
        personOfRestriction[id].flatMap { person($0) }?.restrictions.first { $0.record.id == id }
    }

    func relation(_ id: RelationID) -> Filed<Relation>? {
        personOfRelation[id].flatMap { person($0) }?.relations.first { $0.record.id == id }
    }

    func discussion(_ id: DiscussionID) -> Filed<Discussion>? {
        personOfDiscussion[id].flatMap { person($0) }?.discussions.first { $0.record.id == id }
    }

    /// Ids of one kind that come after `cursor` and that `isWanted` takes, the smallest first, at most `limit`.
    func recordIDs(
        _ kind: RecordKind, after cursor: Identifier?, limit: Int, where isWanted: (Identifier) -> Bool
    ) -> Page<Identifier> {
        var smallest = SmallestIdentifiers(limit: limit + 1)
        forEachID(of: kind) { id in
            if let cursor, id <= cursor { return }
            if smallest.mightTake(id), isWanted(id) { smallest.take(id) }
        }
        let found = smallest.sorted
        return Page(items: Array(found.prefix(limit)), isComplete: found.count <= limit)
    }

    private func forEachID(of kind: RecordKind, _ body: (Identifier) -> Void) {
        switch kind {
        case .controller: for id in controllers.keys { body(id.identifier) }
        case .unit: for id in units.keys { body(id.identifier) }
        case .person: for id in persons.keys { body(id.identifier) }
        case .employment: for id in employments.keys { body(id.identifier) }
        case .caseRecord: for id in cases.keys { body(id.identifier) }
        case .meeting: for id in meetings.keys { body(id.identifier) }
        case .system: for id in systems.keys { body(id.identifier) }
        case .anonymousDiscussion: for id in anonymousDiscussions.keys { body(id.identifier) }
        case .grant: for id in caseOfGrant.keys { body(id) }
        case .consent: for id in personOfConsent.keys { body(id) }
        case .authority: for id in personOfAuthority.keys { body(id) }
        case .handover: for id in caseOfHandover.keys { body(id) }
        case .objection: for id in caseOfObjection.keys { body(id) }
        case .capacity: for id in personOfCapacity.keys { body(id) }
        case .restriction: for id in personOfRestriction.keys { body(id) }
        case .relation: for id in personOfRelation.keys { body(id) }
        case .discussion: for id in personOfDiscussion.keys { body(id) }
        }
    }
}

extension Filed {
    func map<Other: Sendable>(_ transform: (Record) -> Other) -> Filed<Other> {
        Filed<Other>(transform(record), version: version, registeredAt: registeredAt)
    }
}

/// Keeps the smallest identifiers of many, so that a page costs one pass and no sorting of everything.
private struct SmallestIdentifiers {
    private let limit: Int
    private var kept: [Identifier] = []

    init(limit: Int) { self.limit = max(limit, 1) }

    var sorted: [Identifier] { kept }

    func mightTake(_ id: Identifier) -> Bool {
        guard kept.count == limit, let last = kept.last else { return true }
        return id < last
    }

    mutating func take(_ id: Identifier) {
        var low = 0
        var high = kept.count
        while low < high {
            let middle = (low + high) / 2
            if kept[middle] < id { low = middle + 1 } else { high = middle }
        }
        kept.insert(id, at: low)
        if kept.count > limit { kept.removeLast() }
    }
}
