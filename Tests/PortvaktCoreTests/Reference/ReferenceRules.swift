import PortvaktCore

// Step 5: the rule of the action and of the meeting type.

extension Reference {
    func ruleStep() -> Reason? {
        if let caseRecord, caseRecord.level == 0, !Self.atLevelZero.contains(question.action) { return .denyLevel }
        switch question.action {
        case .participantAdd: return participantRule()
        case .logWrite:
            if !isHolder { return .denySingleWriter }
            return caseRecord?.plan == .active ? .referConfig : nil
        case .logClose:
            return employment == nil || isHolder || ownAuthorities.contains { $0.status == .known }
                ? nil : .denySingleWriter
        case .logReassign: return isOrphaned ? nil : .denySingleWriter
        case .batonAccept: return isProposedSuccessor ? nil : .denySingleWriter
        case .planWrite: return isCoordinator ? nil : .denySingleWriter
        case .meetingHold, .meetingAttend, .meetingRecordDecision, .meetingRecordInLog: return meetingRule()
        case .discussAnonymous: return anonymousRule()
        case .meetingAttachIdentity: return meeting?.anonymous == true ? .denyIdentityInAnonymous : .denyMeetingRule
        default: return nil
        }
    }

    private static let atLevelZero: [Action] = [
        .discussInternal, .discussAnonymous, .disclose, .consentGive, .logOpen, .accessLogRead, .erasureRequest,
    ]

    private func participantRule() -> Reason? {
        guard let caseRecord else { return nil }
        let added: UnitID? =
            switch question.participant {
            case .unit(let id)?: id
            case .employment(let id)?: world.employment(id)?.unit
            default: nil
            }
        let holderService = caseRecord.holder.flatMap { world.employment($0) }.flatMap { world.unit($0.unit) }?.service
        let isOwnService = added.flatMap { world.unit($0) }?.service == holderService
        if caseRecord.level < 2, !isOwnService, caseRecord.plan != .active { return .denyLevel }
        return isHolder || isCoordinator ? nil : .denySingleWriter
    }

    /// The holder's employment has ended, and nobody accepted the baton.
    private var isOrphaned: Bool {
        guard let caseRecord, let holder = caseRecord.holder.flatMap({ world.employment($0) }) else { return true }
        let last = world.handovers.last { $0.caseID == caseRecord.id && $0.state == .accepted }
        return holder.validity.until <= at && last?.from != holder.id
    }

    /// The first employment to which the present stafettholder proposed it.
    private var isProposedSuccessor: Bool {
        guard let employment, question.successor == nil || question.successor == employment.id else { return false }
        let first = world.handovers.first {
            $0.caseID == caseRecord?.id && $0.from == caseRecord?.holder && $0.state == .proposed
        }
        return first?.to == employment.id
    }

    // MARK: Meetings

    static func purpose(of meeting: Meeting, _ caseRecord: Case?) -> Purpose {
        switch meeting.type {
        case .fagmote: .fagmote_uten_familie
        case .drofting: .drofting
        case .ressursteam: .ressursteam
        case .veiledningsmote: .veiledning
        case .se_meg: .se_meg
        case .avdelingsmote: .henvisning_se_meg
        case .ansvarsgruppemote: .individuell_plan
        case .evaluering: caseRecord?.plan == .active ? .individuell_plan : .samordning
        case .samarbeidsmote, .avklaring, .familiemote: .samordning
        }
    }

    private func meetingRule() -> Reason? {
        guard let meeting else { return nil }
        if let reason = seMegLevel(meeting) { return reason }
        if let reason = meetingRuleReason(meeting) { return reason }
        if noneIsWritten(meeting) { return .denyConsentForm }
        if question.action == .meetingRecordInLog, !isHolder, !(meeting.type == .fagmote && isCoordinator) {
            return .denySingleWriter
        }
        if meeting.anonymous, namesSomebody { return .denyIdentityInAnonymous }
        return question.action == .meetingRecordInLog && caseRecord?.plan == .active ? .referConfig : nil
    }

    private func seMegLevel(_ meeting: Meeting) -> Reason? {
        meeting.type == .se_meg && (caseRecord?.level ?? 0) != 3 ? .denyLevel : nil
    }

