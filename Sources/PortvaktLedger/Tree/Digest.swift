/// A SHA-256 value, 32 bytes, held inline.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// The number of bytes.
    public static let byteCount = 32

    // Four words rather than an array: no allocation, and comparing is four instructions. Loaded as the machine has
    // them; only `bytes` and `description` give the words a meaning.
    package var words: (UInt64, UInt64, UInt64, UInt64)

    package init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// Takes the 32 bytes, or gives `nil` when there are fewer or more.
    public init?(_ bytes: [UInt8]) { self.init(bytes[...]) }

    /// Takes the 32 bytes, or gives `nil` when there are fewer or more.
    public init?(_ bytes: ArraySlice<UInt8>) {
        // Not for whatever collection: outside this module that was not specialised, and took two fifths of the time of following
        // the ledger.
        guard bytes.count == Self.byteCount else { return nil }
        self = .zero
        unsafe withUnsafeMutableBytes(of: &words) { unsafe $0.copyBytes(from: bytes) }
    }

    /// 32 zero bytes: no hash of anything known.
    public static let zero = Digest(words: (0, 0, 0, 0))

    /// The 32 bytes.
    public var bytes: [UInt8] { unsafe withBytes { unsafe [UInt8]($0) } }

    /// Lowercase hexadecimal, 64 characters.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(2 * Self.byteCount)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Calls the body with the 32 bytes, without copying them.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe withUnsafeBytes(of: words) { unsafe body($0) }
    }

    public static func == (lhs: Digest, rhs: Digest) -> Bool { lhs.words == rhs.words }

    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
