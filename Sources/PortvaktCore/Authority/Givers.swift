// Who must consent, computed for the instant of the decision (rules 3.1 and 3.2).

/// One who must consent, and as what.
struct Giver: BitwiseCopyable, Equatable {
    var party: PartyHandle
    var capacity: ConsentCapacity
}

/// The set of givers that must be complete.
struct GiverSet {
    var required = SmallList<4, Giver>(filler: Giver(party: .person(.unknown), capacity: .`self`))
    /// One of those who consent as parents is enough (L25).
    var anyParent = false
    /// Why the set cannot be computed.
    var problem: Reason?
    /// What the row says at this age.
    var givers = Givers.parents

    init(problem: Reason? = nil, anyParent: Bool = false) {
        self.problem = problem
        self.anyParent = anyParent
    }

    init(only giver: Giver) { required.append(giver) }

    func contains(_ party: PartyHandle) -> Bool { required.contains { $0.party == party } }
}

/// Which row of the matrix a question uses (3.1 point 1).
enum RowChoice {
    case coordination
    case row(Int)
    case category(Category)
}

extension Evaluation {
    /// The row of a purpose where there is one, for meeting and plan actions.
    mutating func row(of purpose: Purpose) -> RowChoice {
        let rule = tables.rule(for: purpose)
        let kind = caseFile?.facts.planKind ?? tables.switches.planDefaultKind
        if let row = rule.planRow(kind) ?? rule.row { return .row(row) }
        return .coordination
    }

    /// The set of givers for information about a person.
    /// - Parameter isCertain: leave out whoever's authority is unknown or pending, and ask nobody whom the subject hides
    ///   from: whoever is then in the set is in it whatever is unknown about the others.
    mutating func givers(
        of file: Ref<PersonFacts>, for choice: RowChoice, purpose: Purpose = .samordning, isCertain: Bool = false
    ) -> GiverSet {
        guard let age = age(of: file) else {
            trace?.note(.giversUnknown, .unknown, reason: .referFactMissing)
            return GiverSet(problem: .referFactMissing)
        }
        let (givers, parents) = rule(choice, age: age, purpose: purpose)
        let isAdult = age >= tables.ages.adult
        var set = isAdult ? adultSet(file) : minorSet(file, givers, parents, isCertain)
        set.givers = isAdult ? .self : givers
        if set.problem == nil, !isCertain { hideFrom(file, &set) }
        if let problem = set.problem {
            trace?.note(.giversUnknown, .unknown, reason: problem)
        } else {
            trace?.note(.giversSet, .holds)
        }
        return set
    }

    private mutating func rule(_ choice: RowChoice, age: Int, purpose: Purpose) -> (Givers, ParentsRule) {
        var row = tables.coordinationRow
        var category = CategoryRule()
        switch choice {
        case .coordination: break
        case .row(let index): row = index
        case .category(let name):
            category = tables.rule(for: name)
            row = category.row
            trace?.note(data: "categories.\(name.word)")
        }
        if tables.rule(for: purpose).daily, age < tables.ages.dailyUntil {
            return (.parents, category.dailyHealth ? tables.switches.parentsHealthDaily : tables.switches.parentsDaily)
        }
        let band = tables.rows[row].bandIndex(at: age)
        trace?.note(data: "consent_rows.\(tables.rows[row].name).\(band)")
        return (tables.rows[row].bands[band].givers, tables.switches.parentsRule)
    }

    // MARK: Adults

    /// The adult alone; without competence the verge whose mandate has personal matters (L11, L27).
    private mutating func adultSet(_ file: Ref<PersonFacts>) -> GiverSet {
        guard lacksCompetence(file) else {
            return GiverSet(only: Giver(party: .person(file.facts.handle), capacity: .`self`))
        }
        var set = GiverSet()
        for authority in file.facts.authorities where authority.facts.kind == .verge && authority.facts.status == .known
        {
            depends(on: authority.facts.validity)
            guard authority.facts.validity.contains(at), authority.facts.mandate.contains(.personlige_forhold),
                isAlive(authority.facts.holder)
            else { continue }
            set.required.append(Giver(party: authority.facts.holder, capacity: .verge))
            use(.authority, authority.facts.filed)
        }
        if set.required.isEmpty {
            set.problem = .referFactMissing
        } else {
            trace?.note(.giversReplaced, .holds)
        }
        return set
    }

    mutating func lacksCompetence(_ file: Ref<PersonFacts>) -> Bool {
        for capacity in file.facts.capacities where capacity.facts.fact == .lacks_competence {
            depends(on: capacity.facts.validity)
            guard capacity.facts.validity.contains(at) else { continue }
            use(.capacity, capacity.facts.filed)
            return true
        }
        return false
    }

    // MARK: Minors

    private mutating func minorSet(
        _ file: Ref<PersonFacts>, _ givers: Givers, _ parents: ParentsRule, _ isCertain: Bool
    ) -> GiverSet {
        let lacks = lacksCompetence(file)
        var set = GiverSet()
        // Without competence the youth falls away and the parents stand alone (L26).
        if givers != .parents, !lacks {
            set.required.append(Giver(party: .person(file.facts.handle), capacity: .`self`))
        }
        guard givers != .`self` || lacks else { return set }
        addParents(of: file, parents, isCertain, to: &set)
        return set
    }

