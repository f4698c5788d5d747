// Step 6: the basis, the first that holds.

extension Evaluation {
    /// The reason that allows, or `nil` with what stopped each basis noted.
    mutating func findBasis() -> Reason? {
        checkNeed()
        switch question.action {
        case .logOpen: return openingBasis()
        case .logRead: return employment == nil ? familyReads(.log) : serviceReads()
        case .logWrite: return writingBasis()
        case .logClose: return closingBasis()
        case .logReopen: return reopeningBasis()
        case .logReassign: return reassigningBasis()
        case .logArchive: return hold(.allowArchive, .basisRole)
        case .batonAccept: return sharing(.samordning, with: unit, human?.facts.handle)
        case .participantAdd: return addingBasis()
        case .planCreate, .planWrite: return employment == nil ? familyReads(.plan) : serviceUsesPlan()
        case .planRead: return employment == nil ? familyReads(.plan) : serviceUsesPlan()
        case .meetingHold, .meetingAttend, .meetingRecordDecision: return meetingBasis()
        case .meetingRecordInLog: return recordingBasis()
        case .meetingAttachIdentity: return nil
        case .discussInternal: return discussingBasis()
        case .discussAnonymous: return hold(.allowAnonymous, .basisAnonymous)
        case .disclose: return disclosingBasis()
        case .consentGive: return givingBasis()
        case .erasureRequest:
            refer(.referErasureRequest, .basisErasure)
            return nil
        case .accessLogRead: return accessLogBasis()
        case .statisticsRead: return hold(.allowAnonymous, .basisAnonymous)
        }
    }

    /// Secrecy binds colleagues too: need is stated always (L60).
    private mutating func checkNeed() {
        guard employment != nil, (action.linkAsked && !isByRole) || question.action == .discussInternal else { return }
        if question.need { pass(.basisNeed) } else { deny(.denyNoNeed, .basisNeed) }
    }

    @inline(__always)
    mutating func hold(_ reason: Reason, _ rule: Rule) -> Reason {
        trace?.note(rule, .holds, reason: reason)
        return reason
    }

    /// A later basis holds: what stopped the earlier ones does not count, but for a need that was not stated.
    mutating func holds(_ reason: Reason, _ rule: Rule, since mark: Mark) -> Reason {
        denies.truncate(to: mark.denies)
        refers.truncate(to: mark.refers)
        missing.removeAll()
        return hold(reason, rule)
    }

    struct Mark {
        var denies: Int
        var refers: Int
    }

    var mark: Mark { mutating get { Mark(denies: denies.count, refers: refers.count) } }

    // MARK: Sharing on consent

    mutating func ask(for purpose: Purpose) -> ConsentAsk {
        var ask = ConsentAsk(purpose: purpose, caseID: caseFile?.facts.handle)
        ask.meeting = meeting?.facts.handle
        ask.needsWriting = tables.lists.writtenForActions.contains(question.action)
        return ask
    }

    /// The set of the row of coordination has consented to this unit's having it.
    mutating func sharing(
        _ purpose: Purpose, with unit: Ref<UnitFacts>?, _ human: Handle<Person>?, row: RowChoice = .coordination
    ) -> Reason? {
        guard let subject, let unit else {
            deny(.denyConsentScopeService, .basisConsent)
            return nil
        }
        var ask = ask(for: isMisused(purpose) ? question.purpose : purpose)
        setRecipient(&ask, unit)
        ask.excluded = human
        let set = givers(of: subject, for: row, purpose: purpose)
        guard isConsented(set, ask, about: subject) else { return nil }
        return hold(.allowConsent, .basisConsent)
    }

    /// The question states a purpose that no consent carries: it is asked with that, and fails by it (L64).
    mutating func isMisused(_ purpose: Purpose) -> Bool {
        question.purpose != purpose && !tables.rule(for: question.purpose).carried
    }

    // MARK: The log

    private mutating func openingBasis() -> Reason? { sharing(.samordning, with: unit, human?.facts.handle) }

    private mutating func reopeningBasis() -> Reason? {
        guard let subject, let unit, let caseFile else { return nil }
        var ask = ask(for: isMisused(.samordning) ? question.purpose : .samordning)
        setRecipient(&ask, unit)
        ask.excluded = human?.facts.handle
        if tables.switches.reopenNeedsNewConsent { ask.registeredAfter = caseFile.facts.closedAt ?? .distantPast }
        let set = givers(of: subject, for: .coordination)
        let before = mark
        if isConsented(set, ask, about: subject) { return hold(.allowConsent, .basisConsent) }
        // Whatever stopped them: what is lacking is a new consent.
        if refers.count == before.refers, denies.count > before.denies {
            denies.remove(.denyNoConsent)
            denies.insert(.denyNoConsent, at: before.denies)
        }
        return nil
    }

    private mutating func reassigningBasis() -> Reason? {
        guard let successor = question.successor.flatMap({ state.employments.facts($0) }) else {
            refer(.referFactMissing, .ruleWriter)
            return nil
        }
        let unit = state.units.facts(successor.facts.unit)
        guard sharing(.samordning, with: unit, successor.facts.person) != nil else { return nil }
        return hold(.allowReassign, .basisRole)
    }

    private mutating func writingBasis() -> Reason? {
        if links.contains(.holder) { return holderOnLogConsent() }
        return employment == nil ? familyReads(.log) : serviceReads()
    }

