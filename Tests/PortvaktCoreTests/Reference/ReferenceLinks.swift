import PortvaktCore

// Grants, invitations, authorities: what links an actor to a case.

extension Reference {
    /// In force: within its time, not revoked, its meeting not over (or a measure was given).
    func isInForce(_ grant: Grant) -> Bool {
        guard grant.validity.contains(at), grant.revokedAt.map({ at < $0 }) ?? true else { return false }
        guard let id = grant.meeting, !grant.measure, let meeting = world.meetings.first(where: { $0.id == id }) else {
            return true
        }
        return meeting.endedAt.map { at < $0 } ?? true
    }

    /// The actor's grants on the case that are in force.
    var grants: [Grant] {
        guard let caseRecord else { return [] }
        return world.grants.filter { grant in
            guard grant.caseID == caseRecord.id, isInForce(grant) else { return false }
            switch grant.to {
            case .employment(let id): return employment?.id == id
            case .unit(let id): return employment?.unit == id && isReachedByUnitGrant
            case .person(let id): return employment == nil && proxy == nil && human == id
            }
        }
    }

    /// A leader's role gives no content (section 4): what the unit may read is not the leader's.
    var isReachedByUnitGrant: Bool {
        let opensContent: [Action] = [.logRead, .logWrite, .planRead, .planWrite, .accessLogRead]
        return worksInUnit && (employment?.role == .medarbeider || !opensContent.contains(question.action))
    }

    /// What is given to a unit reaches those who work there, not who administers, archives or supervises.
    var worksInUnit: Bool { employment.map { [.medarbeider, .leder].contains($0.role) } ?? false }

    /// Every koordinator grant is given by forvaltning (S4).
    func isGoodCoordinatorGrant(_ grant: Grant) -> Bool {
        let unit: UnitID? =
            switch grant.grantedBy {
            case .unit(let id)?: id
            case .employment(let id)?: world.employment(id)?.unit
            default: nil
            }
        return unit.flatMap { world.unit($0) }?.service.text == "forvaltning"
    }

    /// A koordinator's grant for the log opens no plan.
    var isCoordinator: Bool {
        employment != nil
            && grants.contains { $0.role == .koordinator && $0.document == .plan && isGoodCoordinatorGrant($0) }
    }

    /// One of the coordinator's grants opens the area that is asked about.
    var isCoordinatorOfArea: Bool {
        guard let area = question.area else { return true }
        return grants.contains {
            $0.role == .koordinator && $0.document == .plan && isGoodCoordinatorGrant($0)
                && ($0.areas?.contains(area) ?? true)
        }
    }

    var hasBadCoordinatorGrant: Bool {
        let own = grants.filter { $0.role == .koordinator }
        // Another grant for the plan is not undone by one that should not have been given.
        let isLetInOtherwise =
            grants.contains { $0.role != .koordinator && $0.document == .plan }
            || ownAuthorities.contains(where: carriesReading)
        return !own.isEmpty && !own.contains(where: isGoodCoordinatorGrant) && !isLetInOtherwise
    }

    var isHolder: Bool { employment != nil && caseRecord?.holder == employment?.id }

    /// Invited to the meeting that is asked about, or convening it, before it ends.
    var isInvited: Bool {
        guard let meeting, meeting.endedAt.map({ at < $0 }) ?? true else { return false }
        if let employment {
            return meeting.invited.contains(.employment(employment.id))
                || (worksInUnit && meeting.invited.contains(.unit(employment.unit)))
        }
        return human.map { meeting.invited.contains(.person($0)) } ?? false
    }

    /// The actor's own authorities over the subject that are in force (for an employment: its unit's omsorg).
    var ownAuthorities: [Authority] {
        guard let subject else { return [] }
        let isAdult = world.age(subject, at: at) >= 18
        return world.authorities(over: subject, at: at).filter { authority in
            if isAdult, authority.kind != .verge { return false }
            switch authority.holder {
            case .person(let person): return employment == nil && person == (proxy == nil ? human : principal)
            case .unit(let unit): return employment?.unit == unit
            case .employment: return false
            }
        }
    }

    func isInForceProxy(_ proxy: Grant) -> Bool {
        !(principal.map { world.isDead($0, at: at) } ?? true) && proxy.caseID == caseRecord?.id && isInForce(proxy)
            && proxy.role == .fullmektig
            && (proxy.meeting ?? meeting?.id) == meeting?.id
    }

    /// The same question by the one whom the fullmektig acts for.
    var principalReference: Reference? {
        guard let principal else { return nil }
        var asked = question
        asked.actor = .person(principal)
        return Reference(world, profile, asked, by: system, at: at)
    }

    var isLinked: Bool {
        if let proxy { return isInForceProxy(proxy) && (principalReference?.isLinked ?? false) }
        if employment != nil {
            if isHolder || !grants.isEmpty || isInvited || !ownAuthorities.isEmpty { return true }
            if question.entry?.sameTreatment == true || question.emergency != nil { return true }
            return question.action == .batonAccept
                && world.handovers.contains {
                    $0.caseID == caseRecord?.id && $0.to == employment?.id && $0.state == .proposed
                }
        }
        return human == subject || !ownAuthorities.isEmpty || !grants.isEmpty || isInvited
    }
}
