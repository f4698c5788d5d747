// The records of the model (what is known). Each is what a registration states; who registered it, through which
// system and when stands in the event's envelope. A later registration with the same id is a new version of it.

/// A data controller: the tenant.
public struct Controller: Equatable, Sendable {
    public var id: ControllerID
    public var kind: ControllerKind

    public init(id: ControllerID, kind: ControllerKind = .kommune) {
        self.id = id
        self.kind = kind
    }
}

/// A service's organisational unit under one controller. Its service decides its secrecy regime.
public struct Unit: Equatable, Sendable {
    public var id: UnitID
    public var service: Service
    public var controller: ControllerID
    /// Units with the same organ are one organ under fvl § 13 b nr 3 (L65); by default the unit alone.
    public var organ: UnitID
    /// The older unit that this one replaces: a consent that names the older one carries this one.
    public var namedIn: UnitID?
    /// The unit is known to be closed from this instant.
    public var closedAt: Instant?

    public init(
        id: UnitID, service: Service, controller: ControllerID, organ: UnitID? = nil, namedIn: UnitID? = nil,
        closedAt: Instant? = nil
    ) {
        self.id = id
        self.service = service
        self.controller = controller
        self.organ = organ ?? id
        self.namedIn = namedIn
        self.closedAt = closedAt
    }
}

/// A person: never a national identity number, never a name.
public struct Person: Equatable, Sendable {
    public var id: PersonID
    public var born: CivilDate?
    public var protection: Protection
    /// Persons who get nothing of the whole object.
    public var hiddenFrom: [PersonID]
    public var deceased: Instant?
    /// Employments cleared for a strengt fortrolig person.
    public var circle: [EmploymentID]

    public init(
        id: PersonID, born: CivilDate?, protection: Protection = .none, hiddenFrom: [PersonID] = [],
        deceased: Instant? = nil, circle: [EmploymentID] = []
    ) {
        self.id = id
        self.born = born
        self.protection = protection
        self.hiddenFrom = hiddenFrom
        self.deceased = deceased
        self.circle = circle
    }
}

/// Kinship between two persons, for impartiality (L75). Symmetric but for `forelder`, where `a` is the parent.
public struct Relation: Equatable, Sendable {
    public var id: RelationID
    public var a: PersonID
    public var b: PersonID
    public var kind: RelationKind
    public var declared: Declared

    public init(id: RelationID, a: PersonID, b: PersonID, kind: RelationKind, declared: Declared = .known) {
        self.id = id
        self.a = a
        self.b = b
        self.kind = kind
        self.declared = declared
    }
}

/// A person or a unit: whoever may hold an authority, give a consent or be told.
public enum Party: Hashable, Sendable {
    case person(PersonID)
    case unit(UnitID)
    case employment(EmploymentID)
}

/// Who decides for a person.
public struct Authority: Equatable, Sendable {
    public var id: AuthorityID
    /// A person, or a unit for `omsorg`.
    public var holder: Party
    public var over: PersonID
    public var kind: AuthorityKind
    public var mandate: [Mandate]
    public var status: AuthorityStatus
    /// The child lives with this holder (only for purpose `daglig_omsorg`, L05).
    public var resident: Bool
    /// Stated to be the only holder of foreldreansvar (FREG `mor`, `far`, L09): two such at one time contradict.
    public var sole: Bool
    public var validity: Validity
    /// The reference of the document that it rests on.
    public var document: Identifier?

    public init(
        id: AuthorityID, holder: Party, over: PersonID, kind: AuthorityKind = .foreldreansvar, mandate: [Mandate] = [],
        status: AuthorityStatus = .known, resident: Bool = false, sole: Bool = false, validity: Validity = .always,
        document: Identifier? = nil
    ) {
        self.id = id
        self.holder = holder
        self.over = over
        self.kind = kind
        self.mandate = mandate
        self.status = status
        self.resident = resident
        self.sole = sole
        self.validity = validity
        self.document = document
    }
}

