import Foundation
import Testing

@Suite("portvakt who, what, simulate, due", .timeLimit(.minutes(10)))
struct ForesightCommandTests {
    /// A child of nine or ten whatever the year is, with an adviser whose employment ends soon.
    static var town: String {
        let year = Calendar(identifier: .gregorian).component(.year, from: Date())
        let soon = Date(timeIntervalSinceNow: 25 * 86_400).formatted(.iso8601.year().month().day())
        return """
            format: portvakt-records/1
            records:
              controllers: [{id: kommune-a}]
              units: [{id: skole, service: skole, controller: kommune-a}, {id: ppt, service: ppt, controller: kommune-a}]
              persons: [{id: barn, born: \(year - 10)-06-15}, {id: mor, born: 1986-04-17}, {id: far, born: 1984-09-02}]
              authorities: [{id: fa-mor, holder: mor, over: barn}, {id: fa-far, holder: far, over: barn}]
              employments: [{id: larer, unit: skole}, {id: radgiver, unit: ppt, until: \(soon)}]
              cases: [{id: sak, subject: barn, controller: kommune-a, level: 2, log: open, holder: larer}]
              grants: [{id: deltar, case: sak, to: radgiver, granted_by: larer}]
              consents:
                - {id: s-mor, case: sak, given_by: mor, capacity: foreldreansvar, to: {services: [skole, ppt]}}
                - {id: s-far, case: sak, given_by: far, capacity: foreldreansvar, to: {services: [skole, ppt]}}
            """
    }

    /// The town, in a store of its own.
    static func service() async throws -> TestingDaemon {
        let service = try await TestingDaemon()
        try Data(town.utf8).write(to: service.scratch.file("town.yaml"))
        let added = try await service.run(
            "import '\(service.scratch.path("town.yaml"))' --controller kommune-a", as: "journal")
        try #require(added.status == 0, "\(added.error)")
        return service
    }

    static func json(_ service: TestingDaemon, _ arguments: String) async throws -> [String: Any] {
        let result = try await service.run(arguments + " --json", as: "journal")
        let value = try? JSONSerialization.jsonObject(with: Data(result.output.utf8))
        return try #require(value as? [String: Any], "\(arguments): \(result.output) \(result.error)")
    }

    static func accesses(_ service: TestingDaemon, _ arguments: String) async throws -> Set<String> {
        let value = try await json(service, arguments)
        #expect(value["complete"] as? Bool == true)
        let accesses = try #require(value["accesses"] as? [[String: Any]])
        return Set(accesses.map(line))
    }

    static func line(_ access: [String: Any]) -> String {
        ["actor", "action", "object", "basis"].compactMap { access[$0] as? String }.joined(separator: " ")
    }

    @Test("who and what say the same of every actor, and check says so too")
    func agree() async throws {
        let service = try await Self.service()
        let who = try await Self.accesses(service, "who --case sak")
        #expect(who.contains("person:mor log.read case:sak allow.parent"))
        #expect(who.contains("employment:larer log.write case:sak allow.holder"))
        #expect(who.contains("employment:radgiver log.read case:sak allow.consent"))
        for actor in ["employment:larer", "employment:radgiver", "person:barn", "person:mor", "person:far"] {
            let what = try await Self.accesses(service, "what --actor \(actor)")
            #expect(what == who.filter { $0.hasPrefix(actor + " ") })
            for action in ["log.read", "log.write", "log.close"] {
                let asked = actor.replacingOccurrences(of: ":", with: "=")
                let check = try await service.run("check actor.\(asked) action=\(action) on.case=sak", as: "journal")
                #expect((check.status == 0) == what.contains { $0.contains(" \(action) ") }, "\(actor) \(action)")
            }
        }
        let people = try await service.run("who --case sak", as: "journal")
        #expect(people.output.hasSuffix("\(who.count) in all\n"))
        let page = try await service.run("who --case sak --limit 3", as: "journal")
        #expect(page.output.hasSuffix("3 shown, there is more: raise --limit\n"))
    }

    @Test("simulate shows exactly what a withdrawal closes, and changes nothing")
    func simulate() async throws {
        let service = try await Self.service()
        let before = try await Self.accesses(service, "who --case sak")
        let value = try await Self.json(service, "simulate --withdraw s-far")
        let changes = try #require(value["changes"] as? [[String: Any]])
        #expect(changes.allSatisfy { $0["change"] as? String == "disappears" })
        let foreseen = Set(changes.compactMap { $0["access"] as? [String: Any] }.map(Self.line))
        #expect(foreseen.contains("employment:radgiver log.read case:sak allow.consent"))
        #expect(try await Self.accesses(service, "who --case sak") == before)
        let done = try await service.run("consent withdraw s-far --controller kommune-a", as: "journal")
        #expect(done.status == 0, "\(done.error)")
        let after = try await Self.accesses(service, "who --case sak")
        #expect(before.subtracting(after) == foreseen && after.subtracting(before).isEmpty)
    }

    @Test("simulate shows what closing the log and a birthday would do; nonsense is refused")
    func otherChanges() async throws {
        let service = try await Self.service()
        let closed = try await service.run("simulate --close-log sak", as: "journal")
        #expect(closed.output.contains("deny.log_closed"), "\(closed.output) \(closed.error)")
        let turned = try await service.run("simulate --turns barn=18", as: "journal")
        let lost = turned.output.split(separator: "\n").filter { $0.hasPrefix("-") }
        #expect(lost.contains { $0.contains("person:mor") && $0.contains("log.read") }, "\(turned.output)")
        let unknown = try await service.run("simulate --withdraw no-such", as: "journal")
        #expect(unknown.status == 1 && unknown.error.contains("no such thing"))
        let nothing = try await service.run("simulate", as: "journal")
        #expect(nothing.status == 64)
        let foreign = try await service.run("who --case no-such", as: "journal")
        #expect(foreign.status == 1 && foreign.error.contains("no such thing"))
    }

