package import PortvaktCore

/// The canonical bytes of entries, version 1. docs/ledger.md gives the layout byte by byte.
public enum EntryCodec {
    /// The version that is written.
    public static let version: UInt8 = 1
    /// Leaf and opening together: a record lists at most some hundred persons or units, a batch is many entries.
    public static let maximumEntryBytes = 256 * 1024
    /// A stated reason or necessity, in bytes of UTF-8: a page of text.
    public static let maximumTextBytes = 4096
    /// Items of one list in a record: far above any meeting, far below what would fill an entry.
    public static let maximumItems = 2048
    /// The random bytes before an opening: without them a commitment to few possible values could be guessed.
    public static let saltBytes = 16

    /// What stands before each entry in a block: the lengths of leaf and opening, and the first four bytes of the
    /// leaf's hash.
    static let frameBytes = 12
    /// The offset of the eight bytes of `number` in a leaf: version, kind and time stand before it.
    static let numberOffset = 10

    // MARK: Writing

    /// Appends a framed entry whose number, salt and commitment are still zero: they are set when it is committed.
    static func encode(_ change: Change, into writer: inout ByteWriter) throws(EntryError) {
        let frame = begin(&writer, .change, time: change.registeredAt, system: change.system)
        writer.write(change.controller.identifier)
        let leafEnd = endLeaf(&writer)
        writer.write(optional: change.requestID) { $0.write($1) }
        writer.write(optional: change.actor) { $0.write($1) }
        writer.write(change.event)
        try end(&writer, frame: frame, leafEnd: leafEnd)
    }

    static func encode(_ record: DecisionRecord, into writer: inout ByteWriter) throws(EntryError) {
        let frame = begin(&writer, .decision, time: record.at, system: record.system)
        writer.write(record.decision.effect.rawValue)
        writer.write(listOf: record.decision.reasonCount)
        record.decision.forEachReason { writer.write($0.rawValue) }
        writer.write(record.question.action.rawValue)
        writer.write(record.question.purpose.rawValue)
        writer.write(record.revision.number)
        writer.write(hash: record.policyHash)
        let leafEnd = endLeaf(&writer)
        writer.write(optional: record.requestID) { $0.write($1) }
        writer.write(record.question)
        writer.write(record.decision)
        try end(&writer, frame: frame, leafEnd: leafEnd)
    }

    static func encode(_ record: AuditRecord, into writer: inout ByteWriter) throws(EntryError) {
        let frame = begin(&writer, .audit, time: record.at, system: record.system)
        writer.write(record.call.rawValue)
        writer.write(record.revision.number)
        let leafEnd = endLeaf(&writer)
        writer.write(optional: record.requestID) { $0.write($1) }
        writer.write(record)
        try end(&writer, frame: frame, leafEnd: leafEnd)
    }

    /// Feeds a hasher with what an event states, by its canonical bytes.
    package static func hash(_ event: Event, into hasher: inout Hasher) {
        var writer = ByteWriter()
        writer.write(event)
        unsafe writer.withBytes { unsafe hasher.combine(bytes: $0) }
    }

    /// What so many events take in the ledger without what stands around each: about what they take in memory, too.
    package static func byteCount(of events: some Sequence<Event>) -> Int {
        var writer = ByteWriter()
        var bytes = 0
        for event in events {
            writer.write(event)
            bytes += writer.count
            writer.removeAll()
        }
        return bytes
    }

    private static func begin(_ writer: inout ByteWriter, _ kind: EntryKind, time: Instant, system: SystemID) -> Int {
        let frame = writer.count
        writer.write(zeros: frameBytes)
        writer.write(version)
        writer.write(kind.rawValue)
        writer.write(time.milliseconds)
        writer.write(UInt64(0))
        writer.write(system.identifier)
        return frame
    }

    private static func endLeaf(_ writer: inout ByteWriter) -> Int {
        writer.write(zeros: Digest.byteCount)
        let end = writer.count
        writer.write(zeros: saltBytes)
        return end
    }

    private static func end(_ writer: inout ByteWriter, frame: Int, leafEnd: Int) throws(EntryError) {
        try writer.checked()
        guard writer.count - frame <= maximumEntryBytes else {
            throw EntryError(offset: maximumEntryBytes, problem: .tooLong(limit: maximumEntryBytes))
        }
        writer.patch(UInt32(leafEnd - frame - frameBytes), at: frame)
        writer.patch(UInt32(writer.count - leafEnd), at: frame + 4)
    }

    // MARK: Reading

    /// What the leaf says, which an erasure does not take away.
    public static func summary(ofLeaf leaf: [UInt8]) throws(EntryError) -> EntrySummary {
        var reader = ByteReader(leaf)
        let summary = try readSummary(&reader)
        _ = try reader.readRaw(Digest.byteCount)
        try reader.finish()
        return summary
    }

