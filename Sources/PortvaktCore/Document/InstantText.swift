// Dates and instants as text. The core has no formatter to borrow.

extension CivilDate {
    /// Reads `YYYY-MM-DD`; `nil` for anything else, and for a date that does not exist.
    public init?(_ text: String) {
        var scanner = DigitScanner(text)
        guard let date = scanner.date(), scanner.isAtEnd else { return nil }
        self = date
    }
}

extension Instant {
    /// Reads `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)` (RFC 3339 section 5.6).
    ///
    /// `nil` for anything else, for a leap second, and for a fraction finer than a millisecond: an instant here is whole
    /// milliseconds and nothing is rounded.
    public init?(rfc3339 text: String) {
        var scanner = DigitScanner(text)
        guard let date = scanner.date(), scanner.skip("T") || scanner.skip("t"),
            let hour = scanner.number(digits: 2, in: 0...23), scanner.skip(":"),
            let minute = scanner.number(digits: 2, in: 0...59), scanner.skip(":"),
            let second = scanner.number(digits: 2, in: 0...59), let fraction = scanner.fraction(),
            let offset = scanner.offset(), scanner.isAtEnd
        else { return nil }
        let seconds = Int64(date.daysSinceEpoch) * 86_400 + Int64(hour * 3600 + minute * 60 + second) - offset
        // An offset can lead out of the years that are written.
        guard Self.writtenSeconds.contains(seconds) else { return nil }
        self.init(milliseconds: seconds * 1000 + fraction)
    }

    /// Of the years 1 to 9999, since 1970.
    private static let writtenSeconds: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// `YYYY-MM-DDThh:mm:ssZ`, with three digits of a second's fraction when it has one. The ends of time are `always`
    /// and `never`, as "valid from" and "valid until" would read.
    public var rfc3339: String {
        if self == .distantPast { return "always" }
        if self == .distantFuture { return "never" }
        let day: Int64 = 86_400_000
        let days = milliseconds >= 0 ? milliseconds / day : (milliseconds - day + 1) / day
        let rest = Int(milliseconds - days * day)
        let time = "\(pad(rest / 3_600_000, 2)):\(pad(rest / 60_000 % 60, 2)):\(pad(rest / 1000 % 60, 2))"
        let fraction = rest % 1000 == 0 ? "" : ".\(pad(rest % 1000, 3))"
        let date = CivilDate(daysSinceEpoch: Int32(clamping: days))
        return "\(date)T\(time)\(fraction)Z"
    }
}

/// Reads fixed-width digits from a text.
private struct DigitScanner {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) { rest = Array(text.utf8)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Character) -> Bool {
        guard rest.first == character.asciiValue else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(digits: Int, in range: ClosedRange<Int>) -> Int? {
        guard rest.count >= digits else { return nil }
        var number = 0
        for byte in rest.prefix(digits) {
            guard (0x30...0x39).contains(byte) else { return nil }
            number = number * 10 + Int(byte) - 0x30
        }
        rest.removeFirst(digits)
        return range.contains(number) ? number : nil
    }

    mutating func date() -> CivilDate? {
        guard let year = number(digits: 4, in: 1...9999), skip("-"), let month = number(digits: 2, in: 1...12),
            skip("-"), let day = number(digits: 2, in: 1...31)
        else { return nil }
        return CivilDate(year: year, month: month, day: day)
    }

    /// Milliseconds; 0 without a fraction.
    mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard (1...9).contains(digits.count) else { return nil }
        rest.removeFirst(digits.count)
        guard digits.dropFirst(3).allSatisfy({ $0 == 0x30 }) else { return nil }
        var fraction: Int64 = 0
        for place in 0..<3 {
            let digit = place < digits.count ? digits[digits.startIndex + place] - 0x30 : 0
            fraction = fraction * 10 + Int64(digit)
        }
        return fraction
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int64 = rest.first == 0x2D ? -1 : 1
        guard skip("+") || skip("-"), let hour = number(digits: 2, in: 0...23), skip(":"),
            let minute = number(digits: 2, in: 0...59)
        else { return nil }
        return sign * Int64(hour * 3600 + minute * 60)
    }
}
