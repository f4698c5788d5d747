internal import HashTreeCollections

/// What ties the actor to the object (step 4).
struct Links: OptionSet {
    let rawValue: UInt16

    static let holder = Links(rawValue: 1)
    static let logGrant = Links(rawValue: 2)
    static let planGrant = Links(rawValue: 4)
    static let invited = Links(rawValue: 8)
    static let subject = Links(rawValue: 16)
    /// Holds a known authority that gives rights now.
    static let authority = Links(rawValue: 32)
    /// Holds an authority that is unknown or pending.
    static let unknownAuthority = Links(rawValue: 64)
    /// Works in the unit that has omsorg.
    static let omsorg = Links(rawValue: 128)
    static let handover = Links(rawValue: 256)
    /// A claim that the question states; an outsider can make one too.
    static let claim = Links(rawValue: 512)

    /// A link that stands in the records.
    var isRecorded: Bool { !subtracting(.claim).isEmpty }
}

/// The steps of a decision, in order.
enum Step: UInt8, CaseIterable {
    case system = 1, actor, locks, state, rule, basis, entry, obligations

    var name: String { "step.\(rawValue).\(self)" }
}

/// One evaluation: everything looked up once, the steps taken in order, what they found gathered.
///
/// It lies on its caller's stack, is never copied, and holds plain data but for what is missing: no step counts
/// references or allocates. It reads the caller's values in place and never outlives the call that it is made in.
struct Evaluation: ~Copyable {
    private let questionAddress: UnsafePointer<QuestionFields>
    private let systemAddress: UnsafePointer<AskingSystem.Trust>
    private let stateAddress: UnsafePointer<StateTables>
    private let keptState: Boxed<StateTables>.Unretained
    var question: QuestionFields { @inline(__always) unsafeAddress { questionAddress } }
    var system: AskingSystem.Trust { @inline(__always) unsafeAddress { systemAddress } }
    var state: StateTables { @inline(__always) unsafeAddress { stateAddress } }
    let tables: PolicyTables
    let at: Instant
    /// The local date of `at`.
    let today: OsloTime.Today
    let action: ActionRule

    // Who asks.
    var employment: Ref<EmploymentFacts>?
    var unit: Ref<UnitFacts>?
    /// On whose behalf the employment works.
    var actorController: Handle<Controller>?
    /// The acting human.
    var human: Ref<PersonFacts>?
    /// Whose rights a person acts by: their own, or for a fullmektig the principal's.
    var viewer: Handle<Person>?
    var proxyGrant: Ref<GrantFacts>?

    // About what.
    var objectFound = false
    var caseFile: Ref<CaseFacts>?
    var meeting: Ref<MeetingFacts>?
    var subject: Ref<PersonFacts>?
    /// The controller whose matter it is.
    var matterController: Handle<Controller>?
    /// The labels of the entry that the question is about.
    var entry: EntryFacts?

    // What ties them.
    var links: Links = []
    var logGrant: Ref<GrantFacts>?
    var planGrant: Ref<GrantFacts>?
    var coordinatorGrant: Ref<GrantFacts>?
    /// A coordinator's grant stands there that Forvaltningstjenesten did not give.
    var hasUngivenCoordinator = false

    // What was found.
    var denies = ReasonList(filler: .denyEvaluationError)
    var refers = ReasonList(filler: .denyEvaluationError)
    var obligations = WordList<8, Obligation>(filler: .log)
    var evidence = SmallList<12, EvidenceReference>(filler: EvidenceReference.filler)
    var missing: [Missing] = []
    /// What holds this step's outcome back from an outsider whatever the link: protected, hidden.
    var concealed = false
    var emergencyMinutes: UInt32?
    var holdsUntil: Instant
    /// Only while explaining.
    let trace: Trace?

    /// - Important: the caller keeps the three values for as long as the evaluation lives.
    init(
        _ question: Question, by system: AskingSystem, in state: Snapshot, under profile: PolicyTables,
        until: Instant, at: Instant, isForesight: Bool = false, trace: Trace? = nil
    ) {
        questionAddress = question.address
        systemAddress = system.address
        stateAddress = state.address
        keptState = state.unretained
        tables = profile
        self.at = at
        self.trace = trace
        today = OsloTime.Today(at)
        action = tables.rule(for: question.action)
        // Foresight asks when a fact ends it; an answer to a caller is never relied on longer than the profile says.
        let longest = at.advanced(byMilliseconds: Int64(tables.limits.decisionMaxAgeSeconds) * 1000)
        holdsUntil = isForesight ? until : min(until, longest)
    }

