package import CPortvaktProto
public import PortvaktCore

/// `Audit.Erase`: erases what is personal in entries.
public struct EraseRequest: Equatable, Sendable {
    /// As `STREAM#INDEX`; or a subject.
    public var entries: [String]
    public var subject: PersonID?
    public var first: Actor
    public var second: Actor
    /// In words, no names.
    public var reason: String
    public var dryRun: Bool

    public init(
        entries: [String] = [], subject: PersonID? = nil, first: Actor, second: Actor, reason: String = "",
        dryRun: Bool = false
    ) {
        self.entries = entries
        self.subject = subject
        self.first = first
        self.second = second
        self.reason = reason
        self.dryRun = dryRun
    }
}

extension EraseRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__EraseRequest>) {
        unsafe portvakt__v1__erase_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__EraseRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            entries: reader.names(form.pointee.n_entries, form.pointee.entries, "entries"),
            subject: reader.optionalID(form.pointee.subject, "subject"),
            first: reader.message(form.pointee.first, "first"),
            second: reader.message(form.pointee.second, "second"),
            reason: reader.prose(form.pointee.reason, "reason", limit: WireLimits.whyBytes),
            dryRun: form.pointee.dry_run != 0)
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__EraseRequest>, _ writer: WireWriter) {
        unsafe (form.pointee.n_entries, form.pointee.entries) = unsafe writer.texts(entries)
        unsafe form.pointee.subject = unsafe writer.text(subject)
        unsafe form.pointee.first = unsafe writer.form(first)
        unsafe form.pointee.second = unsafe writer.form(second)
        unsafe form.pointee.reason = unsafe writer.text(reason)
        unsafe form.pointee.dry_run = writer.flag(dryRun)
    }
}

public struct EraseResponse: Equatable, Sendable {
    /// Openings that were there.
    public var count: UInt64
    public var entry: EntryReference?

    public init(
        count: UInt64, entry: EntryReference? = nil
    ) {
        self.count = count
        self.entry = entry
    }
}

extension EraseResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__EraseResponse>) {
        unsafe portvakt__v1__erase_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__EraseResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            count: form.pointee.count,
            entry: reader.optional(form.pointee.entry, "entry"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__EraseResponse>, _ writer: WireWriter) {
        unsafe form.pointee.count = count
        unsafe form.pointee.entry = unsafe writer.optional(entry)
    }
}

/// `Audit.Retain`: what has been kept as long as the profile says.
public struct RetainRequest: Equatable, Sendable {
    public var dryRun: Bool
    public var first: Actor?
    public var second: Actor?
    public var reader: StatedReader?

    public init(
        dryRun: Bool = false, first: Actor? = nil, second: Actor? = nil, reader: StatedReader? = nil
    ) {
        self.dryRun = dryRun
        self.first = first
        self.second = second
        self.reader = reader
    }
}

extension RetainRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RetainRequest>) {
        unsafe portvakt__v1__retain_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RetainRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            dryRun: form.pointee.dry_run != 0,
            first: reader.optional(form.pointee.first, "first"),
            second: reader.optional(form.pointee.second, "second"),
            reader: reader.optional(form.pointee.reader, "reader"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RetainRequest>, _ writer: WireWriter) {
        unsafe form.pointee.dry_run = writer.flag(dryRun)
        unsafe form.pointee.first = unsafe writer.optional(first)
        unsafe form.pointee.second = unsafe writer.optional(second)
        unsafe form.pointee.reader = unsafe writer.optional(reader)
    }
}

public struct RetainResponse: Equatable, Sendable {
    public var classes: [RetentionClass]
    public var entry: EntryReference?

    public init(
        classes: [RetentionClass] = [], entry: EntryReference? = nil
    ) {
        self.classes = classes
        self.entry = entry
    }
}

extension RetainResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RetainResponse>) {
        unsafe portvakt__v1__retain_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RetainResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            classes: reader.messages(form.pointee.n_classes, form.pointee.classes, "classes"),
            entry: reader.optional(form.pointee.entry, "entry"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RetainResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_classes, form.pointee.classes) = unsafe writer.forms(classes)
        unsafe form.pointee.entry = unsafe writer.optional(entry)
    }
}

/// What one class keeps, and for how long.
public struct RetentionClass: Equatable, Sendable {
    public var name: String
    /// `5 years`.
    public var kept: String
    /// Entries whose time is out.
    public var count: UInt64
    public var lookedAt: UInt64
    public var before: Instant

    public init(
        name: String, kept: String = "", count: UInt64, lookedAt: UInt64, before: Instant
    ) {
        self.name = name
        self.kept = kept
        self.count = count
        self.lookedAt = lookedAt
        self.before = before
    }
}

extension RetentionClass: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RetentionClass>) {
        unsafe portvakt__v1__retention_class__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RetentionClass>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            name: reader.name(form.pointee.name, "name"),
            kept: reader.prose(form.pointee.kept, "kept"),
            count: form.pointee.count,
            lookedAt: form.pointee.looked_at,
            before: Instant(milliseconds: form.pointee.before_ms))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RetentionClass>, _ writer: WireWriter) {
        unsafe form.pointee.name = unsafe writer.text(name)
        unsafe form.pointee.kept = unsafe writer.text(kept)
        unsafe form.pointee.count = count
        unsafe form.pointee.looked_at = lookedAt
        unsafe form.pointee.before_ms = before.milliseconds
    }
}
