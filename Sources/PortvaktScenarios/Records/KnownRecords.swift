internal import PortvaktCore

/// The ids that a document's lists hold, so that a reference to none of them is found where it stands.
struct KnownRecords {
    /// Where each id of a list was first given.
    private var places: [RecordKind: [Identifier: SourcePlace]] = [:]
    /// Records may also be registered already: a reference that the document does not answer is no error.
    let isPartial: Bool

    init(isPartial: Bool = false) { self.isPartial = isPartial }

    func contains(_ id: Identifier, as kind: RecordKind) -> Bool { places[kind]?[id] != nil }

    func ids(of kind: RecordKind) -> [String] { places[kind].map { $0.keys.map(\.text) } ?? [] }

    /// Notes the ids of every list, and the persons who are known by an employment only.
    mutating func collect(_ lists: DocumentNode, problems: DocumentProblems) {
        for list in RecordList.allCases {
            guard case .list(let nodes)? = lists[list.rawValue]?.content else { continue }
            for (index, node) in nodes.enumerated() {
                guard let idNode = node["id"], case .text(let text) = idNode.content, let id = try? Identifier(text)
                else { continue }
                let path = DocumentPath.index(index, of: .key(list.rawValue, of: .root))
                add(id, as: list.kind, at: idNode.place, path: path, problems: problems)
                if list == .employments, node["person"] == nil, !contains(id, as: .person) {
                    places[.person, default: [:]][id] = nil
                    impliedPersons.insert(id)
                }
            }
        }
    }

    /// Persons who need no record of their own: an employment's `person` is its own id by default.
    private(set) var impliedPersons: Set<Identifier> = []

    func isPerson(_ id: Identifier) -> Bool { contains(id, as: .person) || impliedPersons.contains(id) }

    private mutating func add(
        _ id: Identifier, as kind: RecordKind, at place: SourcePlace, path: DocumentPath, problems: DocumentProblems
    ) {
        if let first = places[kind]?[id] {
            let problem = "the id \"\(id)\" stands twice among the \(kind.word) records (first in line \(first.line))"
            problems.add(DocumentError(at: place, path: path, problem))
            return
        }
        places[kind, default: [:]][id] = place
    }
}

/// The lists of a document of records, in the order in which they can be registered: no record names one of a later
/// list.
enum RecordList: String, CaseIterable {
    case controllers, units, persons, relations, employments, authorities, capacities, cases, handovers, meetings
    case grants, consents, objections, restrictions, discussions, systems

    var kind: RecordKind {
        switch self {
        case .controllers: .controller
        case .units: .unit
        case .persons: .person
        case .relations: .relation
        case .employments: .employment
        case .authorities: .authority
        case .capacities: .capacity
        case .cases: .caseRecord
        case .handovers: .handover
        case .meetings: .meeting
        case .grants: .grant
        case .consents: .consent
        case .objections: .objection
        case .restrictions: .restriction
        case .discussions: .discussion
        case .systems: .system
        }
    }
}
