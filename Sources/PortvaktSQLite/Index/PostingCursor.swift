internal import PortvaktLedger

/// Walks one key's entries of a stream backwards, a row of the index at a time.
struct PostingCursor: ~Copyable {
    private var statement: Statement
    private let key: Int64
    private let stream: Int64
    private let path: String
    /// For a request id: the rest of its hash, that its entries have in the list.
    private let tag: UInt32?
    private var row: ArraySlice<UInt64> = []
    private var isAtEnd = false

    init(
        _ connection: borrowing Connection, key: Int64, stream: Int64, tag: UInt32? = nil
    ) throws(StoreError) {
        let (table, column) = tag == nil ? ("postings", "key") : ("requests", "bucket")
        statement = try connection.prepare(
            "SELECT first, list FROM \(table) WHERE \(column) = ? AND stream = ? AND first < ? ORDER BY first DESC LIMIT 1"
        )
        self.key = key
        self.stream = stream
        path = connection.path
        self.tag = tag
    }

    /// The newest entry before an index; `nil` when there is none. Indices of one cursor are asked for downwards.
    mutating func last(before index: UInt64) throws(StoreError) -> UInt64? {
        var bound = index
        while !isAtEnd {
            // The row may hold thousands: halves find the place.
            row = row[..<Self.count(of: row, before: index)]
            if let last = row.last { return last }
            bound = min(bound, index)
            guard let (first, found) = try read(before: bound) else {
                isAtEnd = true
                return nil
            }
            row = found[...]
            bound = first
        }
        return nil
    }

    private static func count(of row: ArraySlice<UInt64>, before index: UInt64) -> Int {
        var (low, high) = (row.startIndex, row.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if row[middle] < index { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func read(before bound: UInt64) throws(StoreError) -> (first: UInt64, indices: [UInt64])? {
        defer { statement.reset() }
        try statement.bind(1, key)
        try statement.bind(2, stream)
        try statement.bind(3, Int64(clamping: bound))
        guard try statement.step() else { return nil }
        let list = statement.bytes(1)
        guard let first = UInt64(exactly: statement.integer(0)), first < bound,
            let indices = decoded(first, list)
        else { throw StoreError(.damaged, place: path, detail: "a list of the index does not rise, or is cut off") }
        return (first, indices)
    }

    private func decoded(_ first: UInt64, _ list: [UInt8]) -> [UInt64]? {
        guard let tag else { return PostingList.decode(first: first, list) }
        return RequestList.decode(first: first, list, tag: tag)
    }
}

/// The entries with request ids of one list: each with the rest of its id's hash, so that few others are found with it.
enum RequestList {
    /// FNV-1a, 64 bits: it spreads, and nobody's safety rests on it.
    static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 {
            hash ^= UInt64(byte)
            hash &*= 0x100_0000_01B3
        }
        return hash
    }

    static func bucket(_ hash: UInt64) -> Int64 { Int64(hash % IndexSchema.requestLists) }
    static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) }

    static func encode(_ items: [(index: UInt64, tag: UInt32)]) -> [UInt8] {
        var bytes: [UInt8] = []
        var last = items.first?.index ?? 0
        for item in items {
            PostingList.append(item.index - last, to: &bytes)
            for shift in stride(from: 24, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: item.tag >> UInt32(shift)))
            }
            last = item.index
        }
        return bytes
    }

    /// - Returns: `nil` when a number is smaller than the one before, and when the last item is not whole.
    static func decode(first: UInt64, _ bytes: [UInt8], tag: UInt32) -> [UInt64]? {
        var indices: [UInt64] = []
        var offset = 0
        var last = first
        while offset < bytes.count {
            guard let step = PostingList.read(bytes, &offset), offset + 4 <= bytes.count else { return nil }
            let (next, isTooLarge) = last.addingReportingOverflow(step)
            guard !isTooLarge else { return nil }
            last = next
            let found = bytes[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            if found == tag { indices.append(last) }
            offset += 4
        }
        return indices
    }
}
