import PortvaktCore
import PortvaktWire
import Testing

@testable import PortvaktServer

private func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

/// A list over cases that are made up, each with items of its own.
@Suite("A walk over cases, a page at a time")
struct CaseWalkTests {
    /// - Parameter foreign: cases of another controller.
    private func walk(_ names: [String], foreign: [String] = []) throws -> CaseWalk {
        var state = Snapshot.empty
        var records: [Record] = [
            .controller(Controller(id: id("ka"))), .controller(Controller(id: id("kb"))),
            .person(Person(id: id("barn"), born: nil)),
        ]
        records += names.map { .caseRecord(Case(id: id($0), subject: id("barn"), controller: id("ka"))) }
        records += foreign.map { .caseRecord(Case(id: id($0), subject: id("barn"), controller: id("kb"))) }
        for record in records {
            try state.apply(
                Change(event: .registered(record), registeredAt: .distantPast, system: id("x"), controller: id("ka")))
        }
        return CaseWalk(state: state, controllers: [id("ka")])
    }

    private func items(_ count: Int) -> (CaseID) -> [String] {
        { caseID in (0..<count).map { "\(caseID)/\($0)" } }
    }

    /// Every page, from the first to the last.
    private func all(
        _ walk: CaseWalk, of source: CaseWalk.Source, size: Int, _ items: (CaseID) -> [String]
    ) throws -> [String] {
        var found: [String] = []
        var cursor: [UInt8] = []
        for _ in 0..<10_000 {
            let (some, page) = try walk.page(of: source, PageRequest(size: size, cursor: cursor), items: items)
            #expect(some.count <= size)
            #expect(page.complete == page.nextCursor.isEmpty)
            found += some
            cursor = page.nextCursor
            if page.complete { return found }
        }
        Issue.record("the list does not end")
        return found
    }

    @Test("gives each item once whatever the size of the page, past cases that have none", arguments: 1...8)
    func sizes(_ size: Int) throws {
        let counts = ["a": 3, "b": 0, "c": 1, "d": 2, "e": 0]
        let walk = try walk(counts.keys.sorted(), foreign: ["aa", "f"])
        func items(_ caseID: CaseID) -> [String] { self.items(counts[caseID.text] ?? 9)(caseID) }
        let whole = ["a/0", "a/1", "a/2", "c/0", "d/0", "d/1"]
        #expect(try all(walk, of: .all, size: size, items) == whole)
        #expect(try all(walk, of: .these(counts.keys.map { id($0) }), size: size, items) == whole)
        // A case that is named twice is one.
        #expect(
            try all(walk, of: .these([id("d"), id("a"), id("d")]), size: size, items)
                == whole.filter { $0.first != "c" })
    }

    @Test("looks at so many cases for a page, also when they have nothing, and goes on after the last of them")
    func many() throws {
        let most = CaseWalk.casesPerPage
        for count in [most, most + 1] {
            let names = (0..<count).map { "sak-\($0 + 10_000)" }
            let walk = try walk(names)
            for source in [CaseWalk.Source.all, .these(names.map { id($0) })] {
                var looked = 0
                let first = try walk.page(of: source, PageRequest(size: 1)) { caseID -> [String] in
                    looked += 1
                    return caseID.text == names[count - 1] ? ["last"] : []
                }
                #expect(looked == most)
                #expect(first.page.complete == (count == most) && first.items == (count == most ? ["last"] : []))
                let found = try all(walk, of: source, size: 1) { $0.text == names[count - 1] ? ["last"] : [] }
                #expect(found == ["last"])
            }
        }
    }

    @Test("A cursor begins in no other controller's case, and one that names nothing sensible is refused")
    func cursors() throws {
        let walk = try walk(["a", "c"], foreign: ["b"])
        let foreign = CaseCursor(id("b"), given: 1).bytes
        let found = try walk.page(of: .all, PageRequest(size: 9, cursor: foreign), items: items(2))
        #expect(found.items == ["c/0", "c/1"] && found.page.complete)
        // Fewer items than had been given: they have gone since.
        let gone = CaseCursor(id("a"), given: 7).bytes
        #expect(try walk.page(of: .all, PageRequest(size: 9, cursor: gone), items: items(2)).items == ["c/0", "c/1"])
        for text in ["a", "a -1", "a 1 1", "a x", " 1", "a ", "a 99999999999999999999"] {
            #expect(throws: Failures.badCursor, "\(text)") {
                try walk.page(of: .all, PageRequest(size: 9, cursor: Array(text.utf8)), items: items(2))
            }
        }
    }
}
