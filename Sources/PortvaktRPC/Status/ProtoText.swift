internal import Glibc

/// The C strings and arrays of a message that is being packed: freed together.
@safe struct ProtoArena: ~Copyable {
    private var blocks: [UnsafeMutableRawPointer]

    init() { unsafe blocks = [] }

    deinit {
        unsafe blocks.forEach { unsafe free($0) }
    }

    /// A C string; a zero byte, which C strings cannot hold, becomes U+FFFD.
    mutating func text(_ text: String) -> UnsafeMutablePointer<CChar> {
        let bytes =
            text.utf8.contains(0)
            ? Array(
                text.split(separator: "\0", omittingEmptySubsequences: false)
                    .joined(separator: "\u{FFFD}").utf8) : Array(text.utf8)
        let copy = unsafe array(of: CChar.self, count: bytes.count + 1)
        for (index, byte) in bytes.enumerated() { unsafe copy[index] = CChar(bitPattern: byte) }
        return unsafe copy
    }

    /// Zeroed memory for `count` values of a C type.
    mutating func array<Element>(of type: Element.Type, count: Int) -> UnsafeMutablePointer<Element> {
        guard let block = unsafe calloc(max(count, 1), MemoryLayout<Element>.stride) else {
            preconditionFailure("out of memory")
        }
        unsafe blocks.append(block)
        return unsafe block.bindMemory(to: type, capacity: max(count, 1))
    }
}

/// Reads text of unpacked messages: protobuf-c does not check that it is UTF-8.
enum ProtoText {
    /// The text, or nil when it is not UTF-8. A missing string is empty.
    static func strict(_ text: UnsafePointer<CChar>?) -> String? {
        guard let text = unsafe text else { return "" }
        return unsafe String(validatingCString: text)
    }

    /// The text, repaired with U+FFFD where it is not UTF-8. A missing string is empty.
    static func lenient(_ text: UnsafePointer<CChar>?) -> String {
        guard let text = unsafe text else { return "" }
        return unsafe String(cString: text)
    }
}
