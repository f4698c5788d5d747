/// The limits of what is taken from the wire. Over one, the message is refused and the field is named.
public enum WireLimits {
    /// A message: what the largest answer of a batch needs. A server sets its own, lower one for requests.
    public static let messageBytes = 16 * 1024 * 1024
    /// A message when it is unpacked: a few bytes on the wire can stand for a large empty structure.
    public static let unpackedBytes = 64 * 1024 * 1024
    /// Items of one list within a record or a question: far above any meeting or any consent.
    public static let items = 2048
    /// Questions of one CheckMany: a long log.
    public static let questions = 2048
    /// Records of one RegisterRecords: one family with its case.
    public static let records = 256
    /// Records of one Stage: what a message of four MiB holds.
    public static let stagedRecords = 10_000
    /// Nodes of one explanation: every rule of a profile, for every giver of a consent.
    public static let explanationNodes = 4096
    /// Depth of an explanation's tree.
    public static let explanationDepth = 15
    /// A stated reason or necessity, in bytes of UTF-8: a page of text.
    public static let textBytes = 4096
    /// Why somebody reads the audit, or what a review found, in bytes of UTF-8.
    public static let whyBytes = 2048
    /// The path of an inclusion proof, in bytes: 64 hashes.
    public static let proofBytes = 2048
    /// A signed note, or a proof with one in it: text, in bytes.
    public static let noteBytes = 64 * 1024
    /// A rule's id, a stream's name, a path in a profile, in bytes.
    public static let nameBytes = 512
    /// A sentence about what is wrong in a profile, in bytes.
    public static let sentenceBytes = 1024
    /// A policy profile's file, in bytes.
    public static let profileBytes = 1024 * 1024
    /// Problems of one profile, and profiles of one server.
    public static let problems = 1000
    /// A receipt, or a consent in another format, in bytes: every list of it as long as may be.
    public static let documentBytes = 1024 * 1024
    /// A cursor, in bytes.
    public static let cursorBytes = 256
    /// Items of one page.
    public static let pageItems = 1000
    /// Items of a page when the request does not say.
    public static let defaultPageItems = 100
    /// SHA-256, in bytes.
    public static let hashBytes = 32
    /// Levels of a case.
    public static let levels: ClosedRange<Int64> = 0...3
    /// Minutes of an emergency: a week, cut further by the policy profile.
    public static let emergencyMinutes: ClosedRange<Int64> = 1...10_080
    /// Milliseconds between two messages of a stream of changes.
    public static let heartbeats: ClosedRange<Int64> = 50...60_000
    /// Milliseconds between two messages of a stream of changes when the request does not say.
    public static let defaultHeartbeat: UInt32 = 1000
    /// Milliseconds of an instant that a caller states: the years 1 to 9999.
    public static let instants: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999
}
