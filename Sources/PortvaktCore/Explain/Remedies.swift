/// One consent or one grant that would have to be there, and who could give it.
public struct Remedy: Hashable, Sendable {
    public var missing: Missing
    /// Whose information the consent is about, when it is not the subject's.
    public var about: PersonID?
    /// For a grant: to whom, and in which role.
    public var to: Party?
    public var role: GrantRole?
    /// Any one of them could give it.
    public var givers: [Party]

    public init(
        _ missing: Missing, about: PersonID? = nil, to: Party? = nil, role: GrantRole? = nil, givers: [Party]
    ) {
        self.missing = missing
        self.about = about
        self.to = to
        self.role = role
        self.givers = givers
    }
}

/// What would make a refused question an allow: every smallest set of consents and grants.
///
/// Each set is tried, by deciding in a state in which its pieces have been registered: with all of them the answer is an
/// allow, and without any one of them it is not.
public struct Remedies: Equatable, Sendable {
    public var sets: [[Remedy]]
    /// There is no other set; false when a limit stopped the search.
    public var isComplete: Bool

    public init(sets: [[Remedy]], isComplete: Bool) {
        self.sets = sets
        self.isComplete = isComplete
    }

    /// The largest set that is looked for: two parents' consents, the youth's, and a grant.
    public static let mostPieces = 4
    /// The most sets that are given.
    public static let mostSets = 16
    /// The most decisions that a search takes: some hundred microseconds.
    public static let mostDecisions = 256
}

extension Remedies {
    /// - Returns: no set for an allow, and where neither a consent nor a grant would help.
    public static func of(
        _ question: Question, asked by: AskingSystem, in state: Snapshot, under profile: PolicyProfile, at: Instant
    ) -> Remedies {
        var search = RemedySearch(question: question, by: by, state: state, profile: profile, at: at)
        return search.run()
    }

    /// The state in which these have been given; `nil` where one could not be registered.
    public static func applying(
        _ set: [Remedy], to state: Snapshot, about question: Question, at instant: Instant
    ) -> Snapshot? {
        var next = state
        for (number, piece) in set.enumerated() {
            guard let record = piece.record(number, about: question, in: next, at: instant),
                let controller = next.allControllers().first?.record.id
            else { return nil }
            let change = Change(
                event: .registered(record), registeredAt: instant, system: Engine.ownSystem, controller: controller)
            guard let after = try? next.applying(change) else { return nil }
            next = after
        }
        return next
    }
}

/// Goes from the smaller sets to the larger: what a decision lacks is tried next.
private struct RemedySearch {
    let question: Question
    let by: AskingSystem
    let state: Snapshot
    let profile: PolicyProfile
    let at: Instant
    var decisions = 0
    var found: [[Remedy]] = []
    var isComplete = true

    mutating func run() -> Remedies {
        var sets: [[Remedy]] = [[]]
        var seen: Set<Set<Remedy>> = []
        for size in 0...Remedies.mostPieces {
            var larger: [[Remedy]] = []
            for set in sets where !isBeyondFound(set) {
                guard decisions < Remedies.mostDecisions, found.count < Remedies.mostSets else {
                    return Remedies(sets: found, isComplete: false)
                }
                guard let (decision, after) = decide(with: set) else { continue }
                if decision.effect == .allow {
                    if !set.isEmpty, isSmallest(set) { found.append(set) }
                    continue
                }
                let pieces = pieces(lackedBy: decision, in: after).filter { !set.contains($0) }
                if size == Remedies.mostPieces, !pieces.isEmpty { isComplete = false }
                for piece in pieces where seen.insert(Set(set + [piece])).inserted { larger.append(set + [piece]) }
            }
            sets = larger
        }
        return Remedies(sets: found, isComplete: isComplete)
    }

    private func isBeyondFound(_ set: [Remedy]) -> Bool { found.contains { Set($0).isSubset(of: set) } }

    private mutating func decide(with set: [Remedy]) -> (Decision, Snapshot)? {
        guard let after = Remedies.applying(set, to: state, about: question, at: at) else { return nil }
        decisions += 1
        return (Engine.decide(question, asked: by, in: after, under: profile, at: at), after)
    }

    private mutating func isSmallest(_ set: [Remedy]) -> Bool {
        for place in set.indices {
            var fewer = set
            fewer.remove(at: place)
            if decide(with: fewer)?.0.effect == .allow { return false }
        }
        return true
    }

    // MARK: What is tried next

    private func pieces(lackedBy decision: Decision, in after: Snapshot) -> [Remedy] {
        var pieces: [Remedy] = []
        for missing in decision.missing {
            guard case .consent(let from, _, _, _) = missing else { continue }
            pieces.append(Remedy(missing, givers: [from]))
            // A parent's own information needs that parent's own consent.
            if case .person(let giver) = from, question.entry?.about.contains(giver) == true {
                pieces.append(Remedy(missing, about: giver, givers: [from]))
            }
        }
        let grantReasons: Set<Reason> = [
            .denyNotParticipant, .denyNotFound, .denyOrgBoundary, .denyNoConsent, .denyConsentIncomplete,
            .denyConsentScopePurpose, .denySingleWriter, .denyNoFa,
        ]
        if decision.reasons.contains(where: grantReasons.contains) { pieces += grants(for: decision, in: after) }
        return pieces
    }

