// Telling another: duties and grounds outbound (rules 5.2 and 5.3). None of them gives anybody a right to read.

extension Evaluation {
    mutating func disclosingBasis() -> Reason? {
        guard let recipient = question.recipient else {
            refer(.referFactMissing, .basisGround)
            return nil
        }
        guard let ground = question.ground else { return ordinarySharing(with: recipient) }
        let rule = tables.rule(for: ground)
        trace?.note(data: "grounds.\(ground.word)")
        if rule.consent { return onConsentAlone(recipient) }
        if rule.parentWithoutFa { return informing(recipient) }
        if rule.nr5 { return ownTask(recipient) }
        return byDuty(rule, recipient)
    }

    // MARK: Duties

    private mutating func byDuty(_ rule: GroundRule, _ recipient: Recipient) -> Reason? {
        if !rule.toServices.isEmpty {
            guard let service = service(of: recipient), rule.toServices.contains(service) else {
                deny(.denyNotNecessary, .basisGround)
                return nil
            }
        }
        if rule.document {
            // An order is an authority's: it is obeyed towards no private person.
            if case .person = recipient {
                deny(.denyNotNecessary, .basisGround)
                return nil
            }
            guard question.document != nil else {
                refer(.referFactMissing, .basisGround)
                return nil
            }
        }
        return hold(.allowStatutoryOut, .basisGround)
    }

    private mutating func service(of recipient: Recipient) -> Service? {
        switch recipient {
        case .unit(let id): state.units.facts(id)?.facts.filed.read(\.service)
        case .service(let service): service
        case .person: nil
        }
    }

    // MARK: A parent without foreldreansvar

    /// Information on request, not documents, and not on an adult (L07).
    private mutating func informing(_ recipient: Recipient) -> Reason? {
        guard let subject, case .person(let id) = recipient, let age = age(of: subject),
            age < tables.ages.adult
        else {
            deny(.denyNotNecessary, .basisGround)
            return nil
        }
        let (person, at) = (state.handle(of: id), at)
        let holds = subject.facts.authorities.contains { authority in
            guard authority.facts.holder == .person(person), authority.facts.kind == .foreldreansvar,
                authority.facts.status == .known
            else { return false }
            depends(on: authority.facts.validity)
            return authority.facts.validity.contains(at)
        }
        let parenthood = subject.facts.relations.first {
            $0.facts.kind == .forelder && $0.facts.a == person && $0.facts.b == subject.facts.handle
        }
        // Who is dead has asked for nothing.
        guard let parenthood, !holds, isAlive(.person(person)) else {
            deny(.denyNotNecessary, .basisGround)
            return nil
        }
        use(.relation, parenthood.facts.filed)
        guard parenthood.facts.declared == .known else {
            refer(.referConflict, .basisGround)
            return nil
        }
        return hold(.allowStatutoryOut, .basisGround)
    }

    // MARK: The giver's own task (nr 5)

    private mutating func ownTask(_ recipient: Recipient) -> Reason? {
        let before = denies.count
        let regimes = givingRegimes
        if let trace { for regime in regimes { trace.note(data: "regimes.\(regime.name)") } }
        let isPrivate = unit?.facts.controllerKind == .privat && !tables.switches.nr5Private
        if isPrivate || !regimes.allSatisfy(\.nr5) { deny(.denyNoConsent, .basisGround) }
        let isToOrgan: Bool = if case .person = recipient { false } else { true }
        let hasNecessity = question.necessity?.utf8.contains { $0 > 0x20 } ?? false
        if !hasNecessity || !isToOrgan { deny(.denyNotNecessary, .basisGround) }
        return denies.count == before ? hold(.allowCrossOrganNr5, .basisGround) : nil
    }

    /// The giving service's regime decides, entry by entry; with several the strictest.
    private var givingRegimes: [Regime] {
        mutating get {
            var services: [Service] = []
            if let service = unit?.facts.filed.read(\.service) { services.append(service) }
            if let author = entry.flatMap({ state.units.facts($0.author) }) {
                services.append(author.facts.filed.read(\.service))
            }
            return services.map { tables.regime(of: $0) ?? Regime() }
        }
    }

    // MARK: Consent

    /// Telling a service afterwards is no ground in itself: consent, or it is not necessary (L66).
    private mutating func onConsentAlone(_ recipient: Recipient) -> Reason? {
        let before = denies.count
        if let basis = ordinarySharing(with: recipient) { return basis }
        denies.remove(.denyNotNecessary)
        denies.insert(.denyNotNecessary, at: before)
        return nil
    }

    private mutating func ordinarySharing(with recipient: Recipient) -> Reason? {
        guard let subject else { return nil }
        if case .person(let id) = recipient {
            let person = state.handle(of: id)
            if let basis = rights(of: person) { return basis }
            guard denies.isEmpty, refers.isEmpty else { return nil }
            // What the person could not read is not told either.
            guard tables.rule(for: question.purpose).reads else {
                deny(.denyConsentScopePurpose, .basisPersonGrant)
                return nil
            }
            let set = givers(of: subject, for: entryRow, purpose: question.purpose)
            return isLetIn(person, set, to: .log) ? hold(.allowConsent, .basisPersonGrant) : nil
        }
        var ask = ask(for: question.purpose)
        ask.isReading = true
        if let entry {
            ask.category = entry.category
            ask.hasTopics = true
        }
        switch recipient {
        case .unit(let id):
            guard let unit = state.units.facts(id) else {
                deny(.denyConsentScopeService, .basisConsent)
                return nil
            }
            if tables.rule(for: question.purpose).reads, hasCare(unit, of: subject) {
                return hold(.allowParent, .basisGuardian)
            }
            setRecipient(&ask, unit)
        case .service(let service): ask.service = state.handle(of: service)
        case .person: break
        }
        let before = mark
        let set = givers(of: subject, for: entryRow, purpose: question.purpose)
        if isConsented(set, ask, about: subject) { return hold(.allowConsent, .basisConsent) }
        return healthDisclosure(recipient, before)
    }

    /// The unit holds the authority, which is named: it needs no consent, to be told or to read (rules section 4).
    mutating func hasCare(_ unit: Ref<UnitFacts>, of subject: Ref<PersonFacts>) -> Bool {
        guard !isAdult(subject) else { return false }
        for authority in subject.facts.authorities where authority.facts.holder == .unit(unit.facts.handle) {
            depends(on: authority.facts.validity)
            guard authority.facts.validity.contains(at), isEstablished(authority) else { continue }
            use(.authority, authority.facts.filed)
            return true
        }
        return false
    }

    private var entryRow: RowChoice { mutating get { entry.map { .category($0.category) } ?? .coordination } }

    /// Health personnel tell health personnel in the same treatment (L31).
    private mutating func healthDisclosure(_ recipient: Recipient, _ mark: Mark) -> Reason? {
        guard isHealthCooperation, let service = service(of: recipient), givesHealthCare(service),
            !hasObjected(to: state.handle(of: service))
        else { return nil }
        return holds(.allowHpl25, .basisHealth, since: mark)
    }
}
