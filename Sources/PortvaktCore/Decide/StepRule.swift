// Step 5: the rule of the action and of the type of meeting.

extension Evaluation {
    mutating func checkRule() {
        checkLevelZero()
        switch question.action {
        case .logOpen: checkOpening()
        case .logWrite: checkWriter()
        case .logClose: checkCloser()
        case .logReassign: checkReassignment()
        case .batonAccept: checkBaton()
        case .participantAdd: checkParticipant()
        case .planWrite:
            if coordinatorGrant == nil { deny(.denySingleWriter, .ruleWriter) } else { pass(.ruleWriter) }
        case .discussAnonymous: checkAnonymity()
        case .meetingAttachIdentity:
            deny(meeting?.facts.anonymous == true ? .denyIdentityInAnonymous : .denyMeetingRule, .ruleAnonymous)
        case .meetingHold, .meetingAttend, .meetingRecordDecision, .meetingRecordInLog:
            checkMeeting()
            if meeting?.facts.anonymous == true, namesSomebody { deny(.denyIdentityInAnonymous, .ruleAnonymous) }
        default: break
        }
    }

    /// At level 0 nothing is shared between services (S2).
    private mutating func checkLevelZero() {
        guard let level = caseFile?.facts.level, level == 0, !action.levelZero else { return }
        deny(.denyLevel, .ruleLevel)
    }

    /// Opening lifts the case to the level at which a log opens, from the level just below it.
    private mutating func checkOpening() {
        guard let level = caseFile?.facts.level else { return }
        if Int(level) < tables.limits.logOpensAtLevel - 1 { deny(.denyLevel, .ruleLevel) } else { pass(.ruleLevel) }
    }

    // MARK: One writer at a time

    private mutating func checkWriter() {
        if links.contains(.holder) {
            pass(.ruleWriter)
        } else if !tables.switches.participantsWrite {
            return deny(.denySingleWriter, .ruleWriter)
        }
        checkPlanClosesLog()
    }

    /// When an individual plan is in use the log closes; until it is closed nobody writes (W3, W5).
    mutating func checkPlanClosesLog() {
        guard tables.switches.closesWithPlan, let file = caseFile, file.facts.plan == .active,
            file.facts.log == .open || file.facts.log == .closing
        else { return }
        refer(.referConfig, .rulePlan)
    }

    private mutating func checkCloser() {
        guard employment != nil else { return }
        if links.isDisjoint(with: [.holder, .omsorg]) {
            deny(.denySingleWriter, .ruleWriter)
        } else {
            pass(.ruleWriter)
        }
    }

    /// Only an orphaned log: the stafettholder's employment has ended and nobody accepted the baton (W64).
    private mutating func checkReassignment() {
        guard let file = caseFile, let holder = file.facts.holder else { return }
        if let employment = state.employments.facts(holder) {
            let validity = employment.facts.validity
            depends(on: validity)
            if validity.contains(at) || at < validity.from { deny(.denySingleWriter, .ruleWriter) }
        }
        // A baton that came back since is the holder's again.
        let last = file.facts.handovers.last { $0.facts.state == .accepted }
        if last?.facts.from == holder { deny(.denySingleWriter, .ruleWriter) }
        if question.successor == nil { refer(.referFactMissing, .ruleWriter) }
    }

    /// Only the employment that the stafettholder's first proposal names (W8, W9, W10).
    private mutating func checkBaton() {
        guard let file = caseFile, let holder = file.facts.holder, let employment else {
            return deny(.denySingleWriter, .ruleWriter)
        }
        let first = file.facts.handovers.first { $0.facts.from == holder && $0.facts.state == .proposed }
        let isTheOne = first?.facts.to == employment.facts.handle
        let isForAnother =
            question.successor.map { state.employments.handle(of: $0) != employment.facts.handle } ?? false
        guard let first, isTheOne, !isForAnother else { return deny(.denySingleWriter, .ruleWriter) }
        use(.handover, first.facts.filed)
        pass(.ruleWriter)
    }

    // MARK: Participants

    private mutating func checkParticipant() {
        guard let file = caseFile else { return }
        let isMeetingBound = meeting != nil
        let isOfOwnService = participantUnit.map { $0.facts.service == holderService } ?? false
        if Int(file.facts.level) < tables.limits.participantMinLevel, !isMeetingBound, !isOfOwnService,
            file.facts.plan != .active
        {
            deny(.denyLevel, .ruleLevel)
        }
        let mayAdd = links.contains(.holder) || (coordinatorGrant != nil && employment != nil)
        if mayAdd { pass(.ruleWriter) } else { deny(.denySingleWriter, .ruleWriter) }
        if question.participant == nil { refer(.referFactMissing, .ruleWriter) }
    }

    /// The unit that the question's participant is, or works in.
    var participantUnit: Ref<UnitFacts>? {
        mutating get {
            switch question.participant {
            case .unit(let id)?: state.units.facts(id)
            case .employment(let id)?: state.employments.facts(id).flatMap { state.units.facts($0.facts.unit) }
            default: nil
            }
        }
    }

    private var holderService: Handle<ServiceKind>? {
        mutating get {
            caseFile?.facts.holder.flatMap { state.employments.facts($0) }
                .flatMap { state.units.facts($0.facts.unit) }?.facts.service
        }
    }

    // MARK: Anonymity

    private mutating func checkAnonymity() {
        var triesIdentity = namesSomebody
        switch question.object {
        case .person, .caseID: triesIdentity = true
        default: break
        }
        if let meeting {
            let allows =
                meeting.facts.anonymous && meeting.facts.caseID == nil && tables.rule(for: meeting.facts.type).anonymous
            if allows { pass(.ruleMeeting) } else { deny(.denyMeetingRule, .ruleMeeting) }
        }
        if triesIdentity { deny(.denyIdentityInAnonymous, .ruleAnonymous) } else { pass(.ruleAnonymous) }
    }

    /// Somebody is named in whatever field: nothing of a question about an anonymous discussion may.
    private var namesSomebody: Bool {
        mutating get {
            if question.identifies != nil || question.consent != nil { return true }
            if case .person? = question.participant { return true }
            if case .person? = question.recipient { return true }
            return question.entry.map { !$0.about.isEmpty } ?? false
        }
    }
}
