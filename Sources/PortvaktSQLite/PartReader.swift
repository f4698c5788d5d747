public import PortvaktLedger

/// A reading connection of its own for bytes out of blocks, so that a long statement holds up no other reading.
struct PartReader: ~Copyable {
    /// Bytes of the file that are mapped, at most: SQLite's own limit. To reach a part of a large block its chain of pages is
    /// walked; mapped, a page of it costs a look and no call. What lies beyond is read. A page that the disk cannot give ends
    /// the process, as a failed write does.
    private static let mappedBytes = 0x7FFF_0000

    private let connection: Connection
    private var selectNumber: Statement
    private var selectBlock: Statement

    init(path: String) throws(StoreError) {
        let connection = try Connection(path: path, access: .readOnly)
        try Schema.check(connection)
        try connection.execute("PRAGMA mmap_size = \(Self.mappedBytes)")
        let selectNumber = try connection.prepare("SELECT number FROM streams WHERE name = ?")
        // The payload is the last column: what stands before it is read without it.
        let selectBlock = try connection.prepare("SELECT sequence FROM blocks WHERE place = ?")
        self.connection = connection
        self.selectNumber = selectNumber
        self.selectBlock = selectBlock
    }

    mutating func parts(of stream: StreamID, _ parts: [BlockPart]) throws(StoreError) -> [ReadPart?] {
        guard let number = try number(of: stream) else { return parts.map { _ in nil } }
        var found: [ReadPart?] = []
        found.reserveCapacity(parts.count)
        var blob: Blob?
        var (place, sequence): (Int64?, UInt64?) = (nil, nil)
        for part in parts {
            let wanted = Schema.place(number, part.blockFirst)
            if place != wanted {
                place = wanted
                sequence = try self.sequence(wanted)
                if sequence != nil {
                    if let blob {
                        try blob.move(to: wanted)
                    } else {
                        blob = try connection.blob("blocks", "payload", row: wanted)
                    }
                }
            }
            guard let sequence, let blob, blob.count == part.payloadSize, part.bytes.upperBound <= part.payloadSize
            else {
                found.append(nil)
                continue
            }
            found.append(ReadPart(sequence: sequence, bytes: try blob.bytes(part.bytes)))
        }
        return found
    }

    private mutating func sequence(_ place: Int64) throws(StoreError) -> UInt64? {
        defer { selectBlock.reset() }
        try selectBlock.bind(1, place)
        return try selectBlock.step() ? UInt64(clamping: selectBlock.integer(0)) : nil
    }

    private mutating func number(of stream: StreamID) throws(StoreError) -> Int64? {
        defer { selectNumber.reset() }
        try selectNumber.bind(1, stream.description)
        return try selectNumber.step() ? selectNumber.integer(0) : nil
    }
}

extension SQLiteStore {
    public func parts(of stream: StreamID, _ parts: [BlockPart]) throws(StoreError) -> [ReadPart?] {
        if parts.isEmpty { return [] }
        return try readingParts { (reader) throws(StoreError) in try reader.parts(of: stream, parts) }
    }
}