/// A documented fact about a person's competence to consent.
public struct Capacity: Equatable, Sendable {
    public var id: CapacityID
    public var person: PersonID
    public var fact: CapacityFact
    /// The employment that established it.
    public var by: EmploymentID?
    public var document: Identifier?
    public var validity: Validity

    public init(
        id: CapacityID, person: PersonID, fact: CapacityFact = .lacks_competence, by: EmploymentID? = nil,
        document: Identifier? = nil, validity: Validity = .always
    ) {
        self.id = id
        self.person = person
        self.fact = fact
        self.by = by
        self.document = document
        self.validity = validity
    }
}

/// A person works for a unit in a role. Checked live at every decision.
public struct Employment: Equatable, Sendable {
    public var id: EmploymentID
    public var person: PersonID
    public var unit: UnitID
    public var role: EmploymentRole
    /// The controller on whose behalf the person works; `nil` means the unit's own.
    public var forController: ControllerID?
    public var validity: Validity

    public init(
        id: EmploymentID, person: PersonID, unit: UnitID, role: EmploymentRole = .medarbeider,
        forController: ControllerID? = nil, validity: Validity = .always
    ) {
        self.id = id
        self.person = person
        self.unit = unit
        self.role = role
        self.forController = forController
        self.validity = validity
    }
}

/// A subject's cooperation.
public struct Case: Equatable, Sendable {
    public var id: CaseID
    public var subject: PersonID
    public var controller: ControllerID
    /// 0 to 3.
    public var level: UInt8
    public var log: LogState
    public var closedAt: Instant?
    /// The stafettholder.
    public var holder: EmploymentID?
    public var plan: PlanState
    public var planKind: PlanKind?
    public var seMegSteps: [SeMegStep]
    public var kind: CaseKind
    /// Nemnda has made the child a party (L40).
    public var partyByNemnd: Bool
    /// Services whose participation is itself secret.
    public var sensitive: [Service]

    public init(
        id: CaseID, subject: PersonID, controller: ControllerID, level: UInt8 = 1, log: LogState = .open,
        closedAt: Instant? = nil, holder: EmploymentID? = nil, plan: PlanState = .none, planKind: PlanKind? = nil,
        seMegSteps: [SeMegStep] = [], kind: CaseKind = .bti, partyByNemnd: Bool = false, sensitive: [Service] = []
    ) {
        self.id = id
        self.subject = subject
        self.controller = controller
        self.level = level
        self.log = log
        self.closedAt = closedAt
        self.holder = holder
        self.plan = plan
        self.planKind = planKind
        self.seMegSteps = seMegSteps
        self.kind = kind
        self.partyByNemnd = partyByNemnd
        self.sensitive = sensitive
    }
}

/// The baton's way from one stafettholder to the next.
public struct Handover: Equatable, Sendable {
    public var id: HandoverID
    public var caseID: CaseID
    public var from: EmploymentID
    public var to: EmploymentID
    public var state: HandoverState

    public init(id: HandoverID, caseID: CaseID, from: EmploymentID, to: EmploymentID, state: HandoverState = .proposed)
    {
        self.id = id
        self.caseID = caseID
        self.from = from
        self.to = to
        self.state = state
    }
}

/// A role on a case.
public struct Grant: Equatable, Sendable {
    public var id: GrantID
    public var caseID: CaseID
    public var to: Party
    public var role: GrantRole
    public var document: GrantDocument
    /// Areas of the plan; `nil` means all.
    public var areas: [Area]?
    public var validity: Validity
    public var grantedBy: Party?
    /// Bound to this meeting: it ends with it, unless ``measure``.
    public var meeting: MeetingID?
    /// The participant has been given a measure to carry out.
    public var measure: Bool
    public var revokedAt: Instant?
    /// Asked for, given or refused.
    public var state: GrantState
    /// The grant that it hangs on: it ends with that one.
    public var under: GrantID?
    /// Why it was refused, or what whoever gave it wanted to be known; no names.
    public var reason: String?

