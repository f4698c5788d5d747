// Step 4: is there something to act on, may it be acted on now, and is the actor tied to it?

extension Evaluation {
    mutating func checkState() {
        guard objectFound, hasObject else { return deny(.denyNotFound, .stateExists) }
        pass(.stateExists)
        guard let subject else { return checkCaseless() }
        if isSecret, links.isEmpty { return deny(.denyNotFound, .linkSecret) }
        if isDead(subject), !action.deceased { deny(.denyState, .stateDeceased) }
        if let caseFile { checkFit(caseFile) }
        checkMeetingIsNotOver()
        if let caseFile { checkClosed(caseFile) }
        checkBoundary()
        checkOther()
        checkLink()
    }

    /// The object is of the kind that the action is about.
    private var hasObject: Bool {
        mutating get {
            switch question.action {
            case .meetingHold, .meetingAttend, .meetingRecordDecision, .meetingRecordInLog, .meetingAttachIdentity:
                meeting != nil
            case .discussAnonymous: if case .controller = question.object { false } else { true }
            case .statisticsRead: if case .controller = question.object { true } else { false }
            case .participantAdd: caseFile != nil
            case .discussInternal, .disclose, .consentGive, .erasureRequest, .accessLogRead:
                subject != nil && meeting == nil
            default: caseFile != nil && meeting == nil
            }
        }
    }

    // MARK: What there is

    /// That the case exists is secret to those without a link (L43).
    var isSecret: Bool {
        mutating get {
            guard let file = caseFile else { return false }
            guard tables.lists.secretKinds.contains(file.facts.kind) || file.facts.isSensitive else { return false }
            if action.secretExempt || isDuty { return false }
            return !(question.action == .accessLogRead && employment?.facts.role == .personvernombud)
        }
    }

    /// A duty of statute to tell: it never asks whether there is a case.
    var isDuty: Bool {
        mutating get {
            question.action == .disclose && (question.ground.map { tables.rule(for: $0).duty } ?? false)
        }
    }

    private mutating func checkFit(_ file: Ref<CaseFacts>) {
        let record = file.facts
        let fits: Bool
        switch question.action {
        case .logOpen: fits = record.log == .none || record.log == .closed
        case .logRead, .logWrite, .logClose, .logReassign, .meetingRecordInLog:
            fits = record.log != .none
        case .logArchive, .logReopen: fits = record.log == .closed
        case .planRead, .planWrite: fits = record.plan == .active
        case .planCreate: fits = record.plan == .none
        default: fits = true
        }
        if fits { pass(.stateFits) } else { deny(.denyState, .stateFits) }
        if question.action == .logOpen { checkTargetGroup() }
    }

    /// Adults have no stafettlogg, but for a pregnant woman's (S4, S3).
    private mutating func checkTargetGroup() {
        guard let subject, let unit else { return }
        let isForPregnant = unit.facts.filed.read { tables.lists.pregnantBy.contains($0.service) }
        if isForPregnant { return pass(.stateFits) }
        guard let age = age(of: subject) else { return refer(.referFactMissing, .stateFits) }
        if age > tables.limits.logOpenAgeMax { deny(.denyState, .stateFits) }
    }

    private mutating func checkMeetingIsNotOver() {
        guard question.action == .meetingHold || question.action == .meetingAttend,
            let ended = meeting?.facts.endedAt
        else { return }
        depends(on: ended)
        if ended <= at { deny(.denyState, .stateFits) }
    }

    // MARK: A closed log

    private mutating func checkClosed(_ file: Ref<CaseFacts>) {
        guard file.facts.log == .closed else { return }
        let isClosed: Bool
        if employment != nil {
            switch action.closed {
            case .refuse: isClosed = true
            case .refuse_without_plan: isClosed = file.facts.plan != .active
            case .open: isClosed = false
            }
        } else if question.action == .logRead {
            isClosed = !isInFamilyWindow(file)
        } else {
            isClosed = action.familyClosed
        }
        if isClosed { deny(.denyLogClosed, .stateClosed) } else { pass(.stateClosed) }
    }

