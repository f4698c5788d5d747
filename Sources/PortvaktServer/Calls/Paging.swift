internal import PortvaktCore
internal import PortvaktWire

/// The cursor of a list in the order of ids: the last id of the page before.
enum Paging {
    /// - Throws: when the cursor is none that this service gave.
    static func cursor(_ page: PageRequest) throws(WireError) -> Identifier? {
        guard !page.cursor.isEmpty else { return nil }
        guard let text = String(validating: page.cursor, as: UTF8.self), let id = try? Identifier(text) else {
            throw WireError(.badCursor, field: "page.cursor")
        }
        return id
    }

    static func page(_ found: PortvaktCore.Page<Identifier>, in state: Snapshot) -> PortvaktWire.Page {
        page(last: found.items.last, isComplete: found.isComplete, in: state)
    }

    private static func page(last: Identifier?, isComplete: Bool, in state: Snapshot) -> PortvaktWire.Page {
        PortvaktWire.Page(
            nextCursor: isComplete ? [] : last.map { Array($0.text.utf8) } ?? [], complete: isComplete,
            revision: state.revision)
    }

    /// A page of a short list that is in memory as a whole, in the order of ids.
    static func page<Item>(
        _ all: [Item], _ request: PageRequest, in state: Snapshot, id: (Item) -> Identifier
    ) throws(WireError) -> (items: [Item], page: PortvaktWire.Page) {
        let cursor = try cursor(request)
        let later = all.filter { item in cursor.map { id(item) > $0 } ?? true }.ordered { id($0) < id($1) }
        let items = Array(later.prefix(request.size))
        return (items, page(last: items.last.map(id), isComplete: later.count <= request.size, in: state))
    }
}
