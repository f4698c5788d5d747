import Foundation
import PortvaktCore
import PortvaktWire
import Testing

@testable import portvakt

@Suite("What arguments are read as")
struct ArgumentTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(
        "A date is the beginning of that day in Oslo, an instant is itself",
        arguments: [
            ("2026-07-01", "2026-06-30T22:00:00Z"), ("2026-12-01", "2026-11-30T23:00:00Z"),
            ("2026-03-29", "2026-03-28T23:00:00Z"), ("2026-03-30", "2026-03-29T22:00:00Z"),
            ("2026-11-21T10:00:00+01:00", "2026-11-21T09:00:00Z"),
            ("2026-11-21T10:00:00.001Z", "2026-11-21T10:00:00.001Z"),
        ])
    func instants(_ text: String, _ instant: String) throws {
        #expect(try ArgumentText.instant(text, "--from") == Instant(rfc3339: instant))
    }

    @Test(
        "What is no instant is an error that names the flag and not the value",
        arguments: ["2026-02-30", "2026-13-01", "yesterday", "", "25:61", "2026-11-22 10:00", "20261121"])
    func noInstant(_ text: String) {
        let failure = #expect(throws: Failure.self) { try ArgumentText.instant(text, "--from") }
        #expect(failure?.status == .usage && failure?.description.hasPrefix("--from is a date") == true)
        #expect(text.isEmpty || failure?.description.contains(text) == false)
    }

    @Test("Who acts and what is acted on are of the kind that is written")
    func kinds() throws {
        #expect(try ArgumentText.actor("employment:a", "--actor") == .employment(EmploymentID("a")))
        #expect(try ArgumentText.actor("person:a", "--actor") == .person(PersonID("a")))
        #expect(try ArgumentText.actor("proxy:a", "--actor") == .proxy(GrantID("a")))
        #expect(try ArgumentText.object("case:a", "--object") == .caseID(CaseID("a")))
        #expect(try ArgumentText.object("meeting:a", "--object") == .meeting(MeetingID("a")))
        #expect(try ArgumentText.object("person:a", "--object") == .person(PersonID("a")))
        #expect(try ArgumentText.object("controller:a:b", "--object") == .controller(ControllerID("a:b")))
        for wrong in ["a", "unit:a", "person:", ":a", "Person:a"] {
            #expect(throws: Failure.self) { try ArgumentText.actor(wrong, "--actor") }
        }
    }

    @Test("A key is at most as deep as a file may be")
    func deepKey() throws {
        func key(_ depth: Int) -> String { Array(repeating: "a", count: depth).joined(separator: ".") + "=1" }
        _ = try arguments([key(64)]).document()
        let failure = #expect(throws: Failure.self) {
            try arguments(["b=1", key(65)]).document()
        }
        #expect(failure?.status == .usage && failure?.description == "argument 2 is more than 64 keys deep")
    }

    @Test("Each flag of simulate is the change that it says, and may be repeated")
    func simulated() throws {
        var command = SimulateCommand()
        (command.withdraw, command.revoke, command.invalidate) = (["a", "b"], ["c"], ["d"])
        (command.endGrant, command.endAuthority, command.endEmployment) = (["e"], ["f"], ["g"])
        command.closeLog = ["h"]
        #expect(
            try command.proposals() == [
                .withdrawConsent(ConsentID("a")), .withdrawConsent(ConsentID("b")), .revokeConsent(ConsentID("c")),
                .invalidateConsent(ConsentID("d")), .revokeGrant(GrantID("e")), .endAuthority(AuthorityID("f")),
                .endEmployment(EmploymentID("g")), .closeLog(CaseID("h")),
            ])
    }

    private func arguments(_ fields: [String], file: String? = nil) -> FieldArguments {
        var arguments = FieldArguments()
        (arguments.fields, arguments.file) = (fields, file)
        return arguments
    }

    @Test("Arguments go before the file's keys, and a key is given once")
    func fields() throws {
        let path = scratch.path("q.yaml")
        try Data("{action: log.write, purpose: moter, on: {case: a, meeting: m}}".utf8).write(
            to: scratch.file("q.yaml"))
        let document = try arguments(["action=log.read", "on.case=b"], file: path).document()
        #expect(document["action"]?.content == .text("log.read") && document["purpose"]?.content == .text("moter"))
        #expect(document["on"]?["case"]?.content == .text("b"))
        for twice in [
            ["a=1", "a=2"], ["a.b=1", "a.b=2"], ["a=1", "a.b=2"], ["a.b=1", "a=2"], ["a..b=1"], ["=1"], ["a"],
        ] {
            let failure = #expect(throws: Failure.self, "\(twice)") { try arguments(twice).document() }
            #expect(failure?.status == .usage, "\(twice)")
        }
    }

    @Test("A record that something has become of stands as it stands now")
    func folded() throws {
        func consent(_ more: String...) throws -> Consent? {
            let fields = arguments(["id=s", "case=sak", "given_by.person=mor", "capacity=foreldreansvar"] + more)
            guard case .consent(let consent) = try RecordArguments.record(kind: "consent", fields).folded else {
                return nil
            }
            return consent
        }
        let when = Instant(rfc3339: "2026-05-01T10:00:00Z")
        let withdrawn = try consent("withdrawn_at=2026-05-01T10:00:00Z")
        #expect(withdrawn?.state == .withdrawn && withdrawn?.withdrawnAt == when)
        let revoked = try consent("revoked_at=2026-05-01T10:00:00Z")
        #expect(revoked?.state == .revoked && revoked?.withdrawnAt == when)
        let spent = try consent("once=true", "spent_at=2026-05-01T10:00:00Z")
        #expect(spent?.state == .given && spent?.spentAt == when)
        let fields = arguments(["id=g", "case=sak", "to.unit=ppt", "revoked_at=2026-05-01T10:00:00Z"])
        guard case .grant(let grant) = try RecordArguments.record(kind: "grant", fields).folded else {
            Issue.record("no grant")
            return
        }
        #expect(grant.revokedAt == when)
    }

    /// A list of so many numbers, in pages as a service gives them.
    private func gathered(_ limit: Int, of count: Int) async throws -> (list: Gathered<Int>, sizes: [Int]) {
        var sizes: [Int] = []
        var options = PageOptions()
        options.limit = limit
        let list = try await options.gather { request in
            sizes.append(request.size)
            let start = request.cursor.reduce(0) { $0 << 8 | Int($1) }
            let end = min(start + request.size, count)
            let isComplete = end == count
            let cursor = isComplete ? [] : [UInt8(end >> 16 & 255), UInt8(end >> 8 & 255), UInt8(end & 255)]
            return (Array(start..<end), Page(nextCursor: cursor, complete: isComplete, revision: Revision(1)))
        }
        return (list, sizes)
    }

    @Test("Pages are gathered up to the limit and no further, and a list that is cut off is not called complete")
    func pages() async throws {
        let page = WireLimits.pageItems
        for (limit, count, sizes) in [
            (10, 5, [10]), (10, 10, [10]), (10, 11, [10]), (page + 1, page + 1, [page, 1]),
            (2 * page + 7, 5 * page, [page, page, 7]), (5 * page, 2 * page, [page, page]),
        ] {
            let (list, asked) = try await gathered(limit, of: count)
            #expect(list.items == Array(0..<min(limit, count)), "\(limit) of \(count)")
            #expect(list.isComplete == (count <= limit), "\(limit) of \(count)")
            #expect(list.next.isEmpty == list.isComplete && asked == sizes, "\(asked)")
            #expect(list.boundary.contains("there is more") == (count > limit))
        }
        for (wrong, right) in [(0, 1), (1_000_001, 1_000_000)] {
            var options = PageOptions()
            options.limit = right
            #expect(throws: Never.self) { try options.validate() }
            options.limit = wrong
            #expect(throws: (any Error).self) { try options.validate() }
        }
    }
}
