package import CPortvaktProto
public import PortvaktCore

/// `Audit.Unusual`: patterns that are worth a look.
public struct UnusualRequest: Equatable, Sendable {
    public var time: Validity
    public var reader: StatedReader?

    public init(
        time: Validity = .always, reader: StatedReader? = nil
    ) {
        self.time = time
        self.reader = reader
    }
}

extension UnusualRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__UnusualRequest>) {
        unsafe portvakt__v1__unusual_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__UnusualRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            time: reader.validity(form.pointee.time, "time"),
            reader: reader.optional(form.pointee.reader, "reader"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__UnusualRequest>, _ writer: WireWriter) {
        unsafe form.pointee.time = unsafe writer.optional(time)
        unsafe form.pointee.reader = unsafe writer.optional(reader)
    }
}

public struct UnusualResponse: Equatable, Sendable {
    /// The largest excess first.
    public var patterns: [Pattern]
    public var lookedAt: UInt64
    public var complete: Bool

    public init(
        patterns: [Pattern] = [], lookedAt: UInt64, complete: Bool = false
    ) {
        self.patterns = patterns
        self.lookedAt = lookedAt
        self.complete = complete
    }
}

extension UnusualResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__UnusualResponse>) {
        unsafe portvakt__v1__unusual_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__UnusualResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            patterns: reader.messages(form.pointee.n_patterns, form.pointee.patterns, "patterns"),
            lookedAt: form.pointee.looked_at,
            complete: form.pointee.complete != 0)
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__UnusualResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_patterns, form.pointee.patterns) = unsafe writer.forms(patterns)
        unsafe form.pointee.looked_at = lookedAt
        unsafe form.pointee.complete = writer.flag(complete)
    }
}

/// A pattern with its numbers and its entries. No judgement.
public struct Pattern: Equatable, Sendable {
    public var kind: PatternKind
    public var actor: Actor?
    public var unit: UnitID?
    public var count: UInt64
    /// What it is compared with, in thousandths; 0: nothing.
    public var habitThousandths: UInt64
    public var threshold: UInt64
    /// As `STREAM#INDEX`, oldest first.
    public var entries: [String]

    public init(
        kind: PatternKind, actor: Actor? = nil, unit: UnitID? = nil, count: UInt64, habitThousandths: UInt64,
        threshold: UInt64, entries: [String] = []
    ) {
        self.kind = kind
        self.actor = actor
        self.unit = unit
        self.count = count
        self.habitThousandths = habitThousandths
        self.threshold = threshold
        self.entries = entries
    }
}

extension Pattern: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Pattern>) {
        unsafe portvakt__v1__pattern__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Pattern>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            kind: reader.word(form.pointee.kind, "kind"),
            actor: reader.optional(form.pointee.actor, "actor"),
            unit: reader.optionalID(form.pointee.unit, "unit"),
            count: form.pointee.count,
            habitThousandths: form.pointee.habit_thousandths,
            threshold: form.pointee.threshold,
            entries: reader.names(form.pointee.n_entries, form.pointee.entries, "entries"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Pattern>, _ writer: WireWriter) {
        unsafe form.pointee.kind = writer.word(kind)
        unsafe form.pointee.actor = unsafe writer.optional(actor)
        unsafe form.pointee.unit = unsafe writer.text(unit)
        unsafe form.pointee.count = count
        unsafe form.pointee.habit_thousandths = habitThousandths
        unsafe form.pointee.threshold = threshold
        unsafe (form.pointee.n_entries, form.pointee.entries) = unsafe writer.texts(entries)
    }
}
