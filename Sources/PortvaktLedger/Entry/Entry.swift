public import PortvaktCore

/// One entry of a stream, as it is stored.
///
/// Its **leaf** is what the Merkle tree covers: a header, the facts that are nobody's personal data, and a commitment
/// to the rest. Its **opening** is the rest (pseudonyms, stated reasons, the whole question and answer) behind a random
/// salt, and stands outside the tree: erasing it leaves every proof intact and tells nobody what it said.
public struct Entry: Equatable, Sendable {
    public let stream: StreamID
    /// The entry's place in its stream, from zero: the leaf's index in the tree.
    public let index: UInt64
    /// The leaf's bytes.
    public let leaf: [UInt8]
    /// The opening's bytes; empty when it has been erased.
    public let opening: [UInt8]

    public init(stream: StreamID, index: UInt64, leaf: [UInt8], opening: [UInt8]) {
        self.stream = stream
        self.index = index
        self.leaf = leaf
        self.opening = opening
    }

    /// Its opening has been erased: the leaf is all that there is.
    public var isErased: Bool { opening.isEmpty }

    /// The hash of the leaf (RFC 6962 section 2.1): what stands for the entry in the tree and in its subjects' chains.
    public func leafHash() throws(LedgerError) -> Digest { try TreeHasher().leaf(leaf) }
}

/// What an entry records.
public enum EntryBody: Equatable, Sendable {
    case change(Change)
    case decision(DecisionRecord)
    case audit(AuditRecord)
}

/// The facts that stand in the leaf itself and outlive an erasure.
public struct EntrySummary: Equatable, Sendable {
    public var kind: EntryKind
    /// When the change was registered, or the instant that was decided for.
    public var time: Instant
    /// For a change, the revision of the state that first includes it, counted over all streams; for a decision, its
    /// place in its stream, from zero.
    public var number: UInt64
    /// The system that registered or asked.
    public var system: SystemID
    public var details: Details

    public enum Details: Equatable, Sendable {
        case change(controller: ControllerID)
        case decision(
            effect: Effect, reasons: [Reason], action: Action, purpose: Purpose, revision: Revision, policyHash: [UInt8]
        )
        case audit(AuditCall, revision: Revision)
    }
}

/// Why bytes are no entry, or a value cannot be written as one.
public struct EntryError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The offset of the first byte that is wrong, counted from the start of the leaf or the opening.
    public var offset: Int
    public var problem: Problem

    public enum Problem: Equatable, Sendable {
        case truncated
        case trailingBytes
        case unknownVersion(UInt8)
        case unknownValue(of: String, UInt8)
        case badIdentifier(IdentifierError)
        case badText
        case tooLong(limit: Int)
        case wrongSize(of: String)
        case commitmentMismatch
        case erased
    }

    public var description: String {
        let what =
            switch problem {
            case .truncated: "the bytes end too early"
            case .trailingBytes: "there are bytes after the end"
            case .unknownVersion(let version): "version \(version) is unknown: a newer program wrote it"
            case .unknownValue(let type, let value): "\(value) is no \(type)"
            case .badIdentifier(let error): "an identifier \(error)"
            case .badText: "a text is not UTF-8"
            case .tooLong(let limit): "longer than the limit of \(limit)"
            case .wrongSize(let what): "\(what) has a wrong size"
            case .commitmentMismatch: "the opening is not the one that the leaf commits to"
            case .erased: "the opening has been erased"
            }
        return "\(what), at byte \(offset)"
    }
}
