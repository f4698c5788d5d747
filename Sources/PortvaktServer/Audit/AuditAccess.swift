internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

extension AuditHandlers {
    /// Days that are looked ahead when the request does not say, and at most.
    static let defaultDays = 365
    static let maximumDays: UInt32 = 3_660

    /// `Audit.AccessReview`: who can read a case now, by whose consent, and what ends when.
    @Sendable func accessReview(_ request: AccessReviewRequest, _ call: Call<AccessReviewResponse>) {
        let core = core
        let published = core.live.current
        let now = core.clock.now()
        let subject = published.state.caseFile(request.caseID)?.caseRecord.record.subject
        let reading = AuditReading(
            call: .accessReview, reader: request.reader, subjects: subject.map { [$0] } ?? [],
            caseID: request.caseID)
        desk.read(call, reading) { scope in
            try scope.requireAll()
            guard request.days <= Self.maximumDays else {
                throw Failures.malformed(WireError(.outOfRange(0...Int64(Self.maximumDays)), field: "days"))
            }
            guard let file = published.state.caseFile(request.caseID),
                scope.controllers.contains(file.caseRecord.record.controller)
            else { throw Failures.notFound }
            guard let profile = published.profile(at: now) else { throw DecisionReplay.Obstacle.profileMissing }
            let days = request.days == 0 ? Self.defaultDays : Int(request.days)
            let review = CaseReview(state: published.state, profile: profile, now: now)
            return AccessReviewResponse(
                accesses: review.accesses(to: request.caseID),
                endings: review.endings(
                    of: request.caseID, before: OsloTime.adding(days: days, to: now), under: published.profile(at:)),
                at: now,
                revision: published.state.revision)
        }
    }
}

/// Who has access to a case, with the consents and grants that it rests on.
struct CaseReview {
    let state: Snapshot
    let profile: PolicyProfile
    let now: Instant

    func accesses(to caseID: CaseID) -> [CaseAccess] {
        AccessReview.who(of: caseID, in: state, under: profile, at: now).map(shown)
    }

    func shown(_ access: Access) -> CaseAccess {
        var unit: UnitID?
        if case .employment(let id) = access.actor { unit = state.employment(id)?.record.unit }
        return CaseAccess(
            actor: access.actor, unit: unit, action: access.action, basis: access.basis, supports: supports(of: access),
            until: access.until)
    }

    /// The consents and grants among the evidence of the decision that allows it.
    private func supports(of access: Access) -> [Support] {
        let question = Question(
            actor: access.actor, action: access.action, object: access.object, purpose: access.purpose)
        let decision = Engine.decide(
            question, asked: AskingSystem(id: ChangeDesk.administratorID), in: state, under: profile, at: now)
        return decision.evidence.compactMap { evidence in
            switch evidence.kind {
            case .consent:
                let given = state.consent(ID(evidence.id))?.record.givenBy
                return Support(kind: .consent, id: evidence.id.text, by: given)
            case .grant:
                return Support(kind: .grant, id: evidence.id.text, by: state.grant(ID(evidence.id))?.record.grantedBy)
            default: return nil
            }
        }
    }

    /// - Parameter profile: what is in force at an instant.
    func endings(
        of caseID: CaseID, before end: Instant, under profile: (Instant) -> PolicyProfile?
    ) -> [UpcomingEnd] {
        Upcoming.list(for: [caseID], in: state, after: now, before: end, under: profile).map { coming in
            switch coming {
            case .consentEnds(let id, let at): UpcomingEnd(kind: .consent, id: id.text, age: 0, at: at)
            case .grantEnds(let id, _, let at): UpcomingEnd(kind: .grant, id: id.text, age: 0, at: at)
            case .employmentEnds(let id, let at): UpcomingEnd(kind: .employment, id: id.text, age: 0, at: at)
            case .turns(let id, let age, let at):
                UpcomingEnd(kind: .person, id: id.text, age: UInt32(clamping: age), at: at)
            case .accessBreaks(let access, _, let at):
                UpcomingEnd(age: 0, at: at, breaks: shown(access))
            }
        }
    }
}
