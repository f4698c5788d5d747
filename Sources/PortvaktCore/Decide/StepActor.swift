// Steps 1 and 2: the calling system, and who acts.

extension Evaluation {
    /// Step 1: the system is registered, active, and trusted for this controller and this action.
    mutating func checkSystem() {
        trace?.note(data: "actions.\(question.action.word)")
        guard system.isRegistered else { return deny(.denyAuth, .systemTrusted) }
        if let actions = system.actionSet, !actions.contains(question.action) {
            return deny(.denyAuth, .systemTrusted)
        }
        if system.controllers != nil, !isTrustedForMatter { return deny(.denyAuth, .systemTrusted) }
        pass(.systemTrusted)
    }

    private var isTrustedForMatter: Bool {
        mutating get {
            guard let trusted = system.controllers else { return true }
            if caseFile == nil, case .controller(let id) = question.object { return trusted.contains(id) }
            guard let matterController else { return isTrustedForSubject(trusted) }
            return isTrusted(matterController, by: trusted)
        }
    }

    /// A person asks about a person: the matter is that of those who have a case of the latter. Where nobody has, a system that is
    /// trusted for any controller may ask.
    private mutating func isTrustedForSubject(_ trusted: Set<ControllerID>) -> Bool {
        guard let cases = subject?.facts.cases, !cases.isEmpty else { return !trusted.isEmpty }
        for handle in cases {
            guard let found = state.cases.facts(handle) else { continue }
            if isTrusted(found.facts.controller, by: trusted) { return true }
        }
        return false
    }

    private mutating func isTrusted(_ controller: Handle<Controller>, by trusted: Set<ControllerID>) -> Bool {
        state.controllers.facts(controller)?.facts.filed.read { trusted.contains($0.id) } ?? !trusted.isEmpty
    }

    /// Step 2: known and active now, in a role that the action is for, and identified well enough.
    mutating func checkActor() {
        guard let human, !isDead(human) else { return deny(.denyAuth, .actorKnown) }
        pass(.actorKnown)
        if let employment { checkEmployment(employment) } else { checkPersonalAction() }
        checkAssurance()
    }

    private mutating func checkEmployment(_ employment: Ref<EmploymentFacts>) {
        let validity = employment.facts.validity
        depends(on: validity)
        if at < validity.from {
            deny(.denyRole, .actorActive)
        } else if !isInRole(employment) {
            deny(.denyRole, .actorRole)
        }
        if isCoordinatorMissing { deny(.denyRole, .actorCoordinator) }
        if validity.until <= at { deny(.denyRoleExpired, .actorActive) } else { pass(.actorActive) }
    }

    private mutating func isInRole(_ employment: Ref<EmploymentFacts>) -> Bool {
        let role = employment.facts.role
        if question.action == .accessLogRead { return readsAccessLog(role) }
        guard action.roles.isEmpty || action.roles.contains(role) else { return false }
        // The archivist is the controller's own (W4).
        if question.action == .logArchive, let caseFile { return actorController == caseFile.facts.controller }
        guard question.action == .logReassign, let caseFile else { return true }
        // The leader of the stafettholder's unit (W64).
        let holder = caseFile.facts.holder.flatMap { state.employments.facts($0) }
        return holder?.facts.unit == employment.facts.unit
    }

    /// Own look-ups, the personvernombud's control, a leader's review of emergencies (rules section 9).
    private mutating func readsAccessLog(_ role: EmploymentRole) -> Bool {
        isOwnLookUp || role == .personvernombud || role == .leder
    }

    /// An employee looks at their own look-ups.
    var isOwnLookUp: Bool {
        mutating get {
            guard question.action == .accessLogRead, employment != nil, case .person(let id) = question.object else {
                return false
            }
            return human?.facts.filed.read { $0.id == id } ?? false
        }
    }

    /// A plan is made by its coordinator, and a coordinator's access is given by Forvaltningstjenesten (S4).
    private var isCoordinatorMissing: Bool {
        mutating get {
            switch question.action {
            case .planCreate: coordinatorGrant == nil
            case .planRead, .planWrite:
                hasUngivenCoordinator && coordinatorGrant == nil && planGrant == nil && !links.contains(.omsorg)
            default: false
            }
        }
    }

    private mutating func checkPersonalAction() {
        if action.employmentOnly { deny(.denyRole, .actorRole) } else { pass(.actorRole) }
    }

    private mutating func checkAssurance() {
        let required = requiredAssurance()
        if question.assurance < required { deny(.denyAuth, .actorAssurance) } else { pass(.actorAssurance) }
    }

    private mutating func requiredAssurance() -> Assurance {
        if employment != nil { return tables.switches.assuranceEmployees }
        guard action.content else { return tables.switches.assuranceConsentGive }
        let isPlan = question.action == .planRead || question.action == .planWrite
        // A child has no eID of the high level; whoever acts for one has (W76b). So it is the acting human who counts.
        guard isPlan, let subject, subject.facts.handle == human?.facts.handle, let age = age(of: subject) else {
            return tables.switches.assuranceContent
        }
        return age < tables.ages.planAssurance
            ? tables.switches.assurancePlanUnderAge : tables.switches.assuranceContent
    }
}
