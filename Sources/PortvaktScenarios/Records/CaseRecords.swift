internal import PortvaktCore

// Records of a case: the case itself, the baton, grants, consents, meetings, objections.

extension RecordReader {
    /// The highest level of cooperation (S2).
    static let highestLevel = 3

    func caseRecord(_ mapping: MappingReader) -> Case? {
        let id: CaseID? = mapping.required("id")?.id()
        let subject = references.person(mapping.required("subject"))
        let controller = references.controller(mapping.required("controller"))
        let level = mapping.optional("level")?.int(in: 0...Self.highestLevel) ?? 1
        let log: LogState = mapping.optional("log")?.word() ?? .open
        let closedAt = mapping.optional("closed_at")?.instant()
        let holder = references.employment(mapping.optional("holder"))
        let plan: PlanState = mapping.optional("plan")?.word() ?? .none
        let planKind: PlanKind? = mapping.optional("plan_kind")?.word()
        let steps: [SeMegStep] = list(mapping.optional("se_meg_steps")) { $0.word() }
        let kind: CaseKind = mapping.optional("kind")?.word() ?? .bti
        let partyByNemnd = mapping.bool("party_by_nemnd")
        let sensitive: [Service] = list(mapping.optional("sensitive")) { $0.code() }
        guard let id, let subject, let controller else { return nil }
        return Case(
            id: id, subject: subject, controller: controller, level: UInt8(level), log: log, closedAt: closedAt,
            holder: holder, plan: plan, planKind: planKind, seMegSteps: steps, kind: kind, partyByNemnd: partyByNemnd,
            sensitive: sensitive)
    }

    func handover(_ mapping: MappingReader) -> Handover? {
        let id: HandoverID? = id(mapping, or: "handover")
        let caseID = references.caseID(mapping.required("case"))
        let from = references.employment(mapping.required("from_holder"))
        let to = references.employment(mapping.required("to"))
        let state: HandoverState? = mapping.required("state")?.word()
        guard let id, let caseID, let from, let to, let state else { return nil }
        return Handover(id: id, caseID: caseID, from: from, to: to, state: state)
    }

    func grant(_ mapping: MappingReader) -> Dated? {
        let parties: [PartyKind] = [.employment, .unit, .person]
        let id: GrantID? = mapping.required("id")?.id()
        let caseID = references.caseID(mapping.required("case"))
        let to = references.party(mapping.required("to"), among: parties)
        let role: GrantRole = mapping.optional("role")?.word() ?? .deltaker
        let document: GrantDocument = mapping.optional("document")?.word() ?? .log
        let areas: [Area]? = mapping.optional("areas")?.list { $0.code() }
        let validity = validity(mapping)
        let grantedBy = references.party(mapping.optional("granted_by"), among: parties)
        let meeting = references.meeting(mapping.optional("meeting"))
        let measure = mapping.bool("measure")
        let revokedAt = mapping.optional("revoked_at")?.instant()
        guard let id, let caseID, let to else { return nil }
        var dated = Dated(
            .grant(
                Grant(
                    id: id, caseID: caseID, to: to, role: role, document: document, areas: areas, validity: validity,
                    grantedBy: grantedBy, meeting: meeting, measure: measure)))
        if let revokedAt { dated.followUps.append(.init(event: .grantRevoked(id, at: revokedAt), at: revokedAt)) }
        return dated
    }

    func meeting(_ mapping: MappingReader) -> Meeting? {
        let id: MeetingID? = mapping.required("id")?.id()
        let type: MeetingType? = mapping.required("type")?.word()
        let caseID = references.caseID(mapping.optional("case"))
        let convenedBy = references.employment(mapping.required("convened_by"))
        let invited = list(mapping.optional("invited")) { references.party($0, among: [.unit, .employment, .person]) }
        let present = list(mapping.optional("present")) { references.employment($0) }
        let familyPresent = mapping.bool("family_present")
        let anonymous = mapping.bool("anonymous")
        let level: MeetingLevel = mapping.optional("level")?.word() ?? .individ
        let starts = mapping.optional("starts")?.instant()
        let endedAt = mapping.optional("ended_at")?.instant()
        guard let id, let type, let convenedBy else { return nil }
        return Meeting(
            id: id, type: type, caseID: caseID, convenedBy: convenedBy, invited: invited, present: present,
            familyPresent: familyPresent, anonymous: anonymous, level: level, starts: starts, endedAt: endedAt)
    }

    func objection(_ mapping: MappingReader) -> Objection? {
        let id: ObjectionID? = id(mapping, or: "objection")
        let by = references.person(mapping.required("by"))
        let caseID = references.caseID(mapping.required("case"))
        let service: Service? = mapping.required("service")?.code()
        guard let id, let by, let caseID, let service else { return nil }
        return Objection(id: id, by: by, caseID: caseID, service: service)
    }
}