    /// Takes the steps in order and makes the decision.
    /// - Parameter failing: a rule of the basis cannot be evaluated.
    mutating func run(failing: Bool) -> Decision {
        resolve()
        take(.system) { $0.checkSystem() }
        if isStopped { return decision(endedBy: .system) }
        take(.actor) { $0.checkActor() }
        if isStopped { return decision(endedBy: .actor) }
        take(.locks) { $0.checkLocks() }
        if isStopped { return decision(endedBy: .locks) }
        take(.state) { $0.checkState() }
        if isStopped { return decision(endedBy: .state) }
        take(.rule) { $0.checkRule() }
        if isStopped { return decision(endedBy: .rule) }
        if failing { return Engine.failed(at: at) }
        var basis: Reason?
        take(.basis) { basis = $0.findBasis() }
        guard !isStopped, let basis else { return decision(endedBy: .basis) }
        take(.entry) { $0.checkEntry(on: basis) }
        if isStopped { return decision(endedBy: .entry) }
        take(.obligations) { $0.addObligations(to: basis) }
        return allowed(by: basis)
    }

    @inline(__always)
    private mutating func take(_ step: Step, _ body: (inout Evaluation) -> Void) {
        trace?.open(step.name)
        body(&self)
        guard let trace else { return }
        trace.close(denies.isEmpty ? (refers.isEmpty ? nil : .unknown) : .fails, reason: denies.first ?? refers.first)
    }

    var isStopped: Bool { mutating get { !denies.isEmpty || !refers.isEmpty } }
}

// MARK: - Gathering

/// Reasons in the order in which they were found, each once.
///
/// There are fewer reasons that deny or refer than it has room for.
typealias ReasonList = WordList<48, Reason>

/// A record that a decision rests on, by its kind and address: the evidence is written out when somebody reads it.
struct EvidenceReference: BitwiseCopyable, Equatable {
    /// The address, and in the byte that no address uses the kind.
    private let bits: UInt64

    private static var kindShift: UInt64 { 56 }

    init(kind: RecordKind, address: UnsafeRawPointer) {
        bits = UInt64(UInt(bitPattern: address)) | UInt64(kind.rawValue) << Self.kindShift
    }

    private init() { bits = 0 }

    static var filler: EvidenceReference { EvidenceReference() }

    var kind: RecordKind? { RecordKind(rawValue: UInt8(bits >> Self.kindShift)) }

    var address: UnsafeRawPointer? {
        UnsafeRawPointer(bitPattern: UInt(bits & ((1 << Self.kindShift) - 1)))
    }
}

extension Evaluation {
    /// A rule stops the request.
    mutating func deny(_ reason: Reason, _ rule: Rule) {
        denies.note(reason)
        trace?.note(rule, .fails, reason: reason)
    }

    /// A fact is unknown or contested: a human must decide.
    mutating func refer(_ reason: Reason, _ rule: Rule) {
        refers.note(reason)
        trace?.note(rule, .unknown, reason: reason)
    }

    /// A rule was looked at and holds.
    @inline(__always)
    mutating func pass(_ rule: Rule) { trace?.note(rule, .holds) }

    mutating func add(_ obligation: Obligation) { obligations.note(obligation) }

    @inline(__always)
    mutating func use<Record: Sendable>(_ kind: RecordKind, _ filed: FiledReference<Record>) {
        evidence.note(EvidenceReference(kind: kind, address: filed.address))
    }

    /// The answer depends on a fact that changes at this instant.
    @inline(__always)
    mutating func depends(on change: Instant) {
        if at < change, change < holdsUntil { holdsUntil = change }
    }

    @inline(__always)
    mutating func depends(on validity: Validity) {
        depends(on: validity.from)
        depends(on: validity.until)
    }
}

// MARK: - The decision

