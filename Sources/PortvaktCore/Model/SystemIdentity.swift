extension System.Identity {
    /// The longest SPIFFE URI taken, in bytes.
    public static let maximumURILength = 255

    /// Reads `NTRNO-` and nine digits with a right check digit, or a `spiffe://` URI of printable ASCII with a trust domain.
    public init?(_ text: String) {
        if text.hasPrefix("NTRNO-") {
            let digits = text.dropFirst(6).utf8.map { Int($0) - 0x30 }
            guard Self.isOrganizationNumber(digits) else { return nil }
            self = .organizationNumber(String(text.dropFirst(6)))
        } else {
            guard Self.isSPIFFE(text) else { return nil }
            self = .spiffe(text)
        }
    }

    /// Nine digits, the last one a check digit modulo 11 with weights 3 2 7 6 5 4 3 2 (Brønnøysundregistrene).
    public static func isOrganizationNumber(_ digits: [Int]) -> Bool {
        guard digits.count == 9, digits.allSatisfy({ (0...9).contains($0) }) else { return false }
        let sum = zip(digits, [3, 2, 7, 6, 5, 4, 3, 2]).reduce(0) { $0 + $1.0 * $1.1 }
        return (11 - sum % 11) % 11 == digits[8]
    }

    /// SPIFFE-ID section 2: scheme, a trust domain, a path; no query, no fragment.
    public static func isSPIFFE(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let scheme = Array("spiffe://".utf8)
        guard bytes.starts(with: scheme), bytes.count > scheme.count, bytes.count <= maximumURILength else {
            return false
        }
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }) else {
            return false
        }
        return bytes[scheme.count] != UInt8(ascii: "/")
    }
}
