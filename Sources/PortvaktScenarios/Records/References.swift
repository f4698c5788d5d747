internal import PortvaktCore

/// Reads values that name other records: a name that no record has is an error where it stands.
struct References {
    let known: KnownRecords

    func controller(_ value: ValueReader?) -> ControllerID? { id(value, of: .controller) }
    func unit(_ value: ValueReader?) -> UnitID? { id(value, of: .unit) }
    func employment(_ value: ValueReader?) -> EmploymentID? { id(value, of: .employment) }
    func caseID(_ value: ValueReader?) -> CaseID? { id(value, of: .caseRecord) }
    func meeting(_ value: ValueReader?) -> MeetingID? { id(value, of: .meeting) }
    func grant(_ value: ValueReader?) -> GrantID? { id(value, of: .grant) }
    func person(_ value: ValueReader?) -> PersonID? { id(value, of: .person) }

    private func id<Kind>(_ value: ValueReader?, of kind: RecordKind) -> ID<Kind>? {
        guard let value, let id = value.identifier() else { return nil }
        let isKnown = kind == .person ? known.isPerson(id) : known.contains(id, as: kind)
        guard isKnown || known.isPartial else {
            let suggestion = NearestWord.find(id.text, in: known.ids(of: kind))
            value.fail("names \(kind.word.withArticle) that no record has", suggestion: suggestion)
            return nil
        }
        return ID(id)
    }

    /// A person, a unit or an employment. A bare id is looked for among the kinds in the order in which they are
    /// allowed; `{person: …}`, `{unit: …}` or `{employment: …}` says which.
    func party(_ value: ValueReader?, among kinds: [PartyKind]) -> Party? {
        guard let value else { return nil }
        if case .mapping = value.node.content { return typedParty(value, among: kinds) }
        guard let id = value.identifier() else { return nil }
        for kind in kinds where kind.isKnown(id, in: known) { return kind.party(id) }
        let names = kinds.map(\.rawValue).joined(separator: ", ")
        if known.isPartial {
            value.fail("names no record of this file: say which kind it is, {\(kinds[0].rawValue): …}")
        } else {
            let candidates = kinds.flatMap { known.ids(of: $0.recordKind) }
            value.fail(
                "names a party (\(names)) that no record has", suggestion: NearestWord.find(id.text, in: candidates))
        }
        return nil
    }

    private func typedParty(_ value: ValueReader, among kinds: [PartyKind]) -> Party? {
        value.mapping { mapping in
            let found = kinds.compactMap { kind -> Party? in
                guard let value = mapping.optional(kind.rawValue) else { return nil }
                switch kind {
                case .employment: return employment(value).map(Party.employment)
                case .unit: return unit(value).map(Party.unit)
                case .person: return person(value).map(Party.person)
                }
            }
            if mapping.keys.count != 1 { mapping.whole.fail("expected exactly one of the keys") }
            return found.first
        }
    }
}

/// The kinds of party, as files name them.
enum PartyKind: String {
    case employment, unit, person

    var recordKind: RecordKind {
        switch self {
        case .employment: .employment
        case .unit: .unit
        case .person: .person
        }
    }

    func isKnown(_ id: Identifier, in known: KnownRecords) -> Bool {
        self == .person ? known.isPerson(id) : known.contains(id, as: recordKind)
    }

    func party(_ id: Identifier) -> Party {
        switch self {
        case .employment: .employment(ID(id))
        case .unit: .unit(ID(id))
        case .person: .person(ID(id))
        }
    }
}
