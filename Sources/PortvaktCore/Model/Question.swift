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
public struct Question: Hashable, Sendable {
    public var actor: Actor
    public var assurance: Assurance
    public var action: Action
    public var object: Object
    public var purpose: Purpose
    public var area: Area?
    public var entry: EntryLabels?
    /// For `participant.add`, and `meeting.attend` on another's behalf.
    public var participant: Party?
    /// For `baton.accept` and `log.reassign`.
    public var successor: EmploymentID?
    /// For `consent.give`: the consent as it would be registered.
    public var consent: Consent?
    /// For `disclose`.
    public var recipient: Recipient?
    public var ground: Ground?
    /// The written necessity, where a ground demands one.
    public var necessity: String?
    public var document: Identifier?
    /// Tjenstlig behov is stated (L60).
    public var need: Bool
    public var identifies: IdentityAttempt?
    public var decides: MeetingDecision?
    public var emergency: Emergency?

    public init(
        actor: Actor, action: Action, object: Object, assurance: Assurance = .high, purpose: Purpose = .samordning,
        area: Area? = nil, entry: EntryLabels? = nil, participant: Party? = nil, successor: EmploymentID? = nil,
        consent: Consent? = nil, recipient: Recipient? = nil, ground: Ground? = nil, necessity: String? = nil,
        document: Identifier? = nil, need: Bool = true, identifies: IdentityAttempt? = nil,
        decides: MeetingDecision? = nil, emergency: Emergency? = nil
    ) {
        self.actor = actor
        self.assurance = assurance
        self.action = action
        self.object = object
        self.purpose = purpose
        self.area = area
        self.entry = entry
        self.participant = participant
        self.successor = successor
        self.consent = consent
        self.recipient = recipient
        self.ground = ground
        self.necessity = necessity
        self.document = document
        self.need = need
        self.identifies = identifies
        self.decides = decides
        self.emergency = emergency
    }
}

/// What the calling system is trusted for, as far as the decision needs it.
public struct AskingSystem: Hashable, Sendable {
    public var id: SystemID
    /// `nil` means every controller (a test or an in-process question).
    public var controllers: Set<ControllerID>?
    /// `nil` means every action.
    public var actions: Set<Action>? {
        didSet { actionSet = actions.map { WordSet($0) } }
    }
    /// The same, as a decision reads it.
    private(set) var actionSet: WordSet<Action>?
    /// Registered and active. False gives `deny.auth`.
    public var isRegistered: Bool

    public init(
        id: SystemID, controllers: Set<ControllerID>? = nil, actions: Set<Action>? = nil, isRegistered: Bool = true
    ) {
        self.id = id
        self.controllers = controllers
        self.actions = actions
        actionSet = actions.map { WordSet($0) }
        self.isRegistered = isRegistered
    }
}
