internal import HashTreeCollections

/// What comes: ends and birthdays within a time, so that somebody can act before an access breaks.
public enum Upcoming: Equatable, Sendable {
    /// A consent ends, by its own date or by the profile's longest duration.
    case consentEnds(ConsentID, at: Instant)
    /// A grant ends.
    case grantEnds(GrantID, caseID: CaseID, at: Instant)
    /// An employment ends.
    case employmentEnds(EmploymentID, at: Instant)
    /// A child reaches an age at which somebody else must consent.
    case turns(PersonID, age: Int, at: Instant)
    /// An access that stands now breaks, if nothing is registered: from when on, or `nil` when it is only known that it no longer
    /// stands at the end.
    case accessBreaks(Access, caseID: CaseID, at: Instant?)

    /// How often one access is looked at for the instant at which it breaks: a fact that it rests on changed each time, and ten years of
    /// birthdays, consents and editions of a profile are far fewer.
    static let looksPerAccess = 64

    /// When it happens; `nil` for an access that breaks some time before the end.
    public var at: Instant? {
        switch self {
        case .consentEnds(_, let at), .grantEnds(_, _, let at), .employmentEnds(_, let at), .turns(_, _, let at): at
        case .accessBreaks(_, _, let at): at
        }
    }

    /// What comes for these cases after `now` and before `end`, in the order of time, while one profile is in force.
    public static func list(
        for cases: [CaseID], in state: Snapshot, under profile: PolicyProfile, after now: Instant, before end: Instant
    ) -> [Upcoming] {
        list(for: cases, in: state, after: now, before: end) { _ in profile }
    }

    /// What comes for these cases after `now` and before `end`, in the order of time.
    /// - Parameter profile: what is in force at an instant; without one nothing is allowed, so every access breaks then.
    public static func list(
        for cases: [CaseID], in state: Snapshot, after now: Instant, before end: Instant,
        under profile: (Instant) -> PolicyProfile?
    ) -> [Upcoming] {
        guard let current = profile(now), let (tables, _) = current.tables(at: now) else { return [] }
        var found: [Upcoming] = []
        for caseID in cases {
            guard let file = state.tables.cases[caseID],
                let subject = state.tables.persons[file.caseRecord.record.subject]
            else {
                continue
            }
            found += consents(of: subject, caseID, tables, now, end)
            found += grants(of: file, state, now, end)
            found += birthdays(of: subject, tables, now, end)
            for access in AccessReview.linkedAccesses(of: caseID, in: state, under: current, at: now) {
                guard let breaks = breaks(access, of: caseID, in: state, before: end, under: profile) else { continue }
                found.append(breaks)
            }
        }
        return found.ordered { ($0.at ?? end) < ($1.at ?? end) }
    }

    /// Whether an access breaks before the end, and when. That a fact changes which it rests on breaks it seldom: a child has a birthday, and
    /// the parents read on. So it is asked anew at each such instant, until the answer is another one.
    private static func breaks(
        _ access: Access, of caseID: CaseID, in state: Snapshot, before end: Instant,
        under profile: (Instant) -> PolicyProfile?
    ) -> Upcoming? {
        func standing(at instant: Instant) -> Access? {
            profile(instant).flatMap { AccessReview.same(as: access, in: state, under: $0, at: instant) }
        }
        var later = access
        for _ in 0..<looksPerAccess {
            guard let next = later.until, next < end else { return nil }
            guard let then = standing(at: next) else { return .accessBreaks(access, caseID: caseID, at: next) }
            later = then
        }
        // What happens at the end comes no more: it is no longer before it.
        return standing(at: end.advanced(byMilliseconds: -1)) == nil
            ? .accessBreaks(access, caseID: caseID, at: nil) : nil
    }

    private static func consents(
        of subject: PersonFile, _ caseID: CaseID, _ tables: PolicyTables, _ now: Instant, _ end: Instant
    ) -> [Upcoming] {
        subject.consents.compactMap { consent in
            // A one-time consent that was used has nothing left that could end.
            guard consent.record.state == .given, consent.record.spentAt == nil,
                consent.record.scope == .caseID(caseID) || !isCase(consent.record.scope)
            else {
                return nil
            }
            let ends = Self.end(of: consent.record, tables)
            return now < ends && ends < end ? .consentEnds(consent.record.id, at: ends) : nil
        }
    }

    private static func isCase(_ scope: ConsentScope) -> Bool { if case .caseID = scope { true } else { false } }

    /// The end that a consent has under a profile.
    static func end(of consent: Consent, _ tables: PolicyTables) -> Instant {
        guard consent.validity.from > .distantPast else { return consent.validity.until }
        let longest = OsloTime.adding(months: tables.limits.consentMaxDurationMonths, to: consent.validity.from)
        return min(consent.validity.until, longest)
    }

    private static func grants(of file: CaseFile, _ state: Snapshot, _ now: Instant, _ end: Instant) -> [Upcoming] {
        var found: [Upcoming] = []
        func comes(_ instant: Instant) -> Bool { now < instant && instant < end }
        for grant in file.grants.map(\.record) {
            // What was revoked has ended, whatever end it was given.
            let ends = min(grant.validity.until, grant.revokedAt ?? .distantFuture)
            if comes(ends) { found.append(.grantEnds(grant.id, caseID: grant.caseID, at: ends)) }
        }
        var employments: Set<EmploymentID> = []
        if let holder = file.caseRecord.record.holder { employments.insert(holder) }
        for grant in file.grants { if case .employment(let id) = grant.record.to { employments.insert(id) } }
        for id in employments.ordered() {
            if let until = state.tables.employments[id]?.record.validity.until, comes(until) {
                found.append(.employmentEnds(id, at: until))
            }
        }
        return found
    }

    private static func birthdays(
        of subject: PersonFile, _ tables: PolicyTables, _ now: Instant, _ end: Instant
    ) -> [Upcoming] {
        guard let born = subject.person.record.born else { return [] }
        return tables.lists.transitionAges.compactMap { age in
            guard let day = OsloTime.birthday(age, born: born) else { return nil }
            let at = OsloTime.startOfDay(day)
            return now < at && at < end ? .turns(subject.person.record.id, age: age, at: at) : nil
        }
    }
}
