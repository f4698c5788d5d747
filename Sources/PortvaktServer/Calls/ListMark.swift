internal import PortvaktWire

/// Marks the cursors of a list with what was asked for: a cursor of another question would begin in the middle of this one's answer,
/// and what stands before it would be missing without a word.
struct ListMark: Equatable, Sendable {
    /// Bytes before what the list itself puts into a cursor.
    private static let length = 8

    /// FNV-1a of the call and the request: against mistakes. A forged cursor opens nothing, since every page is looked at as the first is.
    private let bytes: [UInt8]

    init<Request: PagedRequest>(_ method: RPC, _ request: Request, _ coder: WireCoder) {
        let asked = unsafe coder.encode(request.asked) { unsafe Array($0) }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in Array(method.path.utf8) + asked { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        bytes = (0..<Self.length).map { UInt8(truncatingIfNeeded: hash >> UInt64(8 * $0)) }
    }

    func marked(_ cursor: [UInt8]) -> [UInt8] { cursor.isEmpty ? [] : bytes + cursor }

    /// What the list put into a cursor; empty for the first page.
    /// - Throws: for one that this list did not give.
    func unmarked(_ cursor: [UInt8]) throws(WireError) -> [UInt8] {
        guard !cursor.isEmpty else { return [] }
        guard cursor.count > Self.length, cursor.starts(with: bytes) else {
            throw WireError(.badCursor, field: "page.cursor")
        }
        return Array(cursor.dropFirst(Self.length))
    }
}
