package import CPortvaktProto
public import PortvaktCore

/// `Audit.Replay`: derives a decision again from the ledger as it was.
public struct ReplayRequest: Equatable, Sendable {
    public var stream: String
    public var index: UInt64
    /// Also with what was registered later, but was true then.
    public var asKnownNow: Bool
    public var reader: StatedReader?

    public init(
        stream: String, index: UInt64, asKnownNow: Bool = false, reader: StatedReader? = nil
    ) {
        self.stream = stream
        self.index = index
        self.asKnownNow = asKnownNow
        self.reader = reader
    }
}

extension ReplayRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ReplayRequest>) {
        unsafe portvakt__v1__replay_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ReplayRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            stream: reader.name(form.pointee.stream, "stream"),
            index: form.pointee.index,
            asKnownNow: form.pointee.as_known_now != 0,
            reader: reader.optional(form.pointee.reader, "reader"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ReplayRequest>, _ writer: WireWriter) {
        unsafe form.pointee.stream = unsafe writer.text(stream)
        unsafe form.pointee.index = index
        unsafe form.pointee.as_known_now = writer.flag(asKnownNow)
        unsafe form.pointee.reader = unsafe writer.optional(reader)
    }
}

public struct ReplayResponse: Equatable, Sendable {
    public var entry: AuditEntry
    /// The decision as it comes out again.
    public var again: Decision
    /// Byte for byte as it was recorded.
    public var identical: Bool
    /// The fields in which it differs.
    public var differences: [String]
    public var knownNow: Decision?
    public var later: [LaterFact]
    /// Up to which later facts were looked at.
    public var revision: Revision

    public init(
        entry: AuditEntry, again: Decision, identical: Bool = false, differences: [String] = [],
        knownNow: Decision? = nil, later: [LaterFact] = [], revision: Revision
    ) {
        self.entry = entry
        self.again = again
        self.identical = identical
        self.differences = differences
        self.knownNow = knownNow
        self.later = later
        self.revision = revision
    }
}

extension ReplayResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ReplayResponse>) {
        unsafe portvakt__v1__replay_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ReplayResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            entry: reader.message(form.pointee.entry, "entry"),
            again: reader.message(form.pointee.again, "again"),
            identical: form.pointee.identical != 0,
            differences: reader.names(form.pointee.n_differences, form.pointee.differences, "differences"),
            knownNow: reader.optional(form.pointee.known_now, "known_now"),
            later: reader.messages(form.pointee.n_later, form.pointee.later, "later"),
            revision: Revision(form.pointee.revision))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ReplayResponse>, _ writer: WireWriter) {
        unsafe form.pointee.entry = unsafe writer.form(entry)
        unsafe form.pointee.again = unsafe writer.form(again)
        unsafe form.pointee.identical = writer.flag(identical)
        unsafe (form.pointee.n_differences, form.pointee.differences) = unsafe writer.texts(differences)
        unsafe form.pointee.known_now = unsafe writer.optional(knownNow)
        unsafe (form.pointee.n_later, form.pointee.later) = unsafe writer.forms(later)
        unsafe form.pointee.revision = revision.number
    }
}

/// A fact that was registered later, but was true then.
public struct LaterFact: Equatable, Sendable {
    public var revision: Revision
    public var registeredAt: Instant
    public var event: Event

    public init(
        revision: Revision, registeredAt: Instant, event: Event
    ) {
        self.revision = revision
        self.registeredAt = registeredAt
        self.event = event
    }
}

extension LaterFact: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__LaterFact>) {
        unsafe portvakt__v1__later_fact__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__LaterFact>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            revision: Revision(form.pointee.revision),
            registeredAt: Instant(milliseconds: form.pointee.registered_ms),
            event: reader.message(form.pointee.event, "event"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__LaterFact>, _ writer: WireWriter) {
        unsafe form.pointee.revision = revision.number
        unsafe form.pointee.registered_ms = registeredAt.milliseconds
        unsafe form.pointee.event = unsafe writer.form(event)
    }
}