    /// For some months the subject and those with foreldreansvar still read.
    private mutating func isInFamilyWindow(_ file: Ref<CaseFacts>) -> Bool {
        guard let closed = file.facts.closedAt, let viewer, let subject else { return false }
        let end = OsloTime.adding(months: tables.limits.logFamilyWindowMonths, to: closed)
        depends(on: end)
        let at = at
        let holdsFa = subject.facts.authorities.contains {
            $0.facts.holder == .person(viewer) && $0.facts.kind == .foreldreansvar && $0.facts.validity.contains(at)
        }
        // Foreldreansvar ends at 18: it is the link that tells.
        let isFamily =
            links.contains(.subject) || (holdsFa && !links.isDisjoint(with: [.authority, .unknownAuthority]))
        return isFamily && at < end
    }

    // MARK: The boundary between controllers

    private mutating func checkBoundary() {
        guard let employment, let actorController, let unit, !isDuty else { return }
        if question.action == .accessLogRead { return checkAccessLogBoundary(actorController) }
        if question.action == .discussInternal { checkOrgan(unit) }
        guard let caseFile else { return }
        let controller = caseFile.facts.controller
        if actorController == controller { return pass(.linkBoundary) }
        let isAcross = mayCross(employment, unit, controller) || isHealthCooperation
        if isAcross { pass(.linkBoundary) } else { deny(.denyOrgBoundary, .linkBoundary) }
    }

    /// Who is let in on another's asking works now, and for the case's controller or for a unit that is named itself.
    private mutating func checkOther() {
        guard case .employment(let handle)? = other, let found = state.employments.facts(handle) else { return }
        let validity = found.facts.validity
        depends(on: validity)
        if at < validity.from {
            deny(.denyRole, .actorActive)
        } else if validity.until <= at {
            deny(.denyRoleExpired, .actorActive)
        }
        guard let controller = caseFile?.facts.controller, let unit = state.units.facts(found.facts.unit) else {
            return
        }
        let forController = self.controller(of: found)
        if forController == controller { return }
        if forController != unit.facts.controller || isOwn(unit, of: controller) {
            deny(.denyOrgBoundary, .linkBoundary)
        }
    }

    /// A wonder stays within the organ: the unit, unless the records say that units are one (L65, W101).
    private mutating func checkOrgan(_ unit: Ref<UnitFacts>) {
        let notes = subject?.facts.discussions ?? .empty
        let isElsewhere = !notes.isEmpty && !notes.contains { isSameOrgan($0.facts.unit, unit) }
        var isTold = false
        if case .unit(let id)? = question.recipient { isTold = !isSameOrgan(state.handle(of: id), unit) }
        if isElsewhere || isTold { deny(.denyOrgBoundary, .basisOrgan) }
    }

    /// Units of one organ are one controller's: a private barnehage or school is an organ of its own, whatever is registered (L53).
    mutating func isSameOrgan(_ handle: Handle<Unit>, _ unit: Ref<UnitFacts>) -> Bool {
        guard let other = state.units.facts(handle) else { return false }
        return other.facts.organ == unit.facts.organ && other.facts.controller == unit.facts.controller
    }

    /// Another controller's unit counts when it is named, granted or invited itself. In an inter-municipal unit only an
    /// employment for the case's controller counts, whichever municipality hosts it.
    private mutating func mayCross(
        _ employment: Ref<EmploymentFacts>, _ unit: Ref<UnitFacts>, _ controller: Handle<Controller>
    ) -> Bool {
        let other = employment.facts.forController
        guard other == nil || other == unit.facts.controller, !isOwn(unit, of: controller) else { return false }
        if !links.isDisjoint(with: [.invited, .logGrant, .planGrant, .holder, .handover]) { return true }
        return isNamedInConsent(unit, mustStand: question.emergency != nil)
    }

