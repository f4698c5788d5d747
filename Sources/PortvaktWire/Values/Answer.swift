package import CPortvaktProto
public import PortvaktCore

/// Where something is recorded.
public struct EntryReference: Hashable, Sendable {
    /// `changes/<controller>` or `decisions/<node>`.
    public var stream: String
    /// The entry's place in its stream, from 0.
    public var index: UInt64
    /// The number of the block it was committed in, over all streams.
    public var block: UInt64

    public init(stream: String, index: UInt64, block: UInt64) {
        self.stream = stream
        self.index = index
        self.block = block
    }
}

extension EntryReference: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__EntryReference>) {
        unsafe portvakt__v1__entry_reference__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__EntryReference>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            stream: reader.name(form.pointee.stream, "stream"), index: form.pointee.index, block: form.pointee.block)
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__EntryReference>, _ writer: WireWriter) {
        unsafe form.pointee.stream = unsafe writer.text(stream)
        unsafe form.pointee.index = index
        unsafe form.pointee.block = block
    }
}

/// The answer to a question, as the caller may see it.
public struct Answer: Equatable, Sendable {
    public var effect: Effect
    /// What the acting person may be told.
    public var external: ExternalAnswer
    /// All of the effect's class; the first is the primary one.
    public var reasons: [Reason]
    /// Numbers of reasons that this release does not know, of the effect's class. There is a reason in one of the two.
    public var unknownReasons: [UInt32]
    public var obligations: [Obligation]
    public var missing: [Missing]
    /// The first instant at which it must not be relied on any more.
    public var holdsUntil: Instant
    /// The instant that was decided for.
    public var decidedAt: Instant
    public var revision: Revision
    /// The decision's entry; `nil` only when it could not be recorded, and then it is no allow.
    public var entry: EntryReference?
    /// SHA-256 over the policy profile, 32 bytes.
    public var policyHash: [UInt8]
    /// For an emergency access: the minutes it was cut to.
    public var emergencyMinutes: UInt32?
    /// It carries one use: a one-time consent was spent by it, so it must not be used again.
    public var singleUse: Bool

    public init(
        effect: Effect, external: ExternalAnswer, reasons: [Reason], unknownReasons: [UInt32] = [],
        obligations: [Obligation] = [], missing: [Missing] = [], holdsUntil: Instant, decidedAt: Instant,
        revision: Revision, entry: EntryReference?, policyHash: [UInt8], emergencyMinutes: UInt32? = nil,
        singleUse: Bool = false
    ) {
        self.effect = effect
        self.external = external
        self.reasons = reasons
        self.unknownReasons = unknownReasons
        self.obligations = obligations
        self.missing = missing
        self.holdsUntil = holdsUntil
        self.decidedAt = decidedAt
        self.revision = revision
        self.entry = entry
        self.policyHash = policyHash
        self.emergencyMinutes = emergencyMinutes
        self.singleUse = singleUse
    }

    /// What may leave of a decision.
    ///
    /// For what does not exist and for what is hidden nothing differs but the place of the entry: neither the reasons, nor
    /// what is missing, nor the instant at which some fact will change.
    public init(_ record: DecisionRecord, entry: EntryReference?) {
        self.init(
            record.decision, at: record.at, revision: record.revision, policyHash: record.policyHash, entry: entry)
    }

    /// The same of a record's parts: taking them one by one copies less than the record.
    package init(
        _ decision: Decision, at: Instant, revision: Revision, policyHash: [UInt8], entry: EntryReference?
    ) {
        guard decision.external != .not_found else {
            self.init(
                effect: .deny, external: .not_found, reasons: [.denyNotFound], holdsUntil: at, decidedAt: at,
                revision: revision, entry: entry, policyHash: policyHash)
            return
        }
        self.init(
            effect: decision.effect, external: decision.external, reasons: decision.reasons,
            obligations: decision.obligations, missing: decision.missing, holdsUntil: decision.holdsUntil,
            decidedAt: at, revision: revision, entry: entry, policyHash: policyHash,
            emergencyMinutes: decision.emergencyMinutes)
    }
}

extension Answer: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Answer>) {
        unsafe portvakt__v1__answer__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Answer>, _ reader: WireReader) throws(WireError) {
        let effect: Effect = try unsafe reader.word(form.pointee.effect, "effect")
        let (reasons, unknown) = try unsafe reader.reasons(form.pointee.n_reasons, form.pointee.reasons, of: effect)
        let minutes = unsafe form.pointee.emergency_minutes
        try unsafe self.init(
            effect: effect,
            external: reader.word(form.pointee.external, "external"),
            reasons: reasons, unknownReasons: unknown,
            obligations: reader.words(form.pointee.n_obligations, form.pointee.obligations, "obligations"),
            missing: reader.messages(form.pointee.n_missing, form.pointee.missing, "missing"),
            holdsUntil: Instant(milliseconds: form.pointee.holds_until_ms),
            decidedAt: Instant(milliseconds: form.pointee.decided_at_ms),
            revision: Revision(form.pointee.revision),
            entry: reader.optional(form.pointee.entry, "entry"),
            policyHash: reader.hash(form.pointee.policy_hash, "policy_hash"),
            emergencyMinutes: minutes == 0 ? nil : minutes,
            singleUse: form.pointee.single_use != 0)
        guard (effect == .allow) == (external == .allow) else { throw WireError(.contradictory, field: "external") }
        guard effect != .allow || entry != nil else { throw WireError(.contradictory, field: "entry") }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Answer>, _ writer: WireWriter) {
        unsafe form.pointee.effect = writer.word(effect)
        unsafe form.pointee.external = writer.word(external)
        unsafe (form.pointee.n_reasons, form.pointee.reasons) = unsafe writer.words(reasons)
        unsafe (form.pointee.n_obligations, form.pointee.obligations) = unsafe writer.words(obligations)
        unsafe (form.pointee.n_missing, form.pointee.missing) = unsafe writer.forms(missing)
        unsafe form.pointee.holds_until_ms = holdsUntil.milliseconds
        unsafe form.pointee.decided_at_ms = decidedAt.milliseconds
        unsafe form.pointee.revision = revision.number
        unsafe form.pointee.entry = unsafe writer.optional(entry)
        unsafe form.pointee.policy_hash = unsafe writer.bytes(policyHash)
        unsafe form.pointee.emergency_minutes = emergencyMinutes ?? 0
        unsafe form.pointee.single_use = writer.flag(singleUse)
    }
}

