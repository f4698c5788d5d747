/// The custom metadata of a call: ordered pairs of a lower-case name and a value (grpc/doc/PROTOCOL-HTTP2.md).
///
/// The value of a name ending in `-bin` is any bytes, base64 on the wire; every other value is printable ASCII.
/// A name may occur more than once.
public struct Metadata: Sendable, Equatable {
    /// One pair. `value` is what the application sees, so decoded for `-bin` names.
    public struct Entry: Sendable, Equatable {
        public let name: String
        public let value: [UInt8]

        /// Whether the value is base64 on the wire.
        public var isBinary: Bool { Metadata.isBinary(name) }
    }

    public private(set) var entries: [Entry] = []

    public init() {}

    public var isEmpty: Bool { entries.isEmpty }

    /// Adds a pair whose value is text.
    public mutating func add(_ name: String, _ value: String) throws(MetadataError) {
        try add(name, bytes: Array(value.utf8))
    }

    /// Adds a pair. The value of a name that does not end in `-bin` must be printable ASCII.
    public mutating func add(_ name: String, bytes value: [UInt8]) throws(MetadataError) {
        guard Self.isValidName(name) else { throw .invalidName(name) }
        guard !Self.isReserved(name) else { throw .reservedName(name) }
        guard Self.isBinary(name) || value.allSatisfy({ (0x20...0x7e).contains($0) }) else { throw .invalidValue(name) }
        entries.append(Entry(name: name, value: value))
    }

    /// The first value of a name, which must be given in lower case.
    public subscript(_ name: String) -> [UInt8]? { entries.first { $0.name == name }?.value }

    /// Every value of a name, in order.
    public func all(_ name: String) -> [[UInt8]] {
        entries.lazy.filter { $0.name == name }.map(\.value)
    }

    /// The size as HTTP/2 counts a header list (RFC 9113 section 6.5.2): for each field its name, its value as it is
    /// on the wire, and 32. Bytes.
    public var listSize: Int {
        entries.reduce(0) { sum, entry in
            sum + entry.name.utf8.count + 32
                + (entry.isBinary ? Base64.encodedLength(of: entry.value.count) : entry.value.count)
        }
    }

    static func isBinary(_ name: String) -> Bool { name.hasSuffix("-bin") }

    /// `1*( %x30-39 / %x61-7A / "_" / "-" / ".")`.
    static func isValidName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
                case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
                default: false
                }
            }
    }

    /// Names that belong to gRPC and HTTP and are not custom metadata.
    static func isReserved(_ name: String) -> Bool {
        switch name {
        case "content-type", "te", "content-length", "connection", "host", "keep-alive", "proxy-connection",
            "transfer-encoding", "upgrade":
            true
        default: name.hasPrefix("grpc-")
        }
    }
}

extension Metadata {
    /// Takes a field from the wire. Names of gRPC and HTTP are passed over, and so is a `-bin` value that is not
    /// base64: what cannot be decoded is not metadata.
    ///
    /// A `-bin` value may be several, joined with commas.
    mutating func receive(name: String, value: UnsafeRawBufferPointer) {
        guard !name.hasPrefix(":"), !Self.isReserved(name), Self.isValidName(name) else { return }
        guard Self.isBinary(name) else {
            unsafe entries.append(Entry(name: name, value: Array(value)))
            return
        }
        let parts = unsafe Array(value).split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        for part in parts {
            if let decoded = Base64.decode(part.trimmingSpaces()) {
                entries.append(Entry(name: name, value: decoded))
            }
        }
    }

    /// The value as it is on the wire.
    static func wireValue(of entry: Entry) -> [UInt8] {
        entry.isBinary ? Base64.encode(entry.value) : entry.value
    }
}

/// Why a pair is not metadata.
public enum MetadataError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The name is empty or has a character outside `a-z 0-9 _ - .`.
    case invalidName(String)
    /// The name belongs to gRPC or HTTP.
    case reservedName(String)
    /// The value of this name has bytes outside printable ASCII; only names ending in `-bin` may carry them.
    case invalidValue(String)

    public var description: String {
        switch self {
        case .invalidName(let name): "metadata name \"\(name)\" may only have the characters a-z 0-9 _ - ."
        case .reservedName(let name): "metadata name \"\(name)\" belongs to gRPC or HTTP; choose another"
        case .invalidValue(let name): "metadata value of \"\(name)\" is not printable ASCII; use a name ending in -bin"
        }
    }
}

extension BidirectionalCollection<UInt8> {
    /// Without the spaces and tabs at both ends.
    fileprivate func trimmingSpaces() -> SubSequence {
        var slice = self[...]
        while let first = slice.first, first == 0x20 || first == 0x09 { slice = slice.dropFirst() }
        while let last = slice.last, last == 0x20 || last == 0x09 { slice = slice.dropLast() }
        return slice
    }
}
