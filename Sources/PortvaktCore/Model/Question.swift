/// Who acts, and as what. The calling system vouches for the person.
public enum Actor: Hashable, Sendable {
    case employment(EmploymentID)
    /// Oneself, or a holder of an authority.
    case person(PersonID)
    /// The fullmektig whom this grant names.
    case proxy(GrantID)
}

/// What a question is about.
public enum Object: Hashable, Sendable {
    case caseID(CaseID)
    case meeting(MeetingID)
    case person(PersonID)
    case controller(ControllerID)
}

/// The labels of one entry of a log: the service stores no entry, the question carries its labels.
public struct EntryLabels: Hashable, Sendable {
    public var category: Category
    /// Whose information it is.
    public var about: [PersonID]
    /// The unit that wrote it.
    public var author: UnitID
    public var topics: [Topic]
    public var withheld: Withheld?
    /// For `investigation`: until when.
    public var withheldUntil: Instant?
    /// Needed to fulfil foreldreansvar (L23).
    public var neededForFa: Bool
    /// Written in the same treatment as the actor's (L31).
    public var sameTreatment: Bool

    public init(
        category: Category, about: [PersonID], author: UnitID, topics: [Topic] = [], withheld: Withheld? = nil,
        withheldUntil: Instant? = nil, neededForFa: Bool = false, sameTreatment: Bool = false
    ) {
        self.category = category
        self.about = about
        self.author = author
        self.topics = topics
        self.withheld = withheld
        self.withheldUntil = withheldUntil
        self.neededForFa = neededForFa
        self.sameTreatment = sameTreatment
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(_rawHashValue(seed: 0)) }

    /// Of every field, by the keyed hash of ids: the standard library's takes several times as long, and a log is asked
    /// about by the thousand.
    public func _rawHashValue(seed: Int) -> Int {
        var state = KeyedHash.start
        func add(_ id: Identifier) { KeyedHash.add(Int64(id._rawHashValue(seed: seed)), to: &state) }
        add(author.identifier)
        for person in about { add(person.identifier) }
        // Between the two lists, so that what stands in one is not taken for the other's.
        KeyedHash.add(Int64(about.count), to: &state)
        for topic in topics { add(topic.identifier) }
        let words = UInt32(category.rawValue) << 16 | UInt32(withheld?.rawValue ?? 0) << 2
        KeyedHash.add(Int64(words) | (neededForFa ? 1 : 0) | (sameTreatment ? 2 : 0), to: &state)
        KeyedHash.add(withheldUntil?.milliseconds ?? -1, to: &state)
        return KeyedHash.end(state)
    }
}

/// To whom something is disclosed.
public enum Recipient: Hashable, Sendable {
    case unit(UnitID)
    case service(Service)
    case person(PersonID)
}

/// An identity that a caller tried to attach to an anonymous discussion.
public enum IdentityAttempt: Hashable, Sendable {
    case person(PersonID)
    case freeText
}

/// A claim of emergency (L68). The reason is kept in the ledger and shown to those who review it.
public struct Emergency: Hashable, Sendable {
    /// The stated reason; empty is refused with its own reason.
    public var reason: String
    /// Anonymised information would not suffice.
    public var anonymisedInsufficient: Bool
    /// How long it is asked for; cut to the profile's maximum.
    public var minutes: UInt32

    public init(reason: String, anonymisedInsufficient: Bool, minutes: UInt32) {
        self.reason = reason
        self.anonymisedInsufficient = anonymisedInsufficient
        self.minutes = minutes
    }
}

/// One question: may this actor, now, do this action on this object, for this purpose?
///
/// It has many fields and is handed on often, to the decision, the record of it and the ledger: a copy shares them.
public struct Question: Hashable, Sendable {
    private var box: Boxed<QuestionFields>

    /// Where the fields lie while this question is kept.
    var address: UnsafePointer<QuestionFields> { box.address }

    public init(
        actor: Actor, action: Action, object: Object, assurance: Assurance = .high, purpose: Purpose = .samordning,
        area: Area? = nil, entry: EntryLabels? = nil, participant: Party? = nil, successor: EmploymentID? = nil,
        consent: Consent? = nil, recipient: Recipient? = nil, ground: Ground? = nil, necessity: String? = nil,
        document: Identifier? = nil, need: Bool = true, identifies: IdentityAttempt? = nil,
        decides: MeetingDecision? = nil, emergency: Emergency? = nil
    ) {
        box = Boxed(
            QuestionFields(
                actor: actor,
                assurance: assurance,
                action: action,
                object: object,
                purpose: purpose,
                area: area,
                entry: entry,
                participant: participant,
                successor: successor,
                consent: consent,
                recipient: recipient,
                ground: ground,
                necessity: necessity,
                document: document,
                need: need,
                identifies: identifies,
                decides: decides,
                emergency: emergency))
    }

