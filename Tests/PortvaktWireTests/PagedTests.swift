import PortvaktCore
import PortvaktWire
import Testing

@Suite("What a cursor goes on with")
struct PagedTests {
    @Test("is the same question, whichever page of it is wanted")
    func pages() throws {
        let page = PageRequest(size: 7, cursor: [1, 2])
        let first = ListGrantsRequest(caseID: try CaseID("sak"))
        #expect(ListGrantsRequest(caseID: try CaseID("sak"), page: page).asked == first)
        #expect(ListGrantsRequest(caseID: try CaseID("sak-2"), page: page).asked != first)
    }

    @Test("is the same question whoever reads, but of the entries of one controller")
    func readers() throws {
        func asked(_ actor: String, _ controller: String?, _ why: String) throws -> QueryRequest {
            let reader = StatedReader(
                actor: .employment(try EmploymentID(actor)), controller: try controller.map { try ControllerID($0) },
                why: why)
            return QueryRequest(emergenciesOnly: true, page: PageRequest(cursor: [1]), reader: reader).asked
        }
        #expect(try asked("ombud", "kommune-a", "klage") == (try asked("leder", "kommune-a", "")))
        #expect(try asked("ombud", "kommune-a", "klage") != (try asked("ombud", "kommune-b", "klage")))
        #expect(try asked("ombud", nil, "klage") == (try asked("leder", nil, "")))
        #expect(try asked("ombud", nil, "") != (try asked("ombud", "kommune-a", "")))
        #expect(try asked("ombud", nil, "").emergenciesOnly)
    }
}
