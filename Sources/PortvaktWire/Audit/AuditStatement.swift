package import CPortvaktProto
public import PortvaktCore

/// `Audit.Statement`: who has seen what about one person.
public struct StatementRequest: Equatable, Sendable {
    public var subject: PersonID
    /// Who asks for it.
    public var asker: Actor
    public var assurance: Assurance
    public var time: Validity
    /// With an inclusion proof of each entry.
    public var proofs: Bool
    public var page: PageRequest

    public init(
        subject: PersonID, asker: Actor, assurance: Assurance, time: Validity = .always, proofs: Bool = false,
        page: PageRequest = .first
    ) {
        self.subject = subject
        self.asker = asker
        self.assurance = assurance
        self.time = time
        self.proofs = proofs
        self.page = page
    }
}

extension StatementRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__StatementRequest>) {
        unsafe portvakt__v1__statement_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__StatementRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            subject: reader.id(form.pointee.subject, "subject"),
            asker: reader.message(form.pointee.asker, "asker"),
            assurance: reader.word(form.pointee.assurance, "assurance"),
            time: reader.validity(form.pointee.time, "time"),
            proofs: form.pointee.proofs != 0,
            page: reader.page(form.pointee.page))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__StatementRequest>, _ writer: WireWriter) {
        unsafe form.pointee.subject = unsafe writer.text(subject)
        unsafe form.pointee.asker = unsafe writer.form(asker)
        unsafe form.pointee.assurance = writer.word(assurance)
        unsafe form.pointee.time = unsafe writer.optional(time)
        unsafe form.pointee.proofs = writer.flag(proofs)
        unsafe form.pointee.page = unsafe writer.optional(page)
    }
}

public struct StatementResponse: Equatable, Sendable {
    /// Newest first.
    public var lines: [StatementLine]
    public var page: Page
    /// The decision that it is given on.
    public var answer: Answer
    /// The signed note up to which it is complete; empty when nothing is signed.
    public var checkpoint: String
    /// Every entry of the stream before this index was looked at.
    public var completeTo: UInt64
    public var completeToTime: Instant
    /// The asker is the subject.
    public var own: Bool
    /// Emergency accesses that are still being reviewed.
    public var awaitingReview: UInt64
    /// Shows that the subject has no other entries.
    public var completeness: Completeness?
    /// Entries of the chain that no line tells of, newest first.
    public var untold: [Untold]

    public init(
        lines: [StatementLine] = [], page: Page, answer: Answer, checkpoint: String = "", completeTo: UInt64,
        completeToTime: Instant, own: Bool = false, awaitingReview: UInt64, completeness: Completeness? = nil,
        untold: [Untold] = []
    ) {
        self.lines = lines
        self.page = page
        self.answer = answer
        self.checkpoint = checkpoint
        self.completeTo = completeTo
        self.completeToTime = completeToTime
        self.own = own
        self.awaitingReview = awaitingReview
        self.completeness = completeness
        self.untold = untold
    }
}

extension StatementResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__StatementResponse>) {
        unsafe portvakt__v1__statement_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__StatementResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            lines: reader.messages(form.pointee.n_lines, form.pointee.lines, "lines", limit: WireLimits.pageItems),
            page: reader.message(form.pointee.page, "page"),
            answer: reader.message(form.pointee.answer, "answer"),
            checkpoint: reader.note(form.pointee.checkpoint, "checkpoint"),
            completeTo: form.pointee.complete_to,
            completeToTime: Instant(milliseconds: form.pointee.complete_to_ms),
            own: form.pointee.own != 0,
            awaitingReview: form.pointee.awaiting_review,
            completeness: reader.optional(form.pointee.completeness, "completeness"),
            untold: reader.messages(
                form.pointee.n_untold, form.pointee.untold, "untold", limit: WireLimits.pageItems))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__StatementResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_lines, form.pointee.lines) = unsafe writer.forms(lines)
        unsafe form.pointee.page = unsafe writer.form(page)
        unsafe form.pointee.answer = unsafe writer.form(answer)
        unsafe form.pointee.checkpoint = unsafe writer.text(checkpoint)
        unsafe form.pointee.complete_to = completeTo
        unsafe form.pointee.complete_to_ms = completeToTime.milliseconds
        unsafe form.pointee.own = writer.flag(own)
        unsafe form.pointee.awaiting_review = awaitingReview
        unsafe form.pointee.completeness = unsafe writer.optional(completeness)
        unsafe (form.pointee.n_untold, form.pointee.untold) = unsafe writer.forms(untold)
    }
}

/// An entry of a subject's chain that stands in no line.
public struct Untold: Equatable, Sendable {
    /// How many lines of the page are newer.
    public var after: UInt32
    /// Of its leaf: SHA-256, 32 bytes.
    public var leafHash: [UInt8]

    public init(after: UInt32, leafHash: [UInt8]) {
        self.after = after
        self.leafHash = leafHash
    }
}

extension Untold: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Untold>) {
        unsafe portvakt__v1__untold__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Untold>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(after: form.pointee.after, leafHash: reader.hash(form.pointee.leaf_hash, "leaf_hash"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Untold>, _ writer: WireWriter) {
        unsafe form.pointee.after = after
        unsafe form.pointee.leaf_hash = unsafe writer.bytes(leafHash)
    }
}

/// The end of the hash chain over all entries about one subject, and its way to a root.
public struct Completeness: Equatable, Sendable {
    public var count: UInt64
    /// SHA-256, 32 bytes.
    public var end: [UInt8]
    public var ordinal: UInt64
    /// SHA-256 each, one after the other.
    public var path: [UInt8]
    public var streamSize: UInt64
    public var subjects: UInt64
    /// SHA-256, 32 bytes.
    public var root: [UInt8]