    public static func == (lhs: Question, rhs: Question) -> Bool {
        lhs.box.isIdentical(to: rhs.box) || lhs.box.value == rhs.box.value
    }

    public func hash(into hasher: inout Hasher) { box.value.hash(into: &hasher) }
}

/// What a question states.
struct QuestionFields: Hashable, Sendable {
    var actor: Actor
    var assurance: Assurance
    var action: Action
    var object: Object
    var purpose: Purpose
    var area: Area?
    var entry: EntryLabels?
    var participant: Party?
    var successor: EmploymentID?
    var consent: Consent?
    var recipient: Recipient?
    var ground: Ground?
    var necessity: String?
    var document: Identifier?
    var need: Bool
    var identifies: IdentityAttempt?
    var decides: MeetingDecision?
    var emergency: Emergency?
}

extension Question {
    public var actor: Actor {
        get { box.value.actor }
        set { box.value.actor = newValue }
    }
    public var assurance: Assurance {
        get { box.value.assurance }
        set { box.value.assurance = newValue }
    }
    public var action: Action {
        get { box.value.action }
        set { box.value.action = newValue }
    }
    public var object: Object {
        get { box.value.object }
        set { box.value.object = newValue }
    }
    public var purpose: Purpose {
        get { box.value.purpose }
        set { box.value.purpose = newValue }
    }
    public var area: Area? {
        get { box.value.area }
        set { box.value.area = newValue }
    }
    public var entry: EntryLabels? {
        get { box.value.entry }
        set { box.value.entry = newValue }
    }
    /// For `participant.add`, and `meeting.attend` on another's behalf.
    public var participant: Party? {
        get { box.value.participant }
        set { box.value.participant = newValue }
    }
    /// For `baton.accept` and `log.reassign`.
    public var successor: EmploymentID? {
        get { box.value.successor }
        set { box.value.successor = newValue }
    }
    /// For `consent.give`: the consent as it would be registered.
    public var consent: Consent? {
        get { box.value.consent }
        set { box.value.consent = newValue }
    }
    /// For `disclose`.
    public var recipient: Recipient? {
        get { box.value.recipient }
        set { box.value.recipient = newValue }
    }
    public var ground: Ground? {
        get { box.value.ground }
        set { box.value.ground = newValue }
    }
    /// The written necessity, where a ground demands one.
    public var necessity: String? {
        get { box.value.necessity }
        set { box.value.necessity = newValue }
    }
    public var document: Identifier? {
        get { box.value.document }
        set { box.value.document = newValue }
    }
    /// Tjenstlig behov is stated (L60).
    public var need: Bool {
        get { box.value.need }
        set { box.value.need = newValue }
    }
    public var identifies: IdentityAttempt? {
        get { box.value.identifies }
        set { box.value.identifies = newValue }
    }
    public var decides: MeetingDecision? {
        get { box.value.decides }
        set { box.value.decides = newValue }
    }
    public var emergency: Emergency? {
        get { box.value.emergency }
        set { box.value.emergency = newValue }
    }
}

/// What the calling system is trusted for, as far as the decision needs it.
public struct AskingSystem: Equatable, Sendable {
    private let box: Boxed<Trust>

    /// Where it is written while this is kept.
    var address: UnsafePointer<Trust> { box.address }

    struct Trust: Equatable, Sendable {
        var id: SystemID
        var controllers: Set<ControllerID>?
        var actions: Set<Action>?
        /// The same, as a decision reads it.
        var actionSet: WordSet<Action>?
        var isRegistered: Bool
    }

    public init(
        id: SystemID, controllers: Set<ControllerID>? = nil, actions: Set<Action>? = nil, isRegistered: Bool = true
    ) {
        let actionSet = actions.map { WordSet($0) }
        box = Boxed(
            Trust(id: id, controllers: controllers, actions: actions, actionSet: actionSet, isRegistered: isRegistered))
    }

    public var id: SystemID { box.value.id }
    /// `nil` means every controller (a test or an in-process question).
    public var controllers: Set<ControllerID>? { box.value.controllers }
    /// `nil` means every action.
    public var actions: Set<Action>? { box.value.actions }
    /// Registered and active. False gives `deny.auth`.
    public var isRegistered: Bool { box.value.isRegistered }

    public static func == (lhs: AskingSystem, rhs: AskingSystem) -> Bool {
        lhs.box.isIdentical(to: rhs.box) || lhs.box.value == rhs.box.value
    }
}
