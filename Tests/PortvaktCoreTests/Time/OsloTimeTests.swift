import Testing

@testable import PortvaktCore

@Suite("Time in Oslo", .timeLimit(.minutes(10)))
struct OsloTimeTests {
    /// Changes of the clocks and the hours ahead of UTC after each, as the tz database has them for Europe/Oslo.
    static let changes: [(String, Int64)] = [
        ("1996-03-31T01:00:00Z", 2),
        ("1996-10-27T01:00:00Z", 1),
        ("2000-03-26T01:00:00Z", 2),
        ("2000-10-29T01:00:00Z", 1),
        ("2021-03-28T01:00:00Z", 2),
        ("2021-10-31T01:00:00Z", 1),
        ("2024-03-31T01:00:00Z", 2),
        ("2024-10-27T01:00:00Z", 1),
        ("2025-03-30T01:00:00Z", 2),
        ("2025-10-26T01:00:00Z", 1),
        ("2026-03-29T01:00:00Z", 2),
        ("2026-10-25T01:00:00Z", 1),
        ("2027-03-28T01:00:00Z", 2),
        ("2027-10-31T01:00:00Z", 1),
        ("2028-03-26T01:00:00Z", 2),
        ("2028-10-29T01:00:00Z", 1),
        ("2032-03-28T01:00:00Z", 2),
        ("2032-10-31T01:00:00Z", 1),
        ("2037-03-29T01:00:00Z", 2),
        ("2037-10-25T01:00:00Z", 1),
    ]

    @Test("the clocks change when the tz database says", arguments: changes)
    func clocks(_ text: String, _ hours: Int64) {
        let change = instant(text)
        let hour: Int64 = 3_600_000
        #expect(OsloTime.offset(at: change) == hours * hour)
        #expect(OsloTime.offset(at: change.advanced(byMilliseconds: -1)) == (3 - hours) * hour)
    }

    @Test("today's parts are the local date's, and it ends no earlier than it says and within two hours of that")
    func today() {
        let hour: Int64 = 3_600_000
        var at = instant("2025-12-30T22:30:00Z")
        for _ in 0..<24 * 400 {
            let today = OsloTime.Today(at)
            let date = OsloTime.date(at: at)
            let parts = date.components
            #expect((today.year, today.month, today.day) == (parts.year, parts.month, parts.day))
            let end = OsloTime.startOfDay(CivilDate(daysSinceEpoch: date.daysSinceEpoch + 1))
            #expect(today.earliestEnd <= end)
            #expect(end <= today.earliestEnd.advanced(byMilliseconds: 2 * hour))
            at = at.advanced(byMilliseconds: hour)
        }
    }
}