    public init(
        count: UInt64, end: [UInt8], ordinal: UInt64, path: [UInt8], streamSize: UInt64, subjects: UInt64, root: [UInt8]
    ) {
        self.count = count
        self.end = end
        self.ordinal = ordinal
        self.path = path
        self.streamSize = streamSize
        self.subjects = subjects
        self.root = root
    }
}

extension Completeness: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Completeness>) {
        unsafe portvakt__v1__completeness__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Completeness>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            count: form.pointee.count,
            end: reader.hash(form.pointee.end, "end"),
            ordinal: form.pointee.ordinal,
            path: reader.bytes(form.pointee.path, "path", limit: WireLimits.proofBytes),
            streamSize: form.pointee.stream_size,
            subjects: form.pointee.subjects,
            root: reader.hash(form.pointee.root, "root"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Completeness>, _ writer: WireWriter) {
        unsafe form.pointee.count = count
        unsafe form.pointee.end = unsafe writer.bytes(end)
        unsafe form.pointee.ordinal = ordinal
        unsafe form.pointee.path = unsafe writer.bytes(path)
        unsafe form.pointee.stream_size = streamSize
        unsafe form.pointee.subjects = subjects
        unsafe form.pointee.root = unsafe writer.bytes(root)
    }
}

/// One line of a statement: nothing that the asker must not learn.
public struct StatementLine: Equatable, Sendable {
    public var entry: EntryReference
    public var time: Instant
    public var unit: UnitID?
    public var service: Service?
    public var role: EmploymentRole?
    /// For entries about health, and to the subject only.
    public var employment: EmploymentID?
    /// When it is the asker.
    public var person: PersonID?
    public var action: Action
    public var purpose: Purpose
    public var effect: Effect
    /// On what basis, or why not.
    public var reason: Reason
    public var emergency: Bool
    /// That it rests on.
    public var consents: [ConsentID]
    /// A tlog-proof; empty when there is none.
    public var proof: String
    /// The proof is without the leaf, which would say more than the line: it leads from this hash of it, SHA-256. Empty otherwise.
    public var leafHash: [UInt8]

    public init(
        entry: EntryReference, time: Instant, unit: UnitID? = nil, service: Service? = nil, role: EmploymentRole? = nil,
        employment: EmploymentID? = nil, person: PersonID? = nil, action: Action, purpose: Purpose, effect: Effect,
        reason: Reason, emergency: Bool = false, consents: [ConsentID] = [], proof: String = "", leafHash: [UInt8] = []
    ) {
        self.entry = entry
        self.time = time
        self.unit = unit
        self.service = service
        self.role = role
        self.employment = employment
        self.person = person
        self.action = action
        self.purpose = purpose
        self.effect = effect
        self.reason = reason
        self.emergency = emergency
        self.consents = consents
        self.proof = proof
        self.leafHash = leafHash
    }
}

extension StatementLine: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__StatementLine>) {
        unsafe portvakt__v1__statement_line__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__StatementLine>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            entry: reader.message(form.pointee.entry, "entry"),
            time: Instant(milliseconds: form.pointee.time_ms),
            unit: reader.optionalID(form.pointee.unit, "unit"),
            service: reader.optionalCode(form.pointee.service, "service"),
            role: reader.optionalWord(form.pointee.role, "role"),
            employment: reader.optionalID(form.pointee.employment, "employment"),
            person: reader.optionalID(form.pointee.person, "person"),
            action: reader.word(form.pointee.action, "action"),
            purpose: reader.word(form.pointee.purpose, "purpose"),
            effect: reader.word(form.pointee.effect, "effect"),
            reason: reader.word(form.pointee.reason, "reason"),
            emergency: form.pointee.emergency != 0,
            consents: reader.ids(form.pointee.n_consents, form.pointee.consents, "consents"),
            proof: reader.note(form.pointee.proof, "proof"),
            leafHash: reader.optionalHash(form.pointee.leaf_hash, "leaf_hash"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__StatementLine>, _ writer: WireWriter) {
        unsafe form.pointee.entry = unsafe writer.form(entry)
        unsafe form.pointee.time_ms = time.milliseconds
        unsafe form.pointee.unit = unsafe writer.text(unit)
        unsafe form.pointee.service = unsafe writer.text(service)
        unsafe form.pointee.role = writer.word(role)
        unsafe form.pointee.employment = unsafe writer.text(employment)
        unsafe form.pointee.person = unsafe writer.text(person)
        unsafe form.pointee.action = writer.word(action)
        unsafe form.pointee.purpose = writer.word(purpose)
        unsafe form.pointee.effect = writer.word(effect)
        unsafe form.pointee.reason = writer.word(reason)
        unsafe form.pointee.emergency = writer.flag(emergency)
        unsafe (form.pointee.n_consents, form.pointee.consents) = unsafe writer.texts(consents)
        unsafe form.pointee.proof = unsafe writer.text(proof)
        unsafe form.pointee.leaf_hash = unsafe writer.bytes(leafHash)
    }
}
