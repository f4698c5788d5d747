import Testing

@testable import PortvaktRPC

@Suite("The table of methods")
struct MethodTableTests {
    private func table(_ paths: [String]) -> MethodTable {
        MethodTable(paths.map { path in RPCMethod(path: path, kind: .unary) { _, _ in } })
    }

    private func find(_ path: String, _ table: MethodTable) -> Int? {
        Array(path.utf8).withUnsafeBytes { table.index(ofPath: $0) }
    }

    @Test("every method is found by its path, and nothing else is", arguments: [0, 1, 4, 5, 100, 1000])
    func found(_ count: Int) {
        let paths = (0..<count).map { "/a.B/M\($0)" }
        let table = table(paths)
        for (index, path) in paths.enumerated() { #expect(find(path, table) == index) }
        for path in ["", "/", "/a.B/", "/a.B/M", "/a.b/m0", "/a.B/M0/", "/a.B/M\(count)"] {
            #expect(find(path, table) == nil)
        }
    }

    @Test("of two methods with one path the last wins")
    func twice() {
        #expect(find("/a", table(["/a", "/b", "/a"])) == 2)
    }
}
