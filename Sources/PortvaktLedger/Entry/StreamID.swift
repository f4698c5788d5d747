public import PortvaktCore

/// What an entry records. The raw values are written into the ledger: never reused, never changed.
public enum EntryKind: UInt8, Sendable, CaseIterable {
    case change = 1
    case decision = 2
    /// Somebody read the audit, or acted in it. Stands in a stream of decisions.
    case audit = 3
}

/// The two sorts of stream. The raw values are written into the ledger.
public enum StreamKind: UInt8, Sendable, CaseIterable {
    /// The changes of one controller.
    case changes = 1
    /// The decisions of one node.
    case decisions = 2

    /// `changes` or `decisions`.
    public var word: String {
        // Written out: a word found by reflection took a sixth of the time of following the ledger.
        switch self {
        case .changes: "changes"
        case .decisions: "decisions"
        }
    }
}

/// Names a stream: an ordered sequence of entries with a Merkle tree of its own.
///
/// Written `changes/<controller>` or `decisions/<node>`.
public struct StreamID: Hashable, Sendable, CustomStringConvertible {
    public let kind: StreamKind
    /// The controller's id, or the node's name.
    public let owner: Identifier

    public init(kind: StreamKind, owner: Identifier) {
        self.kind = kind
        self.owner = owner
    }

    /// The changes of one controller.
    public static func changes(_ controller: ControllerID) -> StreamID {
        StreamID(kind: .changes, owner: controller.identifier)
    }

    /// The decisions of one node.
    public static func decisions(node: Identifier) -> StreamID { StreamID(kind: .decisions, owner: node) }

    /// Reads `changes/<controller>` or `decisions/<node>`; `nil` for anything else.
    public init?(_ text: String) {
        guard let slash = text.firstIndex(of: "/"),
            let kind = StreamKind.allCases.first(where: { $0.word == text[..<slash] }),
            let owner = try? Identifier(String(text[text.index(after: slash)...]))
        else { return nil }
        self.init(kind: kind, owner: owner)
    }

    public var description: String { "\(kind.word)/\(owner)" }
}
