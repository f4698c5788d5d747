internal import HashTreeCollections

// Steps 1 and 2: the calling system, and who acts.

extension Evaluation {
    /// Step 1: the system is registered, active, and trusted for this controller and this action.
    func checkSystem() {
        let (name, tables) = (question.action.word, tables)
        trace.note(data: "actions.\(name)", .holds, evidence: nil, in: tables)
        guard system.isRegistered else { return deny(.denyAuth, .systemTrusted) }
        if let actions = system.actions, !actions.contains(question.action) { return deny(.denyAuth, .systemTrusted) }
        if let controllers = system.controllers {
            // Without a controller (a person asks about a person) a system that is trusted for any may ask.
            let isTrusted = matterController.map { controllers.contains($0) } ?? !controllers.isEmpty
            guard isTrusted else { return deny(.denyAuth, .systemTrusted) }
        }
        pass(.systemTrusted)
    }

    /// Step 2: known and active now, in a role that the action is for, and identified well enough.
    func checkActor() {
        guard human != nil, !isKnownDead else { return deny(.denyAuth, .actorKnown) }
        pass(.actorKnown)
        if let employment { checkEmployment(employment.record) } else { checkPersonalAction() }
        checkAssurance()
    }

    /// Nobody acts after their death: an old sign-in is somebody else's.
    private var isKnownDead: Bool {
        get { humanFile.map { isDead($0.parts.person) } ?? false }
    }

    private func checkEmployment(_ record: Employment) {
        depends(on: record.validity)
        if at < record.validity.from {
            deny(.denyRole, .actorActive)
        } else if !isInRole(record) {
            deny(.denyRole, .actorRole)
        }
        if isCoordinatorMissing { deny(.denyRole, .actorCoordinator) }
        if record.validity.until <= at { deny(.denyRoleExpired, .actorActive) } else { pass(.actorActive) }
    }

    private func isInRole(_ record: Employment) -> Bool {
        if question.action == .accessLogRead { return readsAccessLog(record) }
        guard action.roles.isEmpty || action.roles.contains(record.role) else { return false }
        guard question.action == .logReassign, let caseFile else { return true }
        // The leader of the stafettholder's unit (W64).
        let holder = caseFile.caseRecord.record.holder.flatMap { state.employments[$0] }
        return holder?.record.unit == record.unit
    }

    /// Own look-ups, the personvernombud's control, a leader's review of emergencies (rules section 9).
    private func readsAccessLog(_ record: Employment) -> Bool {
        isOwnLookUp || record.role == .personvernombud || record.role == .leder
    }

    /// An employee looks at their own look-ups.
    var isOwnLookUp: Bool {
        guard question.action == .accessLogRead, employment != nil, case .person(let id) = question.object else {
            return false
        }
        return id == human
    }

    /// A plan is made by its coordinator, and a coordinator's access is given by Forvaltningstjenesten (S4).
    private var isCoordinatorMissing: Bool {
        switch question.action {
        case .planCreate: coordinatorGrant < 0
        case .planRead, .planWrite:
            hasUngivenCoordinator && coordinatorGrant < 0 && planGrant < 0 && !links.contains(.omsorg)
        default: false
        }
    }

    private func checkPersonalAction() {
        if action.employmentOnly { deny(.denyRole, .actorRole) } else { pass(.actorRole) }
    }

    private func checkAssurance() {
        if question.assurance < requiredAssurance { deny(.denyAuth, .actorAssurance) } else { pass(.actorAssurance) }
    }

    private var requiredAssurance: Assurance {
        get {
            let switches = tables.switches
            if employment != nil { return switches.assuranceEmployees }
            guard action.content else { return switches.assuranceConsentGive }
            let isPlan = question.action == .planRead || question.action == .planWrite
            guard isPlan, let subject, subject.person.record.id == viewer,
                let age = age(of: subject.person.record)
            else { return switches.assuranceContent }
            return age < tables.ages.planAssurance ? switches.assurancePlanUnderAge : switches.assuranceContent
        }
    }
}
