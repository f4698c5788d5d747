internal import HashTreeCollections

// Who must consent, computed for the instant of the decision (rules 3.1 and 3.2).

/// One who must consent, and as what.
struct Giver: Sendable {
    var party: Party
    var capacity: ConsentCapacity
}

/// The set of givers that must be complete.
struct GiverSet: Sendable {
    var required: [Giver] = []
    /// One of those who consent as parents is enough (L25).
    var anyParent = false
    /// Why the set cannot be computed.
    var problem: Reason?
    /// What the row says at this age.
    var givers = Givers.parents

    func contains(_ party: Party) -> Bool { required.contains { $0.party == party } }
}

/// Which row of the matrix a question uses (3.1 point 1).
enum RowChoice {
    case coordination
    case row(Int)
    case category(Category)
}

extension Evaluation {
    /// The row of a purpose where there is one, for meeting and plan actions.
    func row(of purpose: Purpose) -> RowChoice {
        let rule = tables.rule(for: purpose)
        let kind = caseFile?.caseRecord.record.planKind ?? tables.switches.planDefaultKind
        if let row = rule.planRow(kind) ?? rule.row { return .row(row) }
        return .coordination
    }

    /// The set of givers for information about a person.
    func givers(of file: PersonFile, for choice: RowChoice, purpose: Purpose = .samordning) -> GiverSet {
        guard let age = age(of: file.person.record) else {
            trace.note(.giversUnknown, .unknown, reason: .referFactMissing, evidence: nil, in: tables)
            return GiverSet(problem: .referFactMissing)
        }
        let (givers, parents) = rule(choice, age: age, purpose: purpose)
        let isAdult = age >= tables.ages.adult
        var set = isAdult ? adultSet(file) : minorSet(file, givers, parents)
        set.givers = isAdult ? .self : givers
        if set.problem == nil { hideFrom(file, &set) }
        if let problem = set.problem {
            trace.note(.giversUnknown, .unknown, reason: problem, evidence: nil, in: tables)
        } else {
            trace.note(.giversSet, .holds, reason: nil, evidence: nil, in: tables)
        }
        return set
    }

    private func rule(_ choice: RowChoice, age: Int, purpose: Purpose) -> (Givers, ParentsRule) {
        var row = tables.coordinationRow
        var category = CategoryRule()
        switch choice {
        case .coordination: break
        case .row(let index): row = index
        case .category(let name):
            category = tables.rule(for: name)
            row = category.row
            let tables = tables
            trace.note(data: "categories.\(name.word)", .holds, evidence: nil, in: tables)
        }
        if tables.rule(for: purpose).daily, age < tables.ages.dailyUntil {
            return (.parents, category.dailyHealth ? tables.switches.parentsHealthDaily : tables.switches.parentsDaily)
        }
        let band = tables.rows[row].bandIndex(at: age)
        let tables = tables
        trace.note(data: "consent_rows.\(tables.rows[row].name).\(band)", .holds, evidence: nil, in: tables)
        return (tables.rows[row].bands[band].givers, tables.switches.parentsRule)
    }

    // MARK: Adults

    /// The adult alone; without competence the verge whose mandate has personal matters (L11, L27).
    private func adultSet(_ file: PersonFile) -> GiverSet {
        guard lacksCompetence(file) else {
            return GiverSet(required: [Giver(party: .person(file.person.record.id), capacity: .`self`)])
        }
        var set = GiverSet()
        for authority in file.authorities where authority.record.kind == .verge && authority.record.status == .known {
            depends(on: authority.record.validity)
            guard authority.record.validity.contains(at), authority.record.mandate.contains(.personlige_forhold),
                isAlive(authority.record.holder)
            else { continue }
            set.required.append(Giver(party: authority.record.holder, capacity: .verge))
            use(.authority, authority.record.id.identifier, authority)
        }
        if set.required.isEmpty {
            set.problem = .referFactMissing
        } else {
            trace.note(.giversReplaced, .holds, reason: nil, evidence: nil, in: tables)
        }
        return set
    }