    private func meetingRuleReason(_ meeting: Meeting) -> Reason? {
        let anonymousTypes: [MeetingType] = [.ressursteam, .veiledningsmote]
        if meeting.anonymous, !anonymousTypes.contains(meeting.type) { return .denyMeetingRule }
        // The family attends by its own right: what asks for its presence does not keep it out.
        if employment == nil, question.action == .meetingAttend {
            return isBeforeItsSteps(meeting) ? .denyMeetingRule : nil
        }
        let family: [MeetingType] = [
            .samarbeidsmote, .avklaring, .familiemote, .avdelingsmote, .evaluering, .ansvarsgruppemote,
        ]
        if [.meetingHold, .meetingAttend].contains(question.action), family.contains(meeting.type),
            !meeting.familyPresent
        {
            return .denyMeetingRule
        }
        switch question.action {
        case .meetingHold:
            if !leads(meeting) { return .denyMeetingRule }
            if meeting.type == .drofting, !sendsEnough(meeting) { return .denyMeetingRule }
        case .meetingAttend:
            if employment != nil, [.avklaring, .familiemote].contains(meeting.type), !isHolder {
                return .denyMeetingRule
            }
            if meeting.type == .drofting, !sendsEnough(meeting) { return .denyMeetingRule }
        case .meetingRecordDecision:
            let mayDecide: [MeetingType] = [.se_meg, .avdelingsmote, .evaluering]
            if !mayDecide.contains(meeting.type) || question.decides == .vedtak || !leads(meeting) {
                return .denyMeetingRule
            }
        case .meetingRecordInLog:
            if meeting.type == .veiledningsmote || meeting.anonymous { return .denyMeetingRule }
        default: break
        }
        return isBeforeItsSteps(meeting) ? .denyMeetingRule : nil
    }

    private func isBeforeItsSteps(_ meeting: Meeting) -> Bool {
        meeting.type == .se_meg && Set(caseRecord?.seMegSteps ?? []).count < SeMegStep.allCases.count
    }

    func leads(_ meeting: Meeting) -> Bool {
        guard let employment else { return false }
        let participates = isInvited || meeting.convenedBy == employment.id
        guard caseRecord != nil else { return participates }
        let unit = world.unit(employment.unit)
        switch meeting.type {
        case .ressursteam, .veiledningsmote: if participates { return true }
        case .ansvarsgruppemote: if isCoordinator { return true }
        case .evaluering where caseRecord?.plan == .active: if isHolder || isCoordinator { return true }
        case .fagmote: if isHolder || isCoordinator { return true }
        case .avdelingsmote, .se_meg: if isHolder || unit?.service.text == "tiltak_familieveiledning" { return true }
        default: if isHolder { return true }
        }
        guard caseRecord?.holder == nil, !hasCoordinator else { return false }
        return !grants.isEmpty
    }

    private var hasCoordinator: Bool {
        world.grants.contains {
            $0.caseID == caseRecord?.id && $0.role == .koordinator && isInForce($0) && isGoodCoordinatorGrant($0)
        }
    }

    /// Two from the school or kindergarten that brings the case, one of them a leader (S4).
    private func sendsEnough(_ meeting: Meeting) -> Bool {
        guard let convener = world.employment(meeting.convenedBy), let service = world.unit(convener.unit)?.service,
            ["skole", "barnehage"].contains(service.text)
        else { return true }
        let present = meeting.present.compactMap { world.employment($0) }.filter {
            $0.unit == convener.unit && $0.validity.contains(at)
        }
        return Set(present.map(\.person)).count >= 2 && present.contains { $0.role == .leder }
    }

    /// There are consents to the meeting, and none of them is written.
    private func noneIsWritten(_ meeting: Meeting) -> Bool {
        let purpose = Self.purpose(of: meeting, caseRecord)
        let oral: [Purpose] = [.samordning, .ressursteam, .veiledning, .daglig_omsorg]
        guard [.meetingHold, .meetingAttend].contains(question.action), employment != nil, !oral.contains(purpose),
            let caseRecord
        else { return false }
        let consents = world.consents.filter { consent in
            guard [.given, .withdrawn, .revoked].contains(consent.state), consent.registeredAt <= at else {
                return false
            }
            let isAbout: Bool =
                switch consent.scope {
                case .caseID(let id): id == caseRecord.id
                case .subject(let person): person == caseRecord.subject
                }
            return isAbout && (consent.about ?? caseRecord.subject) == caseRecord.subject
                && consent.purposes.contains(purpose) && (consent.meeting ?? meeting.id) == meeting.id
                && (question.participant != nil || human.map { !consent.personsExcluded.contains($0) } ?? true)
                && (participantUnit.map { covers(consent, unit: $0) } ?? true)
        }
        return !consents.isEmpty && consents.allSatisfy { $0.form == .muntlig_dokumentert }
    }

    /// In whatever field.
    private var namesSomebody: Bool {
        if question.identifies != nil || question.consent != nil { return true }
        if case .person? = question.participant { return true }
        if case .person? = question.recipient { return true }
        return !(question.entry?.about.isEmpty ?? true)
    }

    private func anonymousRule() -> Reason? {
        if let meeting {
            if !meeting.anonymous || ![.ressursteam, .veiledningsmote].contains(meeting.type) {
                return .denyMeetingRule
            }
            return namesSomebody ? .denyIdentityInAnonymous : nil
        }
        return .denyIdentityInAnonymous
    }
}