extension WireReader {
    /// The reasons of an effect: those that are known, and the numbers of those that are not.
    ///
    /// A newer server may have newer reasons; what they speak for is told by their class. A number of no class, or of
    /// another one than the effect's, is refused.
    func reasons(
        _ count: Int, _ numbers: UnsafeMutablePointer<Portvakt__V1__Reason>?, of effect: Effect
    ) throws(WireError) -> (known: [Reason], unknown: [UInt32]) {
        var unknown: [UInt32] = []
        var known: [Reason] = []
        _ = try unsafe list(count, numbers, "reasons", limit: WireLimits.items) { (number) throws(WireError) in
            guard let byte = UInt8(exactly: number.rawValue), let stands = Reason.effect(ofNumber: byte) else {
                throw WireError(.unknownValue(number.rawValue))
            }
            guard stands == effect else { throw WireError(.contradictory) }
            if let reason = Reason(rawValue: byte) { known.append(reason) } else { unknown.append(number.rawValue) }
        }
        guard !known.isEmpty || !unknown.isEmpty else { throw missing("reasons") }
        return (known, unknown)
    }
}

extension Reason {
    /// The effect that a number stands for, known or not; `nil` for zero.
    static func effect(ofNumber number: UInt8) -> Effect? {
        switch number {
        case 0: nil
        case 1..<64: .allow
        case 64..<192: .deny
        default: .refer
        }
    }
}

extension Missing: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Missing>) {
        unsafe portvakt__v1__missing__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Missing>, _ reader: WireReader) throws(WireError) {
        switch unsafe form.pointee.missing_case {
        case PORTVAKT__V1__MISSING__MISSING_CONSENT:
            self = try unsafe reader.message(form.pointee.consent, "consent", as: MissingConsent.self).missing
        case PORTVAKT__V1__MISSING__MISSING_GRANT:
            self = try unsafe reader.message(form.pointee.grant, "grant", as: MissingGrant.self).missing
        default: throw WireError(.missing)
        }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Missing>, _ writer: WireWriter) {
        switch self {
        case .consent:
            unsafe form.pointee.missing_case = PORTVAKT__V1__MISSING__MISSING_CONSENT
            unsafe form.pointee.consent = unsafe writer.form(MissingConsent(missing: self))
        case .grant:
            unsafe form.pointee.missing_case = PORTVAKT__V1__MISSING__MISSING_GRANT
            unsafe form.pointee.grant = unsafe writer.form(MissingGrant(missing: self))
        }
    }
}

/// A missing consent, as its own message.
private struct MissingConsent: @unsafe WireMessage {
    let missing: Missing

    init(missing: Missing) { self.missing = missing }

    static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Missing__Consent>) {
        unsafe portvakt__v1__missing__consent__init(form)
    }

    init(_ form: UnsafePointer<Portvakt__V1__Missing__Consent>, _ reader: WireReader) throws(WireError) {
        missing = try unsafe .consent(
            from: reader.message(form.pointee.from, "from"),
            purpose: reader.word(form.pointee.purpose, "purpose"),
            service: reader.optionalCode(form.pointee.service, "service"),
            unit: reader.optionalID(form.pointee.unit, "unit"))
    }

    func write(_ form: UnsafeMutablePointer<Portvakt__V1__Missing__Consent>, _ writer: WireWriter) {
        guard case .consent(let giver, let purpose, let service, let unit) = missing else { return }
        unsafe form.pointee.from = unsafe writer.form(giver)
        unsafe form.pointee.purpose = writer.word(purpose)
        unsafe form.pointee.service = unsafe writer.text(service)
        unsafe form.pointee.unit = unsafe writer.text(unit)
    }
}

/// A missing grant, as its own message.
private struct MissingGrant: @unsafe WireMessage {
    let missing: Missing

    init(missing: Missing) { self.missing = missing }

    static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Missing__Grant>) {
        unsafe portvakt__v1__missing__grant__init(form)
    }

    init(_ form: UnsafePointer<Portvakt__V1__Missing__Grant>, _ reader: WireReader) throws(WireError) {
        missing = try unsafe .grant(
            reader.word(form.pointee.document, "document"), caseID: reader.id(form.pointee.case_id, "case_id"))
    }

    func write(_ form: UnsafeMutablePointer<Portvakt__V1__Missing__Grant>, _ writer: WireWriter) {
        guard case .grant(let document, let caseID) = missing else { return }
        unsafe form.pointee.document = writer.word(document)
        unsafe form.pointee.case_id = unsafe writer.text(caseID)
    }
}
