internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// Lists what many cases give, case by case in the order of ids, a page at a time.
///
/// The cursor is the case with how many of its items have been given; with none, the case is done. A page ends when it is
/// full, or when so many cases have been looked at that the rest must wait for the next call.
struct CaseWalk {
    /// Cases that are looked at for one page: a few hundred milliseconds.
    static let casesPerPage = 2000

    /// Which cases are looked at.
    enum Source {
        case these([CaseID])
        /// Every one that the caller may see.
        case all
    }

    let state: Snapshot
    /// Whose cases the caller may see.
    let controllers: Set<ControllerID>

    func reaches(_ caseID: CaseID) -> Bool {
        state.caseFile(caseID).map { controllers.contains($0.caseRecord.record.controller) } ?? false
    }

    /// - Throws: for a cursor that this service did not give.
    func page<Item>(
        of source: Source, _ request: PageRequest, items: (CaseID) -> [Item]
    ) throws(RPCStatus) -> (items: [Item], page: PortvaktWire.Page) {
        let start = try CaseCursor(request.cursor)
        let cases = cases(of: source, from: start)
        var found: [Item] = []
        var done = start?.caseID
        for caseID in cases.items {
            let skipped = caseID == start?.caseID ? start?.given ?? 0 : 0
            for (place, item) in items(caseID).enumerated().dropFirst(skipped) {
                guard found.count < request.size else {
                    let cursor = place == 0 ? done.map { CaseCursor($0, given: 0) } : CaseCursor(caseID, given: place)
                    return (found, page(after: cursor))
                }
                found.append(item)
            }
            done = caseID
        }
        return (found, page(after: cases.isComplete ? nil : done.map { CaseCursor($0, given: 0) }))
    }

    private func page(after cursor: CaseCursor?) -> PortvaktWire.Page {
        PortvaktWire.Page(nextCursor: cursor?.bytes ?? [], complete: cursor == nil, revision: state.revision)
    }

    private func cases(of source: Source, from start: CaseCursor?) -> (items: [CaseID], isComplete: Bool) {
        let isUnfinished = (start?.given ?? 0) > 0
        switch source {
        case .these(let cases):
            let left = Set(cases).filter { id in
                guard let start else { return true }
                return id > start.caseID || (isUnfinished && id == start.caseID)
            }.ordered()
            return (
                items: Array(left.prefix(Self.casesPerPage)), isComplete: left.count <= Self.casesPerPage
            )
        case .all:
            let found = state.recordIDs(
                .caseRecord, after: start?.caseID.identifier, limit: Self.casesPerPage
            ) { reaches(CaseID($0)) }
            let first = isUnfinished ? start.map { [$0.caseID] } ?? [] : []
            return (
                items: first.filter(reaches) + found.items.map { CaseID($0) }, isComplete: found.isComplete
            )
        }
    }
}

/// Where a walk goes on.
struct CaseCursor: Equatable {
    let caseID: CaseID
    /// How many of its items have been given; 0: all of them.
    let given: Int

    init(_ caseID: CaseID, given: Int) {
        self.caseID = caseID
        self.given = given
    }

    /// - Returns: `nil` for the first page.
    /// - Throws: when they are no cursor.
    init?(_ bytes: [UInt8]) throws(RPCStatus) {
        guard !bytes.isEmpty else { return nil }
        let parts = String(validating: bytes, as: UTF8.self)?.split(separator: " ", omittingEmptySubsequences: false)
        guard let parts, parts.count == 2, let id = try? CaseID(String(parts[0])), let given = Int(parts[1]),
            given >= 0
        else { throw Failures.badCursor }
        self.init(id, given: given)
    }

    var bytes: [UInt8] { Array("\(caseID) \(given)".utf8) }
}