    @Test("simulate looks at the time, the cases and the ends that are named")
    func named() async throws {
        let service = try await Self.service()
        func lines(_ flags: String) async throws -> [String] {
            let ran = try await service.run("simulate \(flags)", as: "journal")
            #expect(ran.status == 0, "\(flags): \(ran.error)")
            return ran.output.split(separator: "\n").filter { $0.hasPrefix("-") || $0.hasPrefix("+") }.map(String.init)
        }
        let grown = try await lines("--then 2037-01-01")
        #expect(grown.contains { $0.hasPrefix("-") && $0.contains("person:mor") }, "\(grown)")
        #expect(grown.contains { $0.hasPrefix("+") && $0.contains("person:barn") }, "\(grown)")
        for flag in ["--end-employment radgiver", "--end-grant deltar"] {
            let gone = try await lines(flag)
            #expect(!gone.isEmpty && gone.allSatisfy { $0.hasPrefix("-  employment:radgiver") }, "\(flag): \(gone)")
        }
        #expect(try await lines("--revoke s-far").contains { $0.contains("employment:radgiver") })
        let foreign = try await service.run("simulate --withdraw s-far --case no-such", as: "journal")
        #expect(foreign.status == 1, "\(foreign.output)")
        let reason = try await Self.json(service, "simulate --revoke s-far")
        let lost = (reason["changes"] as? [[String: Any]] ?? []).compactMap { $0["lost_by"] as? String }
        let withdrawn = try await Self.json(service, "simulate --withdraw s-far")
        let other = (withdrawn["changes"] as? [[String: Any]] ?? []).compactMap { $0["lost_by"] as? String }
        #expect(!lost.isEmpty && lost.count == other.count, "\(lost) \(other)")
        let near = try await service.run("due --within 1d", as: "journal")
        #expect(near.status == 0 && !near.output.contains("turns 18"), "\(near.output)")
        #expect(try await service.run("due --within 9d --case no-such", as: "journal").status == 1)
        let who = try await service.run("who --case sak", as: "journal")
        #expect(who.output.contains("Looked at: ") && who.output.contains("Not listed: other actions"), "\(who.output)")
    }

    @Test("An access that stands for another purpose afterwards is told with both, so that the two lines differ")
    func purposes() async throws {
        let service = try await Self.service()
        for parent in ["mor", "far"] {
            let given = try await service.run(
                "consent give id=o-\(parent) case=sak given_by.person=\(parent) capacity=foreldreansvar 'to.services=[skole,ppt]' "
                    + "'purposes=[overgang]' --controller kommune-a", as: "journal")
            try #require(given.status == 0, "\(given.error)")
        }
        let simulated = try await service.run("simulate --withdraw s-far", as: "journal")
        let rows = simulated.lines.filter { $0.contains("employment:radgiver") }.map {
            $0.split(separator: " ").prefix(5).joined(separator: " ")
        }
        #expect(
            rows.sorted() == [
                "+ employment:radgiver log.read case:sak overgang",
                "- employment:radgiver log.read case:sak samordning",
            ], "\(simulated.output)")
        #expect(simulated.lines.first?.split(separator: " ").contains("purpose") == true, "\(simulated.output)")
    }

    @Test("due and access-review look as far ahead as is said, and no further")
    func ahead() async throws {
        let service = try await Self.service()
        // The adviser's employment ends in about 25 days.
        for (days, isEnding) in [(20, false), (30, true)] {
            for within in ["\(days)d", "\(days)"] {
                let due = try await service.run("due --within \(within)", as: "journal")
                #expect(due.status == 0 && due.output.contains("employment radgiver ends") == isEnding, "\(due.output)")
            }
            let review = try await service.run("audit access-review --case sak --days \(days)", as: "journal")
            #expect(review.status == 0, "\(review.error)")
            #expect(review.output.contains("employment radgiver ends") == isEnding, "\(review.output)")
            #expect(review.output.contains("Nothing ends within the time.") == !isEnding, "\(review.output)")
            let json = try await Self.json(service, "audit access-review --case sak --days \(days)")
            let ids = (json["endings"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
            #expect(ids.contains("radgiver") == isEnding, "\(ids)")
        }
        // Without a flag: sixty days, and a year.
        #expect(try await service.run("due", as: "journal").output.contains("employment radgiver ends"))
        let year = try await service.run("audit access-review --case sak", as: "journal")
        #expect(year.output.contains("employment radgiver ends"), "\(year.output)")
        for wrong in ["due --within 0d", "due --within 3661d", "audit access-review --case sak --days 3661"] {
            #expect(try await service.run(wrong, as: "journal").status == 64, "\(wrong)")
        }
    }

    @Test("due lists ends, birthdays and accesses that break")
    func due() async throws {
        let service = try await Self.service()
        let result = try await service.run("due --within 3660d", as: "journal")
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.contains("employment radgiver ends"), "\(result.output)")
        #expect(result.output.contains("employment:radgiver loses log.read on case:sak"), "\(result.output)")
        #expect(result.output.contains("person barn turns 18"), "\(result.output)")
        #expect(result.output.contains("person:mor loses log.read on case:sak"), "\(result.output)")
        let wrong = try await service.run("due --within 60y", as: "journal")
        #expect(wrong.status == 64 && wrong.error.contains("--within"))
    }
}
