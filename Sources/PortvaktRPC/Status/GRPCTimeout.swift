public import NIOCore

/// The value of `grpc-timeout` (grpc/doc/PROTOCOL-HTTP2.md): at most eight digits and a unit.
public enum GRPCTimeout {
    /// The longest value, in digits.
    static let maxDigits = 8

    /// The time, or nil when the value is malformed. A time beyond what 64 bits of nanoseconds hold (292 years) is that.
    public static func parse(_ value: some BidirectionalCollection<UInt8>) -> TimeAmount? {
        guard let unit = value.last, (2...maxDigits + 1).contains(value.count) else {
            return nil
        }
        var number: Int64 = 0
        for digit in value.dropLast() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        guard let nanoseconds = nanoseconds(of: unit) else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: nanoseconds)
        return .nanoseconds(overflow ? .max : product)
    }

    /// The value for a time, in the finest unit that eight digits allow, rounded up. Negative times are zero.
    public static func format(_ time: TimeAmount) -> String {
        let nanoseconds = max(0, time.nanoseconds)
        for (unit, size) in units {
            let count = nanoseconds / size + (nanoseconds % size == 0 ? 0 : 1)
            if count < 100_000_000 { return "\(count)\(unit)" }
        }
        return "99999999H"
    }

    private static let units: [(Character, Int64)] = [
        ("n", 1), ("u", 1_000), ("m", 1_000_000), ("S", 1_000_000_000), ("M", 60_000_000_000), ("H", 3_600_000_000_000),
    ]

    private static func nanoseconds(of unit: UInt8) -> Int64? {
        switch unit {
        case UInt8(ascii: "n"): 1
        case UInt8(ascii: "u"): 1_000
        case UInt8(ascii: "m"): 1_000_000
        case UInt8(ascii: "S"): 1_000_000_000
        case UInt8(ascii: "M"): 60_000_000_000
        case UInt8(ascii: "H"): 3_600_000_000_000
        default: nil
        }
    }
}