    func lacksCompetence(_ file: PersonFile) -> Bool {
        for capacity in file.capacities where capacity.record.fact == .lacks_competence {
            depends(on: capacity.record.validity)
            guard capacity.record.validity.contains(at) else { continue }
            use(.capacity, capacity.record.id.identifier, capacity)
            return true
        }
        return false
    }

    // MARK: Minors

    private func minorSet(_ file: PersonFile, _ givers: Givers, _ parents: ParentsRule) -> GiverSet {
        let lacks = lacksCompetence(file)
        var set = GiverSet()
        // Without competence the youth falls away and the parents stand alone (L26).
        if givers != .parents, !lacks {
            set.required.append(Giver(party: .person(file.person.record.id), capacity: .`self`))
        }
        guard givers != .`self` || lacks else { return set }
        let found = parentGivers(of: file, parents)
        set.required += found.required
        set.anyParent = found.anyParent
        set.problem = found.problem
        return set
    }

    /// ALL(FA), ANY(FA) or RESIDENT(FA), or who stands in the parents' place (3.1 points 3 to 5).
    private func parentGivers(of file: PersonFile, _ rule: ParentsRule) -> GiverSet {
        var set = GiverSet(anyParent: rule == .any)
        var living = LivingHolders()
        let authorities = file.parts.authorities
        for index in authorities.indices {
            let authority = authorities[index]
            depends(on: authority.record.validity)
            guard authority.record.validity.contains(at) else { continue }
            guard isEstablished(authority.record) else {
                set.problem = .referFactMissing
                return set
            }
            if isAlive(authority.record.holder) { living.add(authority.record.kind, index) }
        }
        let kind: AuthorityKind =
            living.has(.omsorg) ? .omsorg : living.has(.representant) ? .representant : .foreldreansvar
        if kind != .foreldreansvar { trace.note(.giversReplaced, .holds, reason: nil, evidence: nil, in: tables) }
        for index in authorities.indices where living.contains(kind, index) {
            let authority = authorities[index]
            let isLeftOut = rule == .resident && kind == .foreldreansvar && !authority.record.resident
            if isLeftOut || set.contains(authority.record.holder) { continue }
            set.required.append(Giver(party: authority.record.holder, capacity: kind.consentCapacity))
            use(.authority, authority.record.id.identifier, authority)
        }
        // A verge over a minor stands where no holder is left.
        if set.required.isEmpty, !living.has(.foreldreansvar) {
            for index in authorities.indices where living.contains(.verge, index) {
                let mandate = authorities[index].record.mandate
                guard mandate.isEmpty || mandate.contains(.personlige_forhold) else { continue }
                set.required.append(Giver(party: authorities[index].record.holder, capacity: .verge))
            }
        }
        if set.required.isEmpty { set.problem = .referFactMissing }
        return set
    }

    /// A giver from whom the subject is hidden: a human decides whether and how to ask (W51, W77).
    private func hideFrom(_ file: PersonFile, _ set: inout GiverSet) {
        let hidden = file.person.record.hiddenFrom
        guard !hidden.isEmpty else { return }
        func isHidden(_ giver: Giver) -> Bool {
            if case .person(let id) = giver.party { hidden.contains(id) } else { false }
        }
        guard set.required.contains(where: isHidden) else { return }
        if set.anyParent, set.required.contains(where: { !isHidden($0) }) {
            set.required.removeAll(where: isHidden)
        } else {
            set.problem = .referConflict
        }
    }

    func isAlive(_ party: Party) -> Bool {
        guard case .person(let id) = party, let person = state.persons[id]?.parts.person else { return true }
        return !isDead(person)
    }
}

/// Which of a person's authorities are valid now and held by somebody alive, by kind: a bit for each place, of which
/// ``Snapshot/highestAuthorityCount`` fit in a word.
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
