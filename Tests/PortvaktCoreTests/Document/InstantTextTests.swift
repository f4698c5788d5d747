import PortvaktCore
import Testing

@Suite("Instants and dates as text")
struct InstantTextTests {
    // Milliseconds from GNU date: `date -d 2026-11-21T10:00:00+01:00 +%s`.
    @Test(
        "are read as RFC 3339 writes them",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-21T10:00:00+01:00", 1_795_251_600_000),
            ("2026-11-21T09:00:00z", 1_795_251_600_000), ("2026-11-21t09:00:00.250Z", 1_795_251_600_250),
            ("2026-11-21T09:00:00.2500000Z", 1_795_251_600_250), ("1969-12-31T23:59:59.999Z", -1),
            ("2024-02-29T12:00:00-03:30", 1_709_220_600_000), ("0001-01-01T00:00:00Z", -62_135_596_800_000),
        ] as [(String, Int64)])
    func read(_ text: String, _ milliseconds: Int64) {
        #expect(Instant(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(
        "are refused when they are anything else",
        arguments: [
            "", "2026-11-21", "2026-11-21 10:00:00Z", "2026-11-21T10:00Z", "2026-11-21T10:00:00",
            "2026-02-29T10:00:00Z",
            "2026-13-01T10:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T23:60:00Z", "2026-12-31T23:59:60Z",
            "2026-11-21T10:00:00.Z", "2026-11-21T10:00:00.2505Z", "2026-11-21T10:00:00+1:00",
            "2026-11-21T10:00:00+01:00 ",
            "2026-11-21T10:00:00+24:00", "0000-11-21T10:00:00Z", "2026-1-21T10:00:00Z", "２026-11-21T10:00:00Z",
            "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
        ])
    func refused(_ text: String) { #expect(Instant(rfc3339: text) == nil) }

    @Test(
        "are written as they are read",
        arguments: [0, 1, -1, 1_795_251_600_000, 1_795_251_600_250, -62_135_596_800_000])
    func roundTrip(_ milliseconds: Int64) {
        let instant = Instant(milliseconds: milliseconds)
        #expect(Instant(rfc3339: instant.rfc3339) == instant)
    }

    @Test("without a stated end are words")
    func ends() {
        #expect(Instant.distantPast.rfc3339 == "always")
        #expect(Instant.distantFuture.rfc3339 == "never")
    }

    @Test("as dates are read strictly", arguments: [("2024-02-29", true), ("2026-02-29", false), ("2026-2-01", false)])
    func dates(_ text: String, _ exists: Bool) { #expect((CivilDate(text) != nil) == exists) }
}
