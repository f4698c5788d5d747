internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// A simulation, worked out: the state with the proposals in it, when it is looked at, and in which cases.
struct SimulationPlan {
    let next: Snapshot
    let then: Instant
    /// The profile that is in force then.
    let later: PolicyProfile
    let source: CaseWalk.Source

    /// - Throws: when a proposal is about what is not the caller's, contradicts what is known, or names a service that is none.
    init(
        _ request: SimulateRequest, in view: ForesightView, scope: ChangeScope, system: SystemID
    ) throws(RPCStatus) {
        var next = view.state
        var touched: [CaseID] = []
        var touchesAny = request.then != nil
        let words = ServiceWords(in: view.published, at: view.now)
        for (place, proposal) in request.proposals.enumerated() {
            let event = try Self.event(proposal, at: place, in: next, at: view.now)
            do throws(ChangeScope.Refusal) { try scope.check(event) { _ in true } } catch {
                throw Failures.outOfScope(error)
            }
            guard let controller = view.controllers.ordered().first else { throw Failures.notFound }
            let change = Change(event: event, registeredAt: view.now, system: system, controller: controller)
            do throws(ChangeRefusal) {
                try words.check(event)
                try next.apply(change)
            } catch {
                throw Failures.refused(error, at: Self.place(of: proposal, place))
            }
            touched += Simulation.cases(touchedBy: event, in: next)
            touchesAny = touchesAny || event.touchesAnyCase
        }
        if let turning = request.turning { touched += try Self.cases(of: turning.person, view, scope) }
        self.next = next
        then = try Self.then(request, view)
        later = try view.profile(at: then)
        for caseID in request.cases { try view.require(caseID) }
        source =
            !request.cases.isEmpty
            ? .these(request.cases) : touchesAny ? .all : .these(touched.filter(view.walk.reaches))
    }

    private static func cases(
        of person: PersonID, _ view: ForesightView, _ scope: ChangeScope
    ) throws(RPCStatus) -> [CaseID] {
        guard let file = view.state.person(person),
            let controllers = RecordScope(state: view.state).controllers(of: .person, person.identifier),
            scope.reaches(controllers)
        else { throw Failures.notFound }
        return file.cases
    }

    private static func then(_ request: SimulateRequest, _ view: ForesightView) throws(RPCStatus) -> Instant {
        let lower = view.now.milliseconds
        if let then = request.then {
            guard then >= view.now else {
                throw Failures.malformed(
                    WireError(.instantOutOfRange(lower...WireLimits.instants.upperBound), field: "then"))
            }
            return then
        }
        guard let turning = request.turning else { return view.now }
        guard let born = view.state.person(turning.person)?.person.record.born,
            let day = OsloTime.birthday(Int(turning.age), born: born)
        else { throw Failures.lacking("the person's date of birth is not known: register it, or give then") }
        let then = OsloTime.startOfDay(day)
        guard then >= view.now else {
            throw Failures.lacking("the person has reached that age already: give a later one")
        }
        return then
    }

    /// Only a record's own fields stand in the request.
    private static func place(of proposal: Proposal, _ place: Int) -> RequestPlace {
        guard case .record(let record) = proposal else { return .field("proposals[\(place)]") }
        return .any(record, in: "proposals[\(place)].record")
    }

    private static func event(
        _ proposal: Proposal, at place: Int, in state: Snapshot, at now: Instant
    ) throws(RPCStatus) -> Event {
        switch proposal {
        case .withdrawConsent(let id): return .consentWithdrawn(id, at: now)
        case .revokeConsent(let id): return .consentRevoked(id, at: now)
        case .invalidateConsent(let id): return .consentInvalidated(id)
        case .revokeGrant(let id): return .grantRevoked(id, at: now)
        case .endAuthority(let id):
            guard var authority = state.authority(id)?.record else { throw Failures.notFound }
            authority.validity.until = now
            return .registered(.authority(authority))
        case .endEmployment(let id):
            guard var employment = state.employment(id)?.record else { throw Failures.notFound }
            employment.validity.until = now
            return .registered(.employment(employment))
        case .closeLog(let id):
            guard var record = state.caseFile(id)?.caseRecord.record else { throw Failures.notFound }
            record.log = .closed
            record.closedAt = now
            return .registered(.caseRecord(record))
        case .record(let record):
            guard record.kind != .system else {
                throw Failures.malformed(WireError(.misplaced, field: "proposals[\(place)].record.system"))
            }
            return .registered(record)
        }
    }

    /// What appears and disappears in one case.
    func changes(in caseID: CaseID, _ view: ForesightView) -> [AccessChange] {
        let difference = Simulation.difference(
            from: view.state, at: view.now, to: next, at: then, of: caseID, under: view.profile, then: later)
        let lost = difference.disappeared.map { access in
            let question = Question(
                actor: access.actor, action: access.action, object: access.object, purpose: access.purpose)
            let after = Engine.decide(
                question, asked: AskingSystem(id: ChangeDesk.administratorID), in: next, under: later, at: then)
            return AccessChange(HeldAccess(access, to: caseID), appears: false, lostBy: after.primary)
        }
        return lost + difference.appeared.map { AccessChange(HeldAccess($0, to: caseID), appears: true) }
    }
}

extension Event {
    /// It can change accesses to any case, not only to those that it names.
    fileprivate var touchesAnyCase: Bool {
        guard case .registered(let record) = self else { return false }
        switch record.kind {
        case .controller, .unit, .employment, .person: return true
        default: return false
        }
    }
}
