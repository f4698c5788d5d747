// What a type of meeting asks for (rules 1.4): all of it is the profile's data.

extension Evaluation {
    /// The rule of the meeting's type.
    var meetingRule: MeetingRule? { mutating get { meeting.map { tables.rule(for: $0.facts.type) } } }

    /// The purpose that the meeting's consent is for.
    var meetingPurpose: Purpose? {
        mutating get {
            guard let rule = meetingRule else { return nil }
            guard let withPlan = rule.purposeWithPlan, caseFile?.facts.plan == .active else {
                return rule.purpose
            }
            return withPlan
        }
    }

    mutating func checkMeeting() {
        guard let meeting, let rule = meetingRule else { return }
        let record = meeting.facts
        trace?.note(data: "meetings.\(record.type.word)")
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

    private mutating func checkMeetingLevel(_ record: MeetingFacts, _ rule: MeetingRule) {
        guard let caseFile else { return }
        if let level = rule.level, caseFile.facts.level != level { deny(.denyLevel, .ruleLevel) }
        if !caseFile.facts.seMegSteps.isSuperset(of: rule.steps) { deny(.denyMeetingRule, .ruleMeeting) }
    }

    /// Anonymous or on system level only where the type allows it; and a meeting about somebody has a case.
    private mutating func checkNamelessness(_ record: MeetingFacts, _ rule: MeetingRule) {
        let isNameless = record.anonymous || record.level == .system
        let isWrong =
            (record.anonymous && (!rule.anonymous || record.caseID != nil)) || (record.level == .system && !rule.system)
            || (!isNameless && record.caseID == nil)
        if isWrong { deny(.denyMeetingRule, .ruleMeeting) }
    }

    // MARK: Who leads

    private mutating func isLeader(_ record: MeetingFacts, _ rule: MeetingRule) -> Bool {
        guard let employment else { return false }
        let hasPlan = caseFile?.facts.plan == .active
        let leaders = hasPlan ? rule.ledByWithPlan ?? rule.ledBy : rule.ledBy
        if leaders.contains(.stafettholder), links.contains(.holder) { return true }
        if leaders.contains(.koordinator), coordinatorGrant != nil { return true }
        if leaders.contains(.participant), isParticipating(employment.facts, record) { return true }
        if leaders.contains(.coordinating_unit), !links.isEmpty, isCoordinating(rule) { return true }
        // Where a case has neither a stafettholder nor a coordinator, one with a grant leads.
        guard let file = caseFile, !links.isDisjoint(with: [.logGrant, .planGrant]) else { return false }
        return file.facts.holder == nil && !hasCoordinator(file)
    }

    private mutating func isCoordinating(_ rule: MeetingRule) -> Bool {
        guard let unit else { return rule.coordinator == nil }
        return unit.facts.filed.read { $0.service == rule.coordinator }
    }

    private mutating func isParticipating(_ employment: EmploymentFacts, _ record: MeetingFacts) -> Bool {
        record.convenedBy == employment.handle
            || (countsForUnit && record.invited.contains(.unit(employment.unit)))
            || record.invited.contains(.employment(employment.handle))
    }

    private mutating func hasCoordinator(_ file: Ref<CaseFacts>) -> Bool {
        for grant in file.facts.grants where grant.facts.role == .koordinator {
            if isValid(grant), isGivenByForvaltning(grant) { return true }
        }
        return false
    }

    // MARK: Who is there

    private mutating func checkAttendance(_ record: MeetingFacts, _ rule: MeetingRule) {
        if rule.family, !record.familyPresent { deny(.denyMeetingRule, .ruleMeeting) }
        guard let needed = rule.representatives,
            let convener = state.employments.facts(record.convenedBy)?.facts.unit,
            let unit = state.units.facts(convener), unit.facts.filed.read({ needed.services.contains($0.service) })
        else { return }
        // Who works there now; one who is there in two roles is one.
        var humans = SmallList<8, Handle<Person>>(filler: .unknown)
        var leaders = SmallList<8, Handle<Person>>(filler: .unknown)
        for handle in record.present {
            guard let present = state.employments.facts(handle), present.facts.unit == convener else { continue }
            depends(on: present.facts.validity)
            guard present.facts.validity.contains(at) else { continue }
            humans.note(present.facts.person)
            if present.facts.role == .leder { leaders.note(present.facts.person) }
        }
        if humans.count < needed.count || leaders.count < needed.leaders { deny(.denyMeetingRule, .ruleMeeting) }
    }

    /// A service attends, by itself or on another's asking; the family attends by its own right.
    var attendsAsService: Bool {
        mutating get {
            switch question.participant {
            case .person?: false
            case .unit?, .employment?: true
            case nil: employment != nil
            }
        }
    }

    /// The unit that attends: the participant's, or the actor's own.
    var attendingUnit: Ref<UnitFacts>? { mutating get { question.participant == nil ? unit : participantUnit } }

    /// The stafettholder's own meetings: no other employment attends (S0, S3).
    private mutating func checkOwnMeeting(_ rule: MeetingRule) {
        guard rule.onLogConsent else { return }
        if !links.contains(.holder) || question.participant != nil { deny(.denyMeetingRule, .ruleMeeting) }
    }

    // MARK: Form and record

    /// Consents to the meeting, none of them written, where its purpose asks for writing (S4).
    private mutating func checkWrittenForm(_ unit: Ref<UnitFacts>?) {
        guard let purpose = meetingPurpose, let caseFile, let subject, let unit, meetingRule?.onLogConsent == false
        else { return }
        if tables.rule(for: purpose).oral || isPartyPresent() { return }
        var ask = ConsentAsk(purpose: purpose, caseID: caseFile.facts.handle)
        ask.meeting = meeting?.facts.handle
        setRecipient(&ask, unit)
        ask.excluded = question.participant == nil ? human?.facts.handle : nil
        var found = false
        var written = false
        for consent in subject.facts.consents {
            let stop = filter(consent, ask)
            guard stop >= .form else { continue }
            found = true
            if consent.facts.form != .muntlig_dokumentert { written = true }
        }
        if found, !written { deny(.denyConsentForm, .ruleForm) } else if found { pass(.ruleForm) }
    }

    private mutating func checkRecordingInLog(_ record: MeetingFacts, _ rule: MeetingRule) {
        if !rule.logRecord || record.anonymous { return deny(.denyMeetingRule, .ruleMeeting) }
        let mayRecord = links.contains(.holder) || (rule.recordedByCoordinator && coordinatorGrant != nil)
        guard mayRecord else { return deny(.denySingleWriter, .ruleWriter) }
        pass(.ruleWriter)
        checkPlanClosesLog()
    }

    /// Every required giver sits in the meeting, or is represented there (S3): no form is needed then.
    mutating func isPartyPresent() -> Bool {
        guard let rule = meetingRule, rule.partyPresent, let meeting, meeting.facts.familyPresent, let subject
        else { return false }
        let set = givers(of: subject, for: .coordination)
        guard set.problem == nil else { return false }
        return set.required.allSatisfy { isThere($0.party, meeting.facts) }
    }

    private mutating func isThere(_ party: PartyHandle, _ record: MeetingFacts) -> Bool {
        if record.invited.contains(party) { return true }
        if case .unit(let unit) = party {
            return record.invited.contains { invited in
                guard case .employment(let handle) = invited, let found = state.employments.facts(handle),
                    found.facts.unit == unit
                else { return false }
                depends(on: found.facts.validity)
                return found.facts.validity.contains(at)
            }
        }
        for grant in caseFile?.facts.grants ?? .empty
        where grant.facts.role == .fullmektig && grant.facts.grantedBy == party {
            guard grant.facts.meeting == nil || grant.facts.meeting == record.handle, isValid(grant) else {
                continue
            }
            if record.invited.contains(grant.facts.to) { return true }
        }
        return false
    }
}
