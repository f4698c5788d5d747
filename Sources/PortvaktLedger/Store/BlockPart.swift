/// Which bytes of a block's payload are wanted.
public struct BlockPart: Equatable, Sendable {
    /// The place of the block's first entry in the stream.
    public var blockFirst: UInt64
    /// Bytes of the whole payload: another size says that the block is not what it was.
    public var payloadSize: Int
    /// Of the payload.
    public var bytes: Range<Int>

    public init(blockFirst: UInt64, payloadSize: Int, bytes: Range<Int>) {
        self.blockFirst = blockFirst
        self.payloadSize = payloadSize
        self.bytes = bytes
    }
}

/// Bytes of a block's payload.
public struct ReadPart: Equatable, Sendable {
    /// The block's number among all blocks.
    public var sequence: UInt64
    public var bytes: [UInt8]

    public init(sequence: UInt64, bytes: [UInt8]) {
        self.sequence = sequence
        self.bytes = bytes
    }
}

extension LedgerStore {
    /// Cut out of whole blocks.
    public func parts(of stream: StreamID, _ parts: [BlockPart]) throws(StoreError) -> [ReadPart?] {
        var found: [ReadPart?] = []
        var last: Block?
        for part in parts {
            if last?.firstIndex != part.blockFirst {
                last = try blocks(of: stream, from: part.blockFirst, limit: 1).first
            }
            guard let block = last, block.firstIndex == part.blockFirst, block.payload.count == part.payloadSize,
                part.bytes.upperBound <= block.payload.count
            else {
                found.append(nil)
                continue
            }
            found.append(ReadPart(sequence: block.sequence, bytes: [UInt8](block.payload[part.bytes])))
        }
        return found
    }
}
