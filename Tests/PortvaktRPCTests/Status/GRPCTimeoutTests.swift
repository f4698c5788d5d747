import NIOCore
import Testing

@testable import PortvaktRPC

@Suite struct GRPCTimeoutTests {
    @Test(
        "Known values",
        arguments: [
            ("1H", 3_600_000_000_000), ("2M", 120_000_000_000), ("10S", 10_000_000_000), ("250m", 250_000_000),
            ("7u", 7_000),
            ("9n", 9), ("0n", 0), ("00000001S", 1_000_000_000), ("99999999n", 99_999_999), ("99999999H", Int64.max),
        ])
    func known(text: String, nanoseconds: Int64) {
        #expect(GRPCTimeout.parse(text.utf8) == .nanoseconds(nanoseconds))
    }

    @Test(
        "Malformed values",
        arguments: ["", "S", "1", "1s", "1h", "-1S", "1.5S", "+1S", " 1S", "1S ", "123456789n", "1SS", "0x1S"])
    func malformed(text: String) {
        #expect(GRPCTimeout.parse(text.utf8) == nil)
    }

    @Test(
        "A time is written in the finest unit that eight digits allow, rounded up",
        arguments: [
            (0, "0n"), (-5, "0n"), (1, "1n"), (99_999_999, "99999999n"), (100_000_000, "100000u"),
            (100_000_001, "100001u"),
            (10_000_000_000, "10000000u"), (99_999_999_001, "100000m"), (100_000_000_000, "100000m"),
            (3_600_000_000_000, "3600000m"), (Int64.max, "2562048H"),
        ] as [(Int64, String)])
    func written(nanoseconds: Int64, text: String) {
        #expect(GRPCTimeout.format(.nanoseconds(nanoseconds)) == text)
    }

    @Test("What is written is read as the same time or a little more, never less")
    func roundTrip() throws {
        var random = SeededGenerator()
        for _ in 0..<2_000 {
            let time = Int64.random(in: 0...(Int64.max >> Int64.random(in: 0...62, using: &random)), using: &random)
            let read = try #require(GRPCTimeout.parse(GRPCTimeout.format(.nanoseconds(time)).utf8), random.comment)
            #expect(read.nanoseconds >= time, random.comment)
            #expect(Double(read.nanoseconds) <= Double(time) * 1.001 + 1, random.comment)
        }
    }
}