    /// A unit of this controller: its own, or an inter-municipal one, where somebody works for it now.
    mutating func isOwn(_ unit: Ref<UnitFacts>, of controller: Handle<Controller>?) -> Bool {
        guard let controller else { return false }
        if unit.facts.controller == controller { return true }
        for served in unit.facts.serves where served.controller == controller {
            depends(on: served.validity)
            if served.validity.contains(at) { return true }
        }
        return false
    }

    /// - Parameter mustStand: only one that has neither been taken back nor ended: an emergency rests on no other.
    mutating func isNamedInConsent(_ unit: Ref<UnitFacts>, mustStand: Bool) -> Bool {
        guard let subject, let caseID = caseFile?.facts.handle else { return false }
        return subject.facts.consents.contains { consent in
            guard isGiven(consent, caseID), names(consent.facts.units, unit) else { return false }
            return !mustStand || stands(consent)
        }
    }

    /// The author and the actor both give health care in the same treatment (hpl § 25): that crosses controllers.
    var isHealthCooperation: Bool {
        mutating get {
            guard let entry, entry.sameTreatment, entry.category == .health, let unit else { return false }
            return givesHealthCare(unit) && (state.units.facts(entry.author).map { givesHealthCare($0) } ?? false)
        }
    }

    mutating func givesHealthCare(_ unit: Ref<UnitFacts>) -> Bool {
        unit.facts.filed.read { givesHealthCare($0.service) }
    }

    mutating func givesHealthCare(_ service: Service) -> Bool { tables.regime(of: service)?.healthCooperation ?? false }

    /// The personvernombud and a leader see what is their own controller's.
    private mutating func checkAccessLogBoundary(_ own: Handle<Controller>) {
        guard !isOwnLookUp, let subject else { return }
        let controllers =
            caseFile.map { [$0.facts.controller] }
            ?? subject.facts.cases.compactMap { state.cases.facts($0)?.facts.controller }
        if controllers.isEmpty || controllers.contains(own) {
            pass(.linkBoundary)
        } else {
            deny(.denyOrgBoundary, .linkBoundary)
        }
    }

    // MARK: The link

    private mutating func checkLink() {
        guard action.linkAsked || (action.content && employment == nil) else { return }
        if links.isEmpty || (isClaimOnly && !claimOpens) { denyLink() } else { pass(.linkExists) }
    }

    private var isClaimOnly: Bool { mutating get { !links.isRecorded } }

    /// A claim ties to the log's content, and to nothing else.
    private var claimOpens: Bool { mutating get { question.action == .logRead } }

    private mutating func denyLink() {
        if isByRole { return pass(.linkExists) }
        guard employment == nil, let viewer, let subject else { return deny(.denyNotParticipant, .linkExists) }
        let isMinor = age(of: subject).map { $0 < tables.ages.adult } ?? true
        let heldOnce = subject.facts.authorities.contains {
            $0.facts.holder == .person(viewer) && $0.facts.kind == .foreldreansvar
        }
        deny(isMinor || heldOnce ? .denyNoFa : .denyNotParticipant, .linkExists)
    }

    /// Section 9 gives it by the role.
    var isByRole: Bool {
        mutating get {
            guard question.action == .accessLogRead, let employment else { return false }
            let role = employment.facts.role
            return isOwnLookUp || role == .personvernombud || role == .leder
        }
    }

    /// A meeting without a case, an anonymous discussion, statistics.
    private mutating func checkCaseless() {
        if case .controller = question.object {
            if actorController != matterController { deny(.denyOrgBoundary, .linkBoundary) }
            return
        }
        checkMeetingIsNotOver()
        guard action.linkAsked else { return }
        if links.isEmpty { deny(.denyNotParticipant, .linkExists) } else { pass(.linkExists) }
    }
}