    /// ALL(FA), ANY(FA) or RESIDENT(FA), or who stands in the parents' place (3.1 points 3 to 5).
    private mutating func addParents(
        of file: Ref<PersonFacts>, _ rule: ParentsRule, _ isCertain: Bool, to set: inout GiverSet
    ) {
        set.anyParent = rule == .any
        let others = set.required.count
        var living = LivingHolders()
        let authorities = file.facts.authorities
        for index in authorities.indices {
            let authority = authorities[index]
            depends(on: authority.facts.validity)
            guard authority.facts.validity.contains(at), isAlive(authority.facts.holder) else { continue }
            guard isEstablished(authority) else {
                if isCertain { continue }
                set.problem = .referFactMissing
                return
            }
            living.add(authority.facts.kind, index)
        }
        let kind: AuthorityKind =
            living.has(.omsorg) ? .omsorg : living.has(.representant) ? .representant : .foreldreansvar
        if kind == .foreldreansvar, isContested(file) {
            set.problem = .referConflict
            return
        }
        if kind != .foreldreansvar { trace?.note(.giversReplaced, .holds) }
        for index in authorities.indices where living.contains(kind, index) {
            let authority = authorities[index]
            let isLeftOut = rule == .resident && kind == .foreldreansvar && !authority.facts.resident
            if isLeftOut || set.contains(authority.facts.holder) { continue }
            set.required.append(Giver(party: authority.facts.holder, capacity: kind.consentCapacity))
            use(.authority, authority.facts.filed)
        }
        // A verge over a minor stands where no holder is left.
        if set.required.count == others, !living.has(.foreldreansvar) {
            for index in authorities.indices where living.contains(.verge, index) {
                let mandate = authorities[index].facts.mandate
                guard mandate.isEmpty || mandate.contains(.personlige_forhold) else { continue }
                set.required.append(Giver(party: authorities[index].facts.holder, capacity: .verge))
            }
        }
        if set.required.count == others { set.problem = .referFactMissing }
    }

    /// One is stated to be the only holder, and another holds it too: registration refuses that; where it stands
    /// nevertheless nobody guesses who is right (L09).
    mutating func isContested(_ file: Ref<PersonFacts>) -> Bool {
        for sole in file.facts.authorities where sole.facts.sole && holdsNow(sole) {
            for other in file.facts.authorities where other.facts.holder != sole.facts.holder && holdsNow(other) {
                return true
            }
        }
        return false
    }

    private mutating func holdsNow(_ authority: Ref<AuthorityFacts>) -> Bool {
        authority.facts.kind == .foreldreansvar && authority.facts.status == .known
            && authority.facts.validity.contains(at) && isAlive(authority.facts.holder)
    }

    /// A giver from whom the subject is hidden: a human decides whether and how to ask (W51, W77).
    private mutating func hideFrom(_ file: Ref<PersonFacts>, _ set: inout GiverSet) {
        let hidden = file.facts.hiddenFrom
        guard !hidden.isEmpty else { return }
        func isHidden(_ giver: Giver) -> Bool {
            if case .person(let handle) = giver.party { hidden.contains(handle) } else { false }
        }
        guard set.required.contains(where: isHidden) else { return }
        if set.anyParent, set.required.contains(where: { !isHidden($0) }) {
            set.required.removeAll(where: isHidden)
        } else {
            set.problem = .referConflict
        }
    }

    mutating func isAlive(_ party: PartyHandle) -> Bool {
        guard case .person(let handle) = party, let person = state.persons.facts(handle) else { return true }
        return !isDead(person)
    }
}

/// Which of a person's authorities are valid now and held by somebody alive, by kind: a bit for each place, of which
/// ``StateTables/highestAuthorityCount`` fit in a word.
private struct LivingHolders {
    private var masks: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    mutating func add(_ kind: AuthorityKind, _ index: Int) {
        let bit: UInt64 = 1 << UInt64(index)
        switch kind {
        case .foreldreansvar: masks.0 |= bit
        case .omsorg: masks.1 |= bit
        case .verge: masks.2 |= bit
        case .representant: masks.3 |= bit
        }
    }

    func has(_ kind: AuthorityKind) -> Bool { mask(kind) != 0 }
    func contains(_ kind: AuthorityKind, _ index: Int) -> Bool { mask(kind) & (1 << UInt64(index)) != 0 }

    private func mask(_ kind: AuthorityKind) -> UInt64 {
        switch kind {
        case .foreldreansvar: masks.0
        case .omsorg: masks.1
        case .verge: masks.2
        case .representant: masks.3
        }
    }
}

extension AuthorityKind {
    /// The capacity in which a holder of this authority consents.
    var consentCapacity: ConsentCapacity {
        switch self {
        case .foreldreansvar: .foreldreansvar
        case .omsorg: .omsorg
        case .verge: .verge
        case .representant: .representant
        }
    }
}