    private func grants(for decision: Decision, in after: Snapshot) -> [Remedy] {
        guard let file = caseFile(decision, after) else { return [] }
        let caseID = file.caseRecord.record.id
        let document: GrantDocument =
            switch question.action {
            case .planCreate, .planRead, .planWrite: .plan
            default: .log
            }
        let missing = Missing.grant(document, caseID: caseID)
        switch question.actor {
        case .employment(let actor):
            let to = Party.employment(actor)
            if document == .plan, question.action != .planRead {
                let givers = coordinatorGivers(file, after)
                return givers.isEmpty ? [] : [Remedy(missing, to: to, role: .koordinator, givers: givers)]
            }
            let givers = document == .plan ? coordinators(file) : file.caseRecord.record.holder.map { [$0] } ?? []
            guard !givers.isEmpty else { return [] }
            return [Remedy(missing, to: to, role: .deltaker, givers: givers.map { .employment($0) })]
        case .person(let actor):
            // Each giver lets a person in by a grant of their own.
            return givers(of: file, after).filter { $0 != .person(actor) }.map {
                Remedy(missing, to: .person(actor), role: .parorende, givers: [$0])
            }
        case .proxy: return []
        }
    }

    private func caseFile(_ decision: Decision, _ after: Snapshot) -> CaseFile? {
        (decision.caseID ?? question.caseID(in: after)).flatMap { after.caseFile($0) }
    }

    private func coordinators(_ file: CaseFile) -> [EmploymentID] {
        file.grants.compactMap { grant in
            guard grant.record.role == .koordinator, grant.record.revokedAt == nil,
                grant.record.validity.contains(at), case .employment(let id) = grant.record.to
            else { return nil }
            return id
        }
    }

    /// The units of the case's controller that give a coordinator the plan.
    private func coordinatorGivers(_ file: CaseFile, _ after: Snapshot) -> [Party] {
        guard let (tables, _) = profile.tables(at: at) else { return [] }
        return after.allUnits().filter { unit in
            unit.unit.record.controller == file.caseRecord.record.controller
                && tables.lists.planAccessGrantedBy.contains(unit.unit.record.service)
        }.map { .unit($0.unit.record.id) }
    }

    /// The subject and whoever decides for them now.
    private func givers(of file: CaseFile, _ after: Snapshot) -> [Party] {
        let subject = file.caseRecord.record.subject
        let holders = (after.person(subject)?.authorities ?? []).filter {
            $0.record.status == .known && $0.record.validity.contains(at)
        }.map(\.record.holder)
        var givers: [Party] = [.person(subject)]
        for holder in holders where !givers.contains(holder) { givers.append(holder) }
        return givers
    }
}

extension Remedy {
    /// The record that would be registered.
    fileprivate func record(
        _ number: Int, about question: Question, in state: Snapshot, at instant: Instant
    ) -> Record? {
        switch missing {
        case .consent(let from, let purpose, let service, let unit):
            guard let id: ConsentID = unused("samtykke", number, { state.consent($0) != nil }),
                let person = about ?? question.subject(in: state),
                let capacity = capacity(of: from, over: person, in: state, at: instant)
            else { return nil }
            return .consent(
                Consent(
                    id: id, scope: question.caseID(in: state).map { .caseID($0) } ?? .subject(person), givenBy: from,
                    capacity: capacity, about: about,
                    services: service.map { [$0] } ?? [], units: unit.map { [$0] } ?? [], purposes: [purpose],
                    validity: Validity(from: instant), registeredAt: instant))
        case .grant(let document, let caseID):
            guard let id: GrantID = unused("tilgang", number, { state.grant($0) != nil }), let to, let role,
                let giver = givers.first
            else { return nil }
            return .grant(
                Grant(
                    id: id, caseID: caseID, to: to, role: role, document: document,
                    validity: Validity(from: instant), grantedBy: giver))
        }
    }

    /// An id that no record has.
    private func unused<Kind>(_ word: String, _ number: Int, _ isUsed: (ID<Kind>) -> Bool) -> ID<Kind>? {
        for suffix in number..<number + 100 {
            guard let id = try? ID<Kind>("\(word)-\(suffix)") else { return nil }
            if !isUsed(id) { return id }
        }
        return nil
    }

    /// In which capacity this party consents for a person now.
    private func capacity(
        of giver: Party, over person: PersonID, in state: Snapshot, at instant: Instant
    ) -> ConsentCapacity? {
        if giver == .person(person) { return .`self` }
        return state.person(person)?.authorities.first {
            $0.record.holder == giver && $0.record.status == .known && $0.record.validity.contains(instant)
        }?.record.kind.consentCapacity
    }
}

extension Question {
    /// The case that it is about, or through which.
    fileprivate func caseID(in state: Snapshot) -> CaseID? {
        switch object {
        case .caseID(let id): id
        case .meeting(let id): state.meeting(id)?.record.caseID
        case .person(let id): state.person(id)?.cases.first
        case .controller: nil
        }
    }

    fileprivate func subject(in state: Snapshot) -> PersonID? {
        if case .person(let id) = object { return id }
        return caseID(in: state).flatMap { state.caseFile($0) }?.caseRecord.record.subject
    }
}
