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
    mutating func givers(of file: PersonFile, for choice: RowChoice, purpose: Purpose = .samordning) -> GiverSet {
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

    private mutating func rule(_ choice: RowChoice, age: Int, purpose: Purpose) -> (Givers, ParentsRule) {
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
    private mutating func adultSet(_ file: PersonFile) -> GiverSet {
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

    mutating func lacksCompetence(_ file: PersonFile) -> Bool {
        for capacity in file.capacities where capacity.record.fact == .lacks_competence {
            depends(on: capacity.record.validity)
            guard capacity.record.validity.contains(at) else { continue }
            use(.capacity, capacity.record.id.identifier, capacity)
            return true
        }
        return false
    }

    // MARK: Minors

    private mutating func minorSet(_ file: PersonFile, _ givers: Givers, _ parents: ParentsRule) -> GiverSet {
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
    private mutating func parentGivers(of file: PersonFile, _ rule: ParentsRule) -> GiverSet {
        var set = GiverSet(anyParent: rule == .any)
        var isUncertain = false
        var hasOmsorg = false
        var hasRepresentative = false
        var verges: [Giver] = []
        for authority in file.authorities {
            let record = authority.record
            depends(on: record.validity)
            guard record.validity.contains(at) else { continue }
            if !isEstablished(record) {
                isUncertain = true
                continue
            }
            guard isAlive(record.holder) else { continue }
            switch record.kind {
            case .omsorg: hasOmsorg = true
            case .representant: hasRepresentative = true
            case .verge:
                if record.mandate.isEmpty || record.mandate.contains(.personlige_forhold) {
                    verges.append(Giver(party: record.holder, capacity: .verge))
                }
            case .foreldreansvar: break
            }
        }
        if isUncertain {
            set.problem = .referFactMissing
            return set
        }
        let kind: AuthorityKind = hasOmsorg ? .omsorg : hasRepresentative ? .representant : .foreldreansvar
        if kind != .foreldreansvar { trace.note(.giversReplaced, .holds, reason: nil, evidence: nil, in: tables) }
        collect(kind, of: file, residentOnly: rule == .resident && kind == .foreldreansvar, into: &set)
        if set.required.isEmpty, kind == .foreldreansvar, rule != .resident || !hasHolder(file) {
            set.required = verges
        }
        if set.required.isEmpty { set.problem = .referFactMissing }
        return set
    }

    private mutating func hasHolder(_ file: PersonFile) -> Bool {
        file.authorities.contains {
            $0.record.kind == .foreldreansvar && $0.record.validity.contains(at) && isAlive($0.record.holder)
        }
    }

    private mutating func collect(
        _ kind: AuthorityKind, of file: PersonFile, residentOnly: Bool, into set: inout GiverSet
    ) {
        for authority in file.authorities where authority.record.kind == kind && authority.record.validity.contains(at)
        {
            guard isAlive(authority.record.holder), !residentOnly || authority.record.resident,
                !set.contains(authority.record.holder)
            else { continue }
            set.required.append(Giver(party: authority.record.holder, capacity: kind.consentCapacity))
            use(.authority, authority.record.id.identifier, authority)
        }
    }

    /// A giver from whom the subject is hidden: a human decides whether and how to ask (W51, W77).
    private mutating func hideFrom(_ file: PersonFile, _ set: inout GiverSet) {
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

    mutating func isAlive(_ party: Party) -> Bool {
        guard case .person(let id) = party, let person = state.persons[id]?.person.record else { return true }
        return !isDead(person)
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