    public init(
        id: GrantID, caseID: CaseID, to: Party, role: GrantRole = .deltaker, document: GrantDocument = .log,
        areas: [Area]? = nil, validity: Validity = .always, grantedBy: Party? = nil, meeting: MeetingID? = nil,
        measure: Bool = false, revokedAt: Instant? = nil, state: GrantState = .granted, under: GrantID? = nil,
        reason: String? = nil
    ) {
        self.id = id
        self.caseID = caseID
        self.to = to
        self.role = role
        self.document = document
        self.areas = areas
        self.validity = validity
        self.grantedBy = grantedBy
        self.meeting = meeting
        self.measure = measure
        self.revokedAt = revokedAt
        self.state = state
        self.under = under
        self.reason = reason
    }
}

/// Who a consent is about and which case it names.
public enum ConsentScope: Hashable, Sendable {
    /// It names this case (and through it the subject).
    case caseID(CaseID)
    /// It is about this subject, in any case.
    case subject(PersonID)
}

/// A consent: a waiver of secrecy (fvl § 13 a nr 1, hpl § 22), not the GDPR basis.
public struct Consent: Hashable, Sendable {
    public var id: ConsentID
    public var scope: ConsentScope
    public var givenBy: Party
    public var capacity: ConsentCapacity
    /// Whose information; `nil` means the subject's.
    public var about: PersonID?
    public var services: [Service]
    public var units: [UnitID]
    public var purposes: [Purpose]
    /// `nil` means all.
    public var categories: [Category]?
    public var topicsExcluded: [Topic]
    public var personsExcluded: [PersonID]
    public var form: ConsentForm
    /// There is evidence of it (a signed form, a documented conversation).
    public var evidence: Bool
    /// SHA-256 over the evidence, 32 bytes, when the giver's system states it.
    public var evidenceHash: [UInt8]
    /// Version and language of the text that was shown.
    public var textVersion: Identifier?
    /// The giver understood the text.
    public var informed: Bool
    public var validity: Validity
    public var once: Bool
    public var state: ConsentState
    /// Before it nobody knows of the consent.
    public var registeredAt: Instant
    public var withdrawnAt: Instant?
    public var spentAt: Instant?
    /// It carries this meeting only.
    public var meeting: MeetingID?

    public init(
        id: ConsentID, scope: ConsentScope, givenBy: Party, capacity: ConsentCapacity, about: PersonID? = nil,
        services: [Service] = [], units: [UnitID] = [], purposes: [Purpose] = [.samordning],
        categories: [Category]? = nil, topicsExcluded: [Topic] = [], personsExcluded: [PersonID] = [],
        form: ConsentForm = .skriftlig, evidence: Bool = true, evidenceHash: [UInt8] = [],
        textVersion: Identifier? = nil, informed: Bool = true, validity: Validity = .always, once: Bool = false,
        state: ConsentState = .given, registeredAt: Instant = .distantPast, withdrawnAt: Instant? = nil,
        spentAt: Instant? = nil, meeting: MeetingID? = nil
    ) {
        self.id = id
        self.scope = scope
        self.givenBy = givenBy
        self.capacity = capacity
        self.about = about
        self.services = services
        self.units = units
        self.purposes = purposes
        self.categories = categories
        self.topicsExcluded = topicsExcluded
        self.personsExcluded = personsExcluded
        self.form = form
        self.evidence = evidence
        self.evidenceHash = evidenceHash
        self.textVersion = textVersion
        self.informed = informed
        self.validity = validity
        self.once = once
        self.state = state
        self.registeredAt = registeredAt
        self.withdrawnAt = withdrawnAt
        self.spentAt = spentAt
        self.meeting = meeting
    }
}
