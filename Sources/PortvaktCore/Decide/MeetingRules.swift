internal import HashTreeCollections

// What a type of meeting asks for (rules 1.4): all of it is the profile's data.

extension Evaluation {
    /// The rule of the meeting's type.
    var meetingRule: MeetingRule? { meeting.map { tables.rule(for: $0.record.type) } }

    /// The purpose that the meeting's consent is for.
    var meetingPurpose: Purpose? {
        guard let rule = meetingRule else { return nil }
        guard let withPlan = rule.purposeWithPlan, caseFile?.caseRecord.record.plan == .active else {
            return rule.purpose
        }
        return withPlan
    }

    func checkMeeting() {
        guard let record = meeting?.record, let rule = meetingRule else { return }
        trace.note(data: "meetings.\(record.type.word)", .holds, evidence: nil, in: tables)
        checkMeetingLevel(record, rule)
        checkNamelessness(record, rule)
        switch question.action {
        case .meetingHold:
            if employment == nil || !isLeader(record, rule) { deny(.denyMeetingRule, .ruleMeeting) }
            checkAttendance(record, rule)
            checkWrittenForm(unit)
        case .meetingAttend where attendsAsService:
            checkAttendance(record, rule)
            checkOwnMeeting(rule)
            checkWrittenForm(attendingUnit)
        case .meetingRecordDecision:
            let isAllowed = rule.mayDecide && question.decides != .vedtak && employment != nil && isLeader(record, rule)
            if !isAllowed { deny(.denyMeetingRule, .ruleMeeting) }
        case .meetingRecordInLog: checkRecordingInLog(record, rule)
        default: break
        }
        if denies.isEmpty { pass(.ruleMeeting) }
    }

    private func checkMeetingLevel(_ record: Meeting, _ rule: MeetingRule) {
        guard let caseRecord = caseFile?.caseRecord.record else { return }
        if let level = rule.level, caseRecord.level != level { deny(.denyLevel, .ruleLevel) }
        let isStepMissing = rule.steps.contains { !caseRecord.seMegSteps.contains($0) }
        if isStepMissing { deny(.denyMeetingRule, .ruleMeeting) }
    }

    /// Anonymous or on system level only where the type allows it; and a meeting about somebody has a case.
    private func checkNamelessness(_ record: Meeting, _ rule: MeetingRule) {
        let isNameless = record.anonymous || record.level == .system
        let isWrong =
            (record.anonymous && (!rule.anonymous || record.caseID != nil)) || (record.level == .system && !rule.system)
            || (!isNameless && record.caseID == nil)
        if isWrong { deny(.denyMeetingRule, .ruleMeeting) }
    }

    // MARK: Who leads

    private func isLeader(_ record: Meeting, _ rule: MeetingRule) -> Bool {
        guard let employment else { return false }
        let hasPlan = caseFile?.caseRecord.record.plan == .active
        let leaders = hasPlan ? rule.ledByWithPlan ?? rule.ledBy : rule.ledBy
        if leaders.contains(.stafettholder), links.contains(.holder) { return true }
        if leaders.contains(.koordinator), coordinatorGrant >= 0 { return true }
        if leaders.contains(.participant), isParticipating(employment.record, record) { return true }
        if leaders.contains(.coordinating_unit), unit?.unit.record.service == rule.coordinator, !links.isEmpty {
            return true
        }
        // Where a case has neither a stafettholder nor a coordinator, one with a grant leads.
        guard let file = caseFile, !links.isDisjoint(with: [.logGrant, .planGrant]) else { return false }
        return file.caseRecord.record.holder == nil && !hasCoordinator(file)
    }

    private func isParticipating(_ employment: Employment, _ record: Meeting) -> Bool {
        record.convenedBy == employment.id || record.invited.contains(.unit(employment.unit))
            || record.invited.contains(.employment(employment.id))
    }

    private func hasCoordinator(_ file: CaseFile) -> Bool {
        for grant in file.grants where grant.record.role == .koordinator {
            if isValid(grant), isGivenByForvaltning(grant) { return true }
        }
        return false
    }

