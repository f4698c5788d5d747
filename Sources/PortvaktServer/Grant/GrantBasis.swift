internal import PortvaktCore

/// Who may give a grant, and whether there is a basis on which it would open anything.
struct GrantBasis {
    let published: Published
    let asking: AskingSystem
    let instant: Instant

    /// The services that give access to a plan, by the name that the profile has for them.
    static let giversParameter = "plan.access_granted_by"

    /// Reasons of a deny that a consent could take away.
    static let consentReasons: Set<Reason> = [
        .denyNoConsent, .denyConsentExpired, .denyConsentForm, .denyConsentIncomplete, .denyConsentNotInformed,
        .denyConsentScopePurpose, .denyConsentScopeService, .denyConsentWithdrawn, .denyOrgBoundary,
    ]

    private var state: Snapshot { published.state }

    /// A plan's is given by a service that the profile names, a log's by the stafettholder.
    func mayGive(_ grant: Grant, _ giver: EmploymentID) -> Bool {
        guard let employment = state.employment(giver)?.record, employment.validity.contains(instant) else {
            return false
        }
        switch grant.document {
        case .log: return state.caseFile(grant.caseID)?.caseRecord.record.holder == giver
        case .plan:
            guard let service = state.unit(employment.unit)?.unit.record.service,
                let profile = published.profile(at: instant)
            else { return false }
            let givers = profile.parameters(at: instant).first { $0.name == Self.giversParameter }
            return givers?.value.split(separator: ", ").contains { $0 == service.text } ?? false
        }
    }

    /// The consents that would have to be there before anybody but the person herself gets access; `nil`: they are.
    ///
    /// It is asked of the engine itself, on a state in which the grant is given and the plan exists: ages, givers and scopes are
    /// weighed exactly as when somebody asks.
    func missing(for grant: Grant) -> [Missing]? {
        guard let profile = published.profile(at: instant), let file = state.caseFile(grant.caseID) else { return [] }
        let subject = file.caseRecord.record.subject
        guard grant.to != .person(subject) else { return nil }
        // A unit in which nobody works could be asked about nobody.
        guard let actor = actor(of: grant.to), let next = granted(grant, file.caseRecord.record) else { return [] }
        let isPlan = grant.document == .plan
        let question = Question(
            actor: actor, action: isPlan ? .planRead : .logRead, object: .caseID(grant.caseID),
            purpose: isPlan ? .individuell_plan : .samordning, area: grant.areas?.first)
        let begins = max(instant, grant.validity.from)
        let decision = Engine.decide(question, asked: asking, in: next, under: profile, at: begins)
        guard decision.effect != .allow, decision.reasons.contains(where: Self.consentReasons.contains) else {
            return nil
        }
        return decision.missing.filter { if case .consent = $0 { true } else { false } }
    }

    /// Who would use it: an employment, a person, or one who works in the unit now; they are alike in what a consent says.
    private func actor(of party: Party) -> Actor? {
        switch party {
        case .employment(let id): .employment(id)
        case .person(let id): .person(id)
        case .unit(let id):
            state.unit(id)?.employments.first { employment in
                state.employment(employment)?.record.validity.contains(instant) ?? false
            }.map(Actor.employment)
        }
    }

    /// The state with the grant given, and the plan there.
    private func granted(_ grant: Grant, _ record: Case) -> Snapshot? {
        var record = record
        if grant.document == .plan { record.plan = .active }
        let controller = record.controller
        var next = state
        for event in [Event.registered(.caseRecord(record)), .registered(.grant(grant))] {
            let change = Change(event: event, registeredAt: instant, system: asking.id, controller: controller)
            guard let folded = try? next.applying(change) else { return nil }
            next = folded
        }
        return next
    }
}
