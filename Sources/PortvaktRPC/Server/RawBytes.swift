internal import Glibc

extension UnsafeRawBufferPointer {
    /// Whether the bytes are exactly this text.
    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return unsafe count == 0 || memcmp(baseAddress!, text.utf8Start, count) == 0
    }

    /// Whether the bytes are exactly these.
    func equals(_ other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        return unsafe other.withUnsafeBytes { unsafe count == 0 || memcmp(baseAddress!, $0.baseAddress!, count) == 0 }
    }

    /// Whether the bytes begin with this text.
    func starts(withText text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        return unsafe memcmp(baseAddress!, text.utf8Start, text.utf8CodeUnitCount) == 0
    }
}