    /// The stafettholder goes on while nobody of the current set has taken the log's consent back or let it end; when
    /// only age or authority broke the set, somebody must look at it.
    mutating func holderOnLogConsent() -> Reason? {
        guard let subject, let unit else { return nil }
        var ask = ask(for: .samordning)
        setRecipient(&ask, unit)
        ask.excluded = nil
        let whole = givers(of: subject, for: .coordination)
        // Who is in the set whatever is unknown about the others can take the consent back.
        let set = whole.problem == nil ? whole : givers(of: subject, for: .coordination, isCertain: true)
        var isBroken = whole.problem != nil || set.required.isEmpty
        var isExpired = false
        var isWithdrawn = false
        for index in set.required.indices {
            switch furthestStop(of: set.required[index], ask, subject) {
            case .none: break
            case .withdrawn: isWithdrawn = true
            case .time:
                // What has not begun has not ended either.
                if hasEnded(set.required[index], ask, subject) { isExpired = true } else { isBroken = true }
            default: isBroken = true
            }
        }
        if isWithdrawn { deny(.denyConsentWithdrawn, .basisLogStands) }
        if isExpired { deny(.denyConsentExpired, .basisLogStands) }
        guard !isWithdrawn, !isExpired else { return nil }
        if isBroken { add(.reviewRequired) }
        return hold(.allowHolder, .basisHolder)
    }

    private mutating func closingBasis() -> Reason? {
        if links.contains(.holder) { return hold(.allowHolder, .basisHolder) }
        guard let subject else { return nil }
        if proxyGrant != nil {
            deny(.denyNotGiver, .basisGiver)
            return nil
        }
        let party: PartyHandle? = viewer.map { .person($0) } ?? employment.map { .unit($0.facts.unit) }
        // Closing protects: where another's authority is in doubt, one whose own is known may still close.
        let set = givers(of: subject, for: .coordination, isCertain: true)
        if let party, set.contains(party) {
            let isSubject = party == .person(subject.facts.handle)
            return hold(isSubject ? .allowSelf : .allowParent, .basisGiver)
        }
        // Over a youth who decides alone no authority gives this, whatever comes of the doubt.
        let decidesAlone = set.givers == .`self` && !lacksCompetence(subject)
        if links.contains(.unknownAuthority), !decidesAlone {
            refer(.referFactMissing, .giversUnknown)
        } else {
            deny(.denyNotGiver, .basisGiver)
        }
        return nil
    }

    private mutating func addingBasis() -> Reason? {
        if case .person(let person)? = question.participant { return personBasis(state.handle(of: person), .log) }
        var purpose = Purpose.samordning
        var row = RowChoice.coordination
        if let meetingPurpose {
            purpose = meetingPurpose
            row = self.row(of: purpose)
        } else if !links.contains(.holder), caseFile?.facts.plan == .active {
            purpose = .individuell_plan
            row = self.row(of: purpose)
        }
        var human: Handle<Person>?
        if case .employment(let id)? = question.participant { human = state.employments.facts(id)?.facts.person }
        return sharing(purpose, with: participantUnit, human, row: row)
    }

    // MARK: The plan

    /// Consent for the plan *and* a grant that opens the area (W24, W25, W26).
    private mutating func serviceUsesPlan() -> Reason? {
        if question.action == .planRead, links.contains(.omsorg), let subject, let unit, hasCare(unit, of: subject) {
            return hold(.allowParent, .basisGuardian)
        }
        // The coordinator writes; any grant of the actor's that opens the area reads.
        let isWriting = question.action == .planWrite
        guard let grant = isWriting ? coordinatorGrant ?? planGrant : planGrant ?? coordinatorGrant else {
            noGrant()
            return nil
        }
        use(.grant, grant.facts.filed)
        if let area = question.area, !grant.facts.opens(area) {
            deny(.denyConsentScopePurpose, .basisGrant)
        } else {
            pass(.basisGrant)
        }
        let before = denies.count
        let basis = sharing(.individuell_plan, with: unit, human?.facts.handle, row: row(of: .individuell_plan))
        return denies.count == before ? basis : nil
    }

    // MARK: Inside the organ, and by role

    private mutating func discussingBasis() -> Reason? {
        guard let service = unit?.facts.filed.read(\.service), let regime = tables.regime(of: service) else {
            refer(.referConfig, .basisOrgan)
            return nil
        }
        trace?.note(data: "regimes.\(regime.name)")
        switch regime.inside {
        case .need: return hold(.allowIntraOrgan, .basisOrgan)
        case .hpl25: return hold(.allowHpl25, .basisHealth)
        case .none:
            deny(.denyNoConsent, .basisOrgan)
            return nil
        }
    }

    private mutating func accessLogBasis() -> Reason? {
        if isOwnLookUp { return hold(.allowSelf, .basisSelf) }
        if employment != nil { return hold(.allowIntraOrgan, .basisRole) }
        guard let viewer else { return nil }
        let mark = mark
        guard let basis = rights(of: viewer) else {
            if denies.count == mark.denies, refers.count == mark.refers { deny(.denyNotParticipant, .basisGrant) }
            return nil
        }
        // One's own look-ups are one's own also where the case's documents are a party's.
        return proxyGrant != nil ? hold(.allowPartyProxy, .basisProxy) : basis
    }
}
