// Records about meetings, objections, restrictions and discussions. See Records.swift.

/// A meeting.
public struct Meeting: Equatable, Sendable {
    public var id: MeetingID
    public var type: MeetingType
    /// None when anonymous or on system level.
    public var caseID: CaseID?
    public var convenedBy: EmploymentID
    public var invited: [Party]
    public var present: [EmploymentID]
    public var familyPresent: Bool
    public var anonymous: Bool
    public var level: MeetingLevel
    public var starts: Instant?
    public var endedAt: Instant?

    public init(
        id: MeetingID, type: MeetingType, caseID: CaseID? = nil, convenedBy: EmploymentID, invited: [Party] = [],
        present: [EmploymentID] = [], familyPresent: Bool = false, anonymous: Bool = false,
        level: MeetingLevel = .individ, starts: Instant? = nil, endedAt: Instant? = nil
    ) {
        self.id = id
        self.type = type
        self.caseID = caseID
        self.convenedBy = convenedBy
        self.invited = invited
        self.present = present
        self.familyPresent = familyPresent
        self.anonymous = anonymous
        self.level = level
        self.starts = starts
        self.endedAt = endedAt
    }
}

/// The child, or a patient, objects to a service or a sharing.
public struct Objection: Equatable, Sendable {
    public var id: ObjectionID
    public var by: PersonID
    public var caseID: CaseID
    public var service: Service

    public init(id: ObjectionID, by: PersonID, caseID: CaseID, service: Service) {
        self.id = id
        self.by = by
        self.caseID = caseID
        self.service = service
    }
}

/// A party's or parent's access is cut.
public struct Restriction: Equatable, Sendable {
    public var id: RestrictionID
    public var subject: PersonID
    public var against: PersonID
    public var kind: RestrictionKind
    public var until: Instant?

    public init(id: RestrictionID, subject: PersonID, against: PersonID, kind: RestrictionKind, until: Instant? = nil) {
        self.id = id
        self.subject = subject
        self.against = against
        self.kind = kind
        self.until = until
    }
}

/// The notes of a wonder, level 0 (S2).
public struct Discussion: Equatable, Sendable {
    public var id: DiscussionID
    public var person: PersonID
    public var unit: UnitID
    public var started: Instant

    public init(id: DiscussionID, person: PersonID, unit: UnitID, started: Instant) {
        self.id = id
        self.person = person
        self.unit = unit
        self.started = started
    }
}

/// That something was discussed without saying about whom: who discusses, in which meeting, a topic, an age band.
///
/// It has no field that could carry an identity, and no time: it can never be linked to a case afterwards (W38).
public struct AnonymousDiscussion: Equatable, Sendable {
    public var id: AnonymousDiscussionID
    /// An anonymous meeting: one that has no case.
    public var meeting: MeetingID
    public var services: [Service]
    public var topic: Topic
    public var ageBand: AgeBand

    public init(id: AnonymousDiscussionID, meeting: MeetingID, services: [Service], topic: Topic, ageBand: AgeBand) {
        self.id = id
        self.meeting = meeting
        self.services = services
        self.topic = topic
        self.ageBand = ageBand
    }
}
