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
    /// An access that stands now and no longer does at the end of the time, if nothing is registered.
    case accessBreaks(Access, caseID: CaseID)

    /// When it happens; `nil` for an access that breaks some time before the end.
    public var at: Instant? {
        switch self {
        case .consentEnds(_, let at), .grantEnds(_, _, let at), .employmentEnds(_, let at), .turns(_, _, let at): at
        case .accessBreaks(let access, _): access.until
        }
    }

    /// What comes for these cases after `now` and before `end`, in the order of time.
    /// - Parameter later: the profile that is in force at the end; the same when not given.
    public static func list(
        for cases: [CaseID], in state: Snapshot, under profile: PolicyProfile, then later: PolicyProfile? = nil,
        after now: Instant, before end: Instant
    ) -> [Upcoming] {
        guard let (tables, _) = profile.tables(at: now) else { return [] }
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
            let left = AccessReview.linkedAccesses(of: caseID, in: state, under: later ?? profile, at: end)
            for access in AccessReview.linkedAccesses(of: caseID, in: state, under: profile, at: now)
            where !left.contains(where: { $0.isSame(as: access) }) {
                found.append(.accessBreaks(access, caseID: caseID))
            }
        }
        return found.ordered { ($0.at ?? end) < ($1.at ?? end) }
    }

    private static func consents(
        of subject: PersonFile, _ caseID: CaseID, _ tables: PolicyTables, _ now: Instant, _ end: Instant
    ) -> [Upcoming] {
        subject.consents.compactMap { consent in
            guard consent.record.state == .given,
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
        for grant in file.grants where comes(grant.record.validity.until) {
            found.append(
                .grantEnds(grant.record.id, caseID: file.caseRecord.record.id, at: grant.record.validity.until))
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