    // MARK: Who is there

    private func checkAttendance(_ record: Meeting, _ rule: MeetingRule) {
        if rule.family, !record.familyPresent { deny(.denyMeetingRule, .ruleMeeting) }
        guard let needed = rule.representatives, let convener = state.employments[record.convenedBy]?.record,
            let service = state.units[convener.unit]?.unit.record.service, needed.services.contains(service)
        else { return }
        var count = 0
        var leaders = 0
        for id in record.present {
            guard let present = state.employments[id]?.record, present.unit == convener.unit else { continue }
            count += 1
            leaders += present.role == .leder ? 1 : 0
        }
        if count < needed.count || leaders < needed.leaders { deny(.denyMeetingRule, .ruleMeeting) }
    }

    /// A service attends, by itself or on another's asking; the family attends by its own right.
    var attendsAsService: Bool {
        switch question.participant {
        case .person?: false
        case .unit?, .employment?: true
        case nil: employment != nil
        }
    }

    /// The unit that attends: the participant's, or the actor's own.
    var attendingUnit: UnitFile? { question.participant == nil ? unit : participantUnit }

    /// The stafettholder's own meetings: no other employment attends (S0, S3).
    private func checkOwnMeeting(_ rule: MeetingRule) {
        guard rule.onLogConsent else { return }
        if !links.contains(.holder) || question.participant != nil { deny(.denyMeetingRule, .ruleMeeting) }
    }

    // MARK: Form and record

    /// Consents to the meeting, none of them written, where its purpose asks for writing (S4).
    private func checkWrittenForm(_ unit: UnitFile?) {
        guard let purpose = meetingPurpose, let caseFile, let subject, let unit, meetingRule?.onLogConsent == false
        else { return }
        if isPartyPresent { return }
        var ask = ConsentAsk(purpose: purpose, caseID: caseFile.caseRecord.record.id)
        ask.meeting = meeting?.record.id
        setRecipient(&ask, unit)
        ask.excluded = question.participant == nil ? human : nil
        var found = false
        var written = false
        for consent in subject.consents {
            let stop = filter(consent, ask)
            guard stop >= .form else { continue }
            found = true
            if stop > .form { written = true }
        }
        if found, !written { deny(.denyConsentForm, .ruleForm) } else if found { pass(.ruleForm) }
    }

    private func checkRecordingInLog(_ record: Meeting, _ rule: MeetingRule) {
        if !rule.logRecord || record.anonymous { return deny(.denyMeetingRule, .ruleMeeting) }
        let mayRecord = links.contains(.holder) || (rule.recordedByCoordinator && coordinatorGrant >= 0)
        guard mayRecord else { return deny(.denySingleWriter, .ruleWriter) }
        pass(.ruleWriter)
        checkPlanClosesLog()
    }

    /// Every required giver sits in the meeting, or is represented there (S3): no form is needed then.
    var isPartyPresent: Bool {
        get {
            guard let rule = meetingRule, rule.partyPresent, let record = meeting?.record, record.familyPresent,
                let subject
            else { return false }
            let set = givers(of: subject, for: .coordination)
            guard set.problem == nil else { return false }
            return set.required.allSatisfy { isThere($0.party, record) }
        }
    }

    private func isThere(_ party: Party, _ record: Meeting) -> Bool {
        if record.invited.contains(party) { return true }
        if case .unit(let unit) = party {
            return record.invited.contains { invited in
                if case .employment(let id) = invited {
                    state.employments[id]?.record.unit == unit
                } else {
                    false
                }
            }
        }
        for grant in caseFile?.grants ?? []
        where grant.record.role == .fullmektig && grant.record.grantedBy == party {
            guard grant.record.meeting == nil || grant.record.meeting == record.id, isValid(grant) else {
                continue
            }
            if record.invited.contains(grant.record.to) { return true }
        }
        return false
    }
}
