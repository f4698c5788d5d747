internal import PortvaktCore

// A family's records, made from its plan.

extension Family {
    /// Everything that is registered about this family, in an order in which it can be.
    var events: [Event] {
        var records: [Record] = []
        for (index, parent) in parents.enumerated() {
            let deceased = index == 1 ? widowedAt : nil
            records.append(.person(Person(id: parent, born: parentsBorn[index], deceased: deceased)))
        }
        records += children.flatMap { [personRecord($0)] + authorities(over: $0) }
        var events = records.map(Event.registered)
        for child in children {
            if let plan = child.plan { events += caseEvents(child, plan) }
        }
        return events
    }

    private func personRecord(_ child: Child) -> Record {
        let circle = child.protection == .strengt_fortrolig ? [child.contact] : []
        return .person(
            Person(
                id: child.person, born: child.born, protection: child.protection,
                hiddenFrom: isHidden ? [parents[1]] : [], circle: circle))
    }

    private func authorities(over child: Child) -> [Record] {
        var authorities = [authority(0, over: child, resident: form == .apart)]
        switch form {
        case .together, .apart, .widowed: authorities.append(authority(1, over: child))
        case .unknown: authorities.append(authority(1, over: child, status: .unknown))
        case .oneHolder: break
        case .careOrder:
            authorities.append(authority(1, over: child))
            authorities.append(
                Authority(
                    id: AuthorityID(made: "o\(child.number)"), holder: .unit(barnevern), over: child.person,
                    kind: .omsorg, validity: Validity(from: carePeriodStart), document: .placeholder))
        }
        return authorities.map(Record.authority)
    }

    private func authority(
        _ parent: Int, over child: Child, status: AuthorityStatus = .known, resident: Bool = false
    ) -> Authority {
        Authority(
            id: AuthorityID(made: "a\(child.number)-\(parent)"), holder: .person(parents[parent]), over: child.person,
            status: status, resident: resident)
    }

    private func caseEvents(_ child: Child, _ plan: CasePlan) -> [Event] {
        let caseRecord = Case(
            id: child.caseID, subject: child.person, controller: ControllerID(made: "kommune-1"), level: plan.level,
            log: plan.log, closedAt: plan.closedAt, holder: plan.holder)
        var events: [Event] = [.registered(.caseRecord(caseRecord))]
        for (index, employment) in plan.participantEmployments.enumerated() {
            let grant = Grant(
                id: GrantID(made: "g\(child.number)-\(index)"), caseID: child.caseID, to: .employment(employment),
                grantedBy: .employment(plan.holder))
            events.append(.registered(.grant(grant)))
        }
        if let type = plan.meeting {
            let meeting = Meeting(
                id: MeetingID(made: "m\(child.number)"), type: type, caseID: child.caseID, convenedBy: plan.holder,
                invited: plan.participants.map { .unit($0.unit.id) }, familyPresent: type != .fagmote)
            events.append(.registered(.meeting(meeting)))
        }
        return events + consentEvents(child, plan)
    }

    /// The givers that the national profile asks for, with what went wrong in some cases.
    private func consentEvents(_ child: Child, _ plan: CasePlan) -> [Event] {
        guard plan.consents != .none, plan.level > 0 else { return [] }
        var givers = givers(of: child)
        if plan.consents == .oneMissing { givers.removeLast() }
        var events: [Event] = []
        for (index, giver) in givers.enumerated() {
            let consent = consent(index, by: giver, child, plan)
            events.append(.registered(.consent(consent)))
            if plan.consents == .oneWithdrawn, index == givers.count - 1 {
                events.append(.consentWithdrawn(consent.id, at: plan.consentFrom.advanced(byMilliseconds: Family.day)))
            }
        }
        return events
    }

    private func givers(of child: Child) -> [(party: Party, capacity: ConsentCapacity)] {
        let youth = (Party.person(child.person), ConsentCapacity.`self`)
        if child.age >= 16 { return [youth] }
        let adults: [(Party, ConsentCapacity)] =
            form == .careOrder
            ? [(.unit(barnevern), .omsorg)] : holders.map { (.person($0), ConsentCapacity.foreldreansvar) }
        return child.age == 15 ? [youth] + adults : adults
    }

    private func consent(
        _ index: Int, by giver: (party: Party, capacity: ConsentCapacity), _ child: Child, _ plan: CasePlan
    ) -> Consent {
        let own = ([child.home] + plan.participants).map(\.unit)
        let municipality = ControllerID(made: "kommune-1")
        let until =
            plan.consents == .expired ? plan.consentFrom.advanced(byMilliseconds: 5 * Family.day) : .distantFuture
        return Consent(
            id: ConsentID(made: "c\(child.number)-\(index)"), scope: .caseID(child.caseID), givenBy: giver.party,
            capacity: giver.capacity, services: own.filter { $0.controller == municipality }.map(\.service),
            units: own.filter { $0.controller != municipality }.map(\.id),
            purposes: plan.meeting == .fagmote ? [.samordning, .fagmote_uten_familie] : [.samordning],
            form: plan.oral ? .muntlig_dokumentert : .skriftlig,
            validity: Validity(from: plan.consentFrom, until: until),
            registeredAt: plan.consentFrom)
    }
}
