public import PortvaktCore

/// An entry that is on disk. There is no other way to get one than from a commit that succeeded, and an answer is made
/// from nothing else: the compiler guards "recorded before answered".
public struct DurableEntry: Equatable, Sendable {
    public let stream: StreamID
    /// The entry's place in its stream, from zero: the leaf's index in the tree.
    public let index: UInt64
    /// For a change, the revision of the state that first includes it; `nil` for a decision.
    public let revision: Revision?
    /// RFC 6962's hash of the leaf.
    public let leafHash: Digest
    /// The size of the stream's tree with the entry's block in it.
    public let treeSize: UInt64
    /// The number of the entry's block among all blocks.
    public let sequence: UInt64

    internal init(
        stream: StreamID, index: UInt64, revision: Revision?, leafHash: Digest, treeSize: UInt64, sequence: UInt64
    ) {
        self.stream = stream
        self.index = index
        self.revision = revision
        self.leafHash = leafHash
        self.treeSize = treeSize
        self.sequence = sequence
    }
}
