internal import HashTreeCollections

// Step 5: the rule of the action and of the type of meeting.

extension Evaluation {
    func checkRule() {
        checkLevelZero()
        switch question.action {
        case .logOpen: checkOpening()
        case .logWrite: checkWriter()
        case .logClose: checkCloser()
        case .logReassign: checkReassignment()
        case .batonAccept: checkBaton()
        case .participantAdd: checkParticipant()
        case .planWrite:
            if coordinatorGrant < 0 { deny(.denySingleWriter, .ruleWriter) } else { pass(.ruleWriter) }
        case .discussAnonymous: checkAnonymity()
        case .meetingAttachIdentity:
            deny(meeting?.record.anonymous == true ? .denyIdentityInAnonymous : .denyMeetingRule, .ruleAnonymous)
        case .meetingHold, .meetingAttend, .meetingRecordDecision, .meetingRecordInLog: checkMeeting()
        default: break
        }
    }

    /// At level 0 nothing is shared between services (S2).
    private func checkLevelZero() {
        guard let level = caseFile?.caseRecord.record.level, level == 0, !action.levelZero else { return }
        deny(.denyLevel, .ruleLevel)
    }

    /// Opening lifts the case to the level at which a log opens, from the level just below it.
    private func checkOpening() {
        guard let level = caseFile?.caseRecord.record.level else { return }
        if Int(level) < tables.limits.logOpensAtLevel - 1 { deny(.denyLevel, .ruleLevel) } else { pass(.ruleLevel) }
    }

    // MARK: One writer at a time

    private func checkWriter() {
        if links.contains(.holder) {
            pass(.ruleWriter)
            checkPlanClosesLog()
        } else if !tables.switches.participantsWrite {
            deny(.denySingleWriter, .ruleWriter)
        }
    }

    /// When an individual plan is in use the log closes; until it is closed nobody writes (W3, W5).
    func checkPlanClosesLog() {
        guard tables.switches.closesWithPlan, let record = caseFile?.caseRecord.record, record.plan == .active,
            record.log == .open || record.log == .closing
        else { return }
        refer(.referConfig, .rulePlan)
    }

    private func checkCloser() {
        guard employment != nil else { return }
        if links.isDisjoint(with: [.holder, .omsorg]) {
            deny(.denySingleWriter, .ruleWriter)
        } else {
            pass(.ruleWriter)
        }
    }

    /// Only an orphaned log: the stafettholder's employment has ended and nobody accepted the baton (W64).
    private func checkReassignment() {
        guard let file = caseFile, let holder = file.caseRecord.record.holder else { return }
        if let record = state.employments[holder]?.record {
            depends(on: record.validity)
            if record.validity.contains(at) || at < record.validity.from { deny(.denySingleWriter, .ruleWriter) }
        }
        let isAccepted = file.handovers.contains { $0.record.from == holder && $0.record.state == .accepted }
        if isAccepted { deny(.denySingleWriter, .ruleWriter) }
        if question.successor == nil { refer(.referFactMissing, .ruleWriter) }
    }

    /// Only the employment that the stafettholder's first proposal names (W8, W9, W10).
    private func checkBaton() {
        guard let file = caseFile, let holder = file.caseRecord.record.holder, let employment else {
            return deny(.denySingleWriter, .ruleWriter)
        }
        let first = file.handovers.first { $0.record.from == holder && $0.record.state == .proposed }
        let isTheOne = first?.record.to == employment.record.id
        let isForAnother = question.successor.map { $0 != employment.record.id } ?? false
        guard let first, isTheOne, !isForAnother else { return deny(.denySingleWriter, .ruleWriter) }
        use(.handover, first.record.id.identifier, first)
        pass(.ruleWriter)
    }

    // MARK: Participants

    private func checkParticipant() {
        guard let record = caseFile?.caseRecord.record else { return }
        let isMeetingBound = meeting != nil
        let isOfOwnService = participantUnit.map { $0.unit.record.service == holderService } ?? false
        if Int(record.level) < tables.limits.participantMinLevel, !isMeetingBound, !isOfOwnService,
            record.plan != .active
        {
            deny(.denyLevel, .ruleLevel)
        }
        let mayAdd = links.contains(.holder) || (coordinatorGrant >= 0 && employment != nil)
        if mayAdd { pass(.ruleWriter) } else { deny(.denySingleWriter, .ruleWriter) }
        if question.participant == nil { refer(.referFactMissing, .ruleWriter) }
    }

    /// The unit that the question's participant is, or works in.
    var participantUnit: UnitFile? {
        switch question.participant {
        case .unit(let id)?: state.units[id]
        case .employment(let id)?: state.employments[id].flatMap { state.units[$0.record.unit] }
        default: nil
        }
    }

    private var holderService: Service? {
        caseFile?.caseRecord.record.holder.flatMap { state.employments[$0] }
            .flatMap { state.units[$0.record.unit] }?.unit.record.service
    }

    // MARK: Anonymity

    private func checkAnonymity() {
        var triesIdentity = question.identifies != nil
        switch question.object {
        case .person, .caseID: triesIdentity = true
        default: break
        }
        if let record = meeting?.record {
            let allows = record.anonymous && record.caseID == nil && tables.rule(for: record.type).anonymous
            if allows { pass(.ruleMeeting) } else { deny(.denyMeetingRule, .ruleMeeting) }
        }
        if triesIdentity { deny(.denyIdentityInAnonymous, .ruleAnonymous) } else { pass(.ruleAnonymous) }
    }
}
