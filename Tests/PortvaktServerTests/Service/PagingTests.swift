import PortvaktCore
import PortvaktWire
import Testing

@testable import PortvaktServer

@Suite("Pages of a short list")
struct PagingTests {
    private func page(_ names: [String], _ size: Int, after cursor: String = "") throws -> (
        items: [String], page: PortvaktWire.Page
    ) {
        try Paging.page(names, PageRequest(size: size, cursor: Array(cursor.utf8)), in: .empty) { TestTown.id($0) }
    }

    @Test("give each item once, in the order of ids, whatever the size", arguments: 1...5)
    func sizes(_ size: Int) async throws {
        let names = ["d", "a", "c", "b"]
        let found = try await pages { cursor in
            let (items, page) = try page(names, size, after: String(decoding: cursor, as: UTF8.self))
            return (items, page)
        }
        #expect(found == chunks(names.sorted(), of: size))
    }

    @Test("go on after an id that has gone since, and refuse a cursor that is no id")
    func cursors() throws {
        #expect(try page(["a", "c"], 1, after: "b").items == ["c"])
        #expect(try page(["a", "c"], 1, after: "c").page.complete)
        #expect(throws: WireError(.badCursor, field: "page.cursor")) { try page(["a"], 1, after: "a b") }
        #expect(throws: WireError(.badCursor, field: "page.cursor")) {
            try Paging.cursor(PageRequest(size: 1, cursor: [0xFF]))
        }
    }
}
