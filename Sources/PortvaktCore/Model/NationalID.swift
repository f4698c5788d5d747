/// Recognises Norwegian national identity numbers, so that they can be refused wherever a text comes in.
///
/// Eleven digits, two check digits modulo 11 (weights 3 7 6 1 8 9 4 5 2 and 5 4 3 2 7 6 5 4 3 2, as Skatteetaten
/// publishes them). A D-number adds 4 to the first digit, a synthetic number 4 or 8 to the third; the check digits
/// are computed the same way, so one test covers all of them.
public enum NationalID {
    /// The number of digits.
    public static let length = 11

    private static let firstWeights = [3, 7, 6, 1, 8, 9, 4, 5, 2]
    private static let secondWeights = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]

    /// Whether a national identity number stands anywhere in the text, also with one space, dot or hyphen between
    /// the six digits of the date and the five that follow.
    public static func occurs(in text: String) -> Bool {
        var window: [Int] = []
        window.reserveCapacity(length)
        var previousWasSeparator = false
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39:
                if window.count == length { window.removeFirst() }
                window.append(Int(byte) - 0x30)
                previousWasSeparator = false
                if window.count == length, hasValidCheckDigits(window) { return true }
            case let byte where isSeparator(byte) && !previousWasSeparator && !window.isEmpty:
                previousWasSeparator = true
            default:
                window.removeAll(keepingCapacity: true)
                previousWasSeparator = false
            }
        }
        return false
    }

    /// A space, a hyphen or a dot.
    private static func isSeparator(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x2D || byte == 0x2E }

    /// - Parameter digits: eleven digits, 0 to 9.
    static func hasValidCheckDigits(_ digits: [Int]) -> Bool {
        guard digits.count == length, hasDate(digits) else { return false }
        return checkDigit(digits, firstWeights) == digits[9] && checkDigit(digits, secondWeights) == digits[10]
    }

    /// The first four digits are a day and a month, after a D-number's and a synthetic number's additions are taken off.
    private static func hasDate(_ digits: [Int]) -> Bool {
        let day = (digits[0] >= 4 ? digits[0] - 4 : digits[0]) * 10 + digits[1]
        let tens = digits[2] >= 8 ? digits[2] - 8 : digits[2] >= 4 ? digits[2] - 4 : digits[2]
        let month = tens * 10 + digits[3]
        return (1...31).contains(day) && (1...12).contains(month)
    }

    private static func checkDigit(_ digits: [Int], _ weights: [Int]) -> Int? {
        var sum = 0
        for (index, weight) in weights.enumerated() { sum += digits[index] * weight }
        let digit = (11 - sum % 11) % 11
        return digit == 10 ? nil : digit
    }
}