extension Evaluation {
    private mutating func allowed(by basis: Reason) -> Decision {
        Decision(
            DecisionFields(
                effect: .allow, reasons: ShortWords(basis), external: .allow,
                obligations: ShortWords(obligations, filler: .log),
                names: names, role: employment?.facts.role, emergencyMinutes: emergencyMinutes,
                holdsUntil: holdsUntil))
    }

    /// In each step a deny goes before a refer.
    private mutating func decision(endedBy step: Step) -> Decision {
        let primary = denies.first ?? refers.first ?? .denyEvaluationError
        let count = denies.count + refers.count
        let reasons =
            count <= 1 ? ShortWords<Reason>(primary) : ShortWords(denies.array + refers.array, filler: primary)
        let external = external(step, primary)
        let isHidden = external == .not_found
        return Decision(
            DecisionFields(
                effect: primary.effect, reasons: reasons, external: external,
                obligations: isHidden ? ShortWords([], filler: .log) : ShortWords(obligations, filler: .log),
                names: names, missing: isHidden ? [] : missing, role: employment?.facts.role,
                // An outsider's answer must not tell by its lifetime whether there was something to look at.
                holdsUntil: isHidden ? at : holdsUntil))
    }

    /// The records that the decision names: where they stand, if that can be said.
    private var names: RecordNames {
        mutating get {
            let controller = matterController.flatMap { state.controllers.facts($0) }?.facts.filed
            // A controller that nobody registered is named as the question does; much evidence is written out at once.
            if evidence.count <= RecordNames.Referenced.capacity, caseFile != nil || controller != nil {
                return .referenced(
                    RecordNames.Referenced(
                        evidence, subject: subject?.facts.filed, caseRecord: caseFile?.facts.filed,
                        controller: controller, unit: unit?.facts.filed, state: keptState.box))
            }
            var names = RecordNames.Written(
                evidence: evidence.array { Evidence($0) }, subject: subject?.facts.filed.read(\.id),
                caseID: caseFile?.facts.filed.read(\.id), controller: controller?.read(\.id),
                unit: unit?.facts.filed.read(\.id))
            if names.controller == nil, case .controller(let id) = question.object { names.controller = id }
            return .written(names)
        }
    }

    /// What an outsider is told (rules section 6): for whatever ends before step 5 without a link, nothing is there.
    private mutating func external(_ step: Step, _ primary: Reason) -> ExternalAnswer {
        if step == .system || concealed || primary == .denyNotFound { return .not_found }
        if links.isRecorded { return .deny }
        // A person without a link, and another controller's employee, are outsiders whatever stops them.
        if employment == nil || actorController != matterController { return .not_found }
        if step.rawValue >= Step.rule.rawValue { return .deny }
        return isTellingOwn && step == .locks ? .deny : .not_found
    }

    /// Who tells what their own service knows is no outsider to it: they learn that the recipient is barred.
    private var isTellingOwn: Bool {
        mutating get {
            question.action == .disclose && employment != nil && actorController == matterController && !isSecret
        }
    }
}

extension Evidence {
    init<Record: Sendable>(_ kind: RecordKind, _ filed: FiledReference<Record>) {
        self.init(EvidenceReference(kind: kind, address: filed.address))
    }

    /// Writes out which version of which record it is.
    init(_ reference: EvidenceReference) {
        guard let kind = reference.kind, let address = reference.address else {
            preconditionFailure("evidence of no record")
        }
        func written<Record: Sendable>(_ type: Record.Type, _ id: (Record) -> Identifier) -> Evidence {
            Unmanaged<Filed<Record>>.fromOpaque(address)._withUnsafeGuaranteedRef {
                Evidence(kind: kind, id: id($0.record), version: $0.version)
            }
        }
        switch kind {
        case .consent: self = written(Consent.self) { $0.id.identifier }
        case .grant: self = written(Grant.self) { $0.id.identifier }
        case .authority: self = written(Authority.self) { $0.id.identifier }
        case .capacity: self = written(Capacity.self) { $0.id.identifier }
        case .relation: self = written(Relation.self) { $0.id.identifier }
        case .restriction: self = written(Restriction.self) { $0.id.identifier }
        case .objection: self = written(Objection.self) { $0.id.identifier }
        case .handover: self = written(Handover.self) { $0.id.identifier }
        default: preconditionFailure("no step uses a \(kind.word) as evidence")
        }
    }
}
