/// Recognises Norwegian national identity numbers, so that they can be refused wherever a text comes in.
///
/// Eleven digits, two check digits modulo 11 (weights 3 7 6 1 8 9 4 5 2 and 5 4 3 2 7 6 5 4 3 2, as Skatteetaten
/// publishes them). A D-number adds 4 to the first digit, a synthetic number 4 or 8 to the third; the check digits
/// are computed the same way, so one test covers all of them.
public enum NationalID {
    /// The number of digits.
    public static let length = 11

    /// Eleven digits of four bits each, the first one highest.
    private static let windowMask: UInt64 = (1 << 44) - 1

    /// Signs that may stand between the six digits of the date and the five that follow, when they stand by themselves.
    static let maximumApart = 3

    /// Whether a national identity number stands anywhere in the text: with a space, dot or hyphen between any two digits, or as six
    /// digits and five with up to ``maximumApart`` signs of any kind between them. Digits, spaces and dashes of other scripts are read as
    /// ours.
    public static func occurs(in text: String) -> Bool {
        var text = text
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return text.withUTF8 { occurs(inUTF8: $0) } }
        return text.unicodeScalars.compactMap(plain).withUnsafeBufferPointer { occurs(inUTF8: $0) }
    }

    /// A sign as ASCII has it: a digit, a space, a hyphen, a letter, or something else. `nil` for what is not seen.
    private static func plain(_ scalar: Unicode.Scalar) -> UInt8? {
        if scalar.isASCII { return UInt8(scalar.value) }
        if let digit = scalar.properties.numericValue, scalar.properties.generalCategory == .decimalNumber {
            return 0x30 + UInt8(digit)
        }
        return switch scalar.properties.generalCategory {
        case .spaceSeparator: 0x20
        case .dashPunctuation: 0x2D
        case .format, .nonspacingMark, .enclosingMark: nil
        default: scalar.properties.isAlphabetic ? 0x61 : 0x2C
        }
    }

    /// As ``occurs(in:)``, over ASCII.
    package static func occurs(inUTF8 utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        occursTogether(utf8) || occursApart(utf8)
    }

    private static func occursTogether(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        var window: UInt64 = 0
        var count = 0
        var previousWasSeparator = false
        for byte in utf8 {
            switch byte {
            case 0x30...0x39:
                window = (window << 4 | UInt64(byte - 0x30)) & windowMask
                count += 1
                previousWasSeparator = false
                if count >= length, hasValidCheckDigits(window) { return true }
            case let byte where isSeparator(byte) && !previousWasSeparator && count > 0:
                previousWasSeparator = true
            default:
                count = 0
                previousWasSeparator = false
            }
        }
        return false
    }

    /// Six digits and five, each by themselves: a longer number is something else, as an instant is.
    private static func occursApart(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        var (digits, run) = (UInt64(0), 0)
        /// The last six digits that stood by themselves, and how many signs came after them.
        var date: UInt64?
        var apart = 0
        func ends() -> Bool {
            guard run == 5, apart <= maximumApart, let date else { return false }
            return hasValidCheckDigits(date << 20 | digits)
        }
        for byte in utf8 {
            if 0x30...0x39 ~= byte {
                digits = (digits << 4 | UInt64(byte - 0x30)) & windowMask
                run += 1
                continue
            }
            if run > 0 {
                if ends() { return true }
                date = run == 6 ? digits : nil
                (digits, run, apart) = (0, 0, 0)
            }
            apart += 1
            if UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 { date = nil }
        }
        return ends()
    }

    /// A space, a hyphen or a dot.
    private static func isSeparator(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x2D || byte == 0x2E }

    /// - Parameter digits: eleven digits, 0 to 9.
    static func hasValidCheckDigits(_ digits: [Int]) -> Bool {
        digits.count == length && hasValidCheckDigits(digits.reduce(0) { $0 << 4 | UInt64($1) })
    }

    private static func hasValidCheckDigits(_ window: UInt64) -> Bool {
        func digit(_ place: Int) -> Int { Int(window >> UInt64(4 * (length - 1 - place)) & 0xF) }
        // The first four digits are a day and a month, after a D-number's and a synthetic number's additions are taken off.
        let day = (digit(0) >= 4 ? digit(0) - 4 : digit(0)) * 10 + digit(1)
        let tens = digit(2) >= 8 ? digit(2) - 8 : digit(2) >= 4 ? digit(2) - 4 : digit(2)
        guard (1...31).contains(day), (1...12).contains(tens * 10 + digit(3)) else { return false }
        let first =
            3 * digit(0) + 7 * digit(1) + 6 * digit(2) + digit(3) + 8 * digit(4) + 9 * digit(5) + 4 * digit(6)
            + 5 * digit(7) + 2 * digit(8)
        let second =
            5 * digit(0) + 4 * digit(1) + 3 * digit(2) + 2 * digit(3) + 7 * digit(4) + 6 * digit(5) + 5 * digit(6)
            + 4 * digit(7) + 3 * digit(8) + 2 * digit(9)
        // A check digit of ten is none: such a number is never given out, and no digit equals it.
        return (11 - first % 11) % 11 == digit(9) && (11 - second % 11) % 11 == digit(10)
    }
}
