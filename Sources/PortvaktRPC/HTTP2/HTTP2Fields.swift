/// A header list to be sent: names must be lower-case; pseudo-header fields come first (RFC 9113 section 8.3).
///
/// One growing byte array and one array of spans: no allocation per field.
struct HTTP2Fields {
    struct Span {
        var nameStart: Int
        var nameLength: Int
        var valueLength: Int
        /// Never put in a compression table (RFC 7541 section 7.1.3).
        var isSensitive: Bool
    }

    private(set) var bytes: [UInt8] = []
    private(set) var spans: [Span] = []

    init() {}

    var isEmpty: Bool { spans.isEmpty }

    /// Appends one field. The bytes are copied.
    mutating func append(
        _ name: some Sequence<UInt8>, _ value: some Sequence<UInt8>, isSensitive: Bool = false
    ) {
        let start = bytes.count
        bytes.append(contentsOf: name)
        let nameLength = bytes.count - start
        bytes.append(contentsOf: value)
        spans.append(
            Span(
                nameStart: start, nameLength: nameLength, valueLength: bytes.count - start - nameLength,
                isSensitive: isSensitive))
    }

    /// Appends one field given as text.
    mutating func append(_ name: String, _ value: String, isSensitive: Bool = false) {
        append(name.utf8, value.utf8, isSensitive: isSensitive)
    }

    /// Empties the list and keeps its storage.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        spans.removeAll(keepingCapacity: true)
    }

    func name(_ span: Span) -> ArraySlice<UInt8> { bytes[span.nameStart..<span.nameStart + span.nameLength] }

    func value(_ span: Span) -> ArraySlice<UInt8> {
        let start = span.nameStart + span.nameLength
        return bytes[start..<start + span.valueLength]
    }
}