    /// The time that the leaf states; `nil` when it is none of this version.
    static func time(ofLeaf leaf: [UInt8]) -> Instant? {
        var reader = ByteReader(leaf)
        guard (try? reader.readByte()) == version, (try? reader.readByte()) != nil else { return nil }
        return try? reader.readInstant()
    }

    /// The whole entry, after checking that the opening is the one that the leaf commits to.
    /// - Throws: ``EntryError``; `.erased` when the opening is gone.
    public static func body(of entry: Entry) throws(EntryError) -> EntryBody {
        let summary = try summary(ofLeaf: entry.leaf)
        guard !entry.isErased else { throw EntryError(offset: 0, problem: .erased) }
        let hasher: TreeHasher
        do { hasher = try TreeHasher() } catch { throw EntryError(offset: 0, problem: .commitmentMismatch) }
        return try body(of: entry, summary, hasher)
    }

    /// The same with a hasher that is used again, for those who read many.
    static func body(
        of entry: Entry, _ summary: EntrySummary, _ hasher: borrowing TreeHasher
    ) throws(EntryError) -> EntryBody {
        try checkOpening(of: entry, hasher)
        return try uncheckedBody(of: entry, summary)
    }

    /// The same without looking whether the leaf commits to the opening: for an index, which is no evidence.
    static func uncheckedBody(of entry: Entry, _ summary: EntrySummary) throws(EntryError) -> EntryBody {
        var reader = ByteReader(entry.opening)
        _ = try reader.readRaw(saltBytes)
        let body = try readBody(&reader, summary)
        try reader.finish()
        return body
    }

    /// - Throws: when the opening is not the one that the leaf commits to. An erased one passes.
    static func checkOpening(of entry: Entry, _ hasher: borrowing TreeHasher) throws(EntryError) {
        guard !entry.isErased else { return }
        guard entry.leaf.suffix(Digest.byteCount).elementsEqual(hasher.plain(entry.opening).bytes) else {
            throw EntryError(offset: entry.leaf.count - Digest.byteCount, problem: .commitmentMismatch)
        }
    }

    private static func readSummary(_ reader: inout ByteReader) throws(EntryError) -> EntrySummary {
        let version = try reader.readByte()
        guard version == Self.version else { throw reader.error(.unknownVersion(version), before: 1) }
        let byte = try reader.readByte()
        guard let kind = EntryKind(rawValue: byte) else {
            throw reader.error(.unknownValue(of: "EntryKind", byte), before: 1)
        }
        let time = try reader.readInstant()
        let number = try reader.readUInt64()
        let system: SystemID = try reader.readID()
        let details: EntrySummary.Details
        switch kind {
        case .change: details = .change(controller: try reader.readID())
        case .decision:
            details = .decision(
                effect: try reader.readWord(),
                reasons: try reader.readList { (reader) throws(EntryError) in try reader.readWord() },
                action: try reader.readWord(), purpose: try reader.readWord(),
                revision: Revision(try reader.readUInt64()), policyHash: try reader.readHash())
        case .audit: details = .audit(try reader.readWord(), revision: Revision(try reader.readUInt64()))
        }
        return EntrySummary(kind: kind, time: time, number: number, system: system, details: details)
    }

    private static func readBody(_ reader: inout ByteReader, _ summary: EntrySummary) throws(EntryError) -> EntryBody {
        let requestID = try reader.readOptional { (reader) throws(EntryError) in try reader.readIdentifier() }
        switch summary.details {
        case .change(let controller):
            let actor = try reader.readOptional { (reader) throws(EntryError) in try reader.readActor() }
            return .change(
                Change(
                    event: try reader.readEvent(), registeredAt: summary.time, system: summary.system, actor: actor,
                    controller: controller, requestID: requestID))
        case .decision(let effect, let reasons, let action, let purpose, let revision, let policyHash):
            let question = try reader.readQuestion(action: action, purpose: purpose)
            let decision = try reader.readDecision(effect: effect, reasons: reasons)
            return .decision(
                DecisionRecord(
                    question: question, decision: decision, system: summary.system, at: summary.time,
                    revision: revision, policyHash: policyHash, requestID: requestID))
        case .audit(let call, let revision):
            return .audit(
                try reader.readAudit(
                    call, at: summary.time, system: summary.system, revision: revision, requestID: requestID))
        }
    }

    /// The caller's id of the request that stands first in an opening, without reading the rest.
    static func requestID(inOpening opening: [UInt8]) throws(EntryError) -> Identifier? {
        var reader = ByteReader(opening)
        _ = try reader.readRaw(saltBytes)
        return try reader.readOptional { (reader) throws(EntryError) in try reader.readIdentifier() }
    }
}
