internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// `Foresight`: who has access to what, what a change would do to that, and what is coming.
struct ForesightHandlers: Sendable {
    let core: ServiceCore

    var methods: [RPCMethod] {
        let builder = MethodBuilder(core: core)
        return [
            builder.list(.who, who), builder.list(.what, what), builder.list(.simulate, simulate),
            builder.list(.due, due),
        ]
    }

    @Sendable func who(_ request: WhoRequest, _ call: Call<WhoResponse>) {
        look(call) { view in
            try view.require(request.caseID)
            let found = try view.walk.page(of: .these([request.caseID]), request.page) { caseID in
                AccessReview.who(of: caseID, in: view.state, under: view.profile, at: view.now).map {
                    HeldAccess($0, to: caseID)
                }
            }
            return WhoResponse(
                found.items, page: found.page, actions: AccessReview.actions,
                purposes: AccessReview.readingPurposes(under: view.profile, at: view.now))
        }
    }

    @Sendable func what(_ request: WhatRequest, _ call: Call<WhatResponse>) {
        look(call) { view in
            let found = try view.walk.page(of: .all, request.page) { caseID in
                AccessReview.accesses(
                    of: request.actor, to: caseID, in: view.state, under: view.profile, at: view.now
                ).map { HeldAccess($0, to: caseID) }
            }
            return WhatResponse(
                found.items, page: found.page, actions: AccessReview.actions,
                purposes: AccessReview.readingPurposes(under: view.profile, at: view.now))
        }
    }

    @Sendable func simulate(_ request: SimulateRequest, _ call: Call<SimulateResponse>) {
        let scope = ChangeScope(of: call.caller, in: call.published)
        let system = call.asking.id
        look(call) { view in
            let plan = try SimulationPlan(request, in: view, scope: scope, system: system)
            let found = try view.walk.page(of: plan.source, request.page) { plan.changes(in: $0, view) }
            return SimulateResponse(found.items, page: found.page, then: plan.then)
        }
    }

    @Sendable func due(_ request: DueRequest, _ call: Call<DueResponse>) {
        look(call) { view in
            if let caseID = request.caseID { try view.require(caseID) }
            let end = OsloTime.adding(days: Int(request.days), to: view.now)
            let source: CaseWalk.Source = request.caseID.map { .these([$0]) } ?? .all
            let found = try view.walk.page(of: source, request.page) { caseID in
                Upcoming.list(
                    for: [caseID], in: view.state, after: view.now, before: end, under: view.published.profile(at:)
                ).map { Coming($0, caseID: caseID) }
            }
            return DueResponse(found.items, page: found.page)
        }
    }

    /// Looks at one state at one instant, on a thread of its own: many questions are asked.
    private func look<Response>(
        _ call: Call<Response>, _ work: @escaping @Sendable (ForesightView) throws -> Response
    ) {
        let published = call.published
        let now = core.clock.now()
        guard let profile = published.profile(at: now) else { return call.fail(Self.noProfile) }
        let view = ForesightView(
            published: published, profile: profile, now: now,
            controllers: Set(call.registered.system?.controllers ?? []))
        call.offLoop { try work(view) }
    }

    static let noProfile = Failures.lacking(
        "the policy profile in force is not in this node's folder of policies: put it there and start again")
}

/// What one call looks at.
struct ForesightView: Sendable {
    let published: Published
    /// The one in force now.
    let profile: PolicyProfile
    let now: Instant
    /// Those that the caller is registered for.
    let controllers: Set<ControllerID>

    var state: Snapshot { published.state }

    /// The profile that is in force at a later instant, if nothing is registered.
    func profile(at then: Instant) throws(RPCStatus) -> PolicyProfile {
        guard let profile = published.profile(at: then) else { throw ForesightHandlers.noProfile }
        return profile
    }

    var walk: CaseWalk { CaseWalk(state: state, controllers: controllers) }

    /// - Throws: the same for a case that does not exist and for one of another controller.
    func require(_ caseID: CaseID) throws(RPCStatus) {
        guard walk.reaches(caseID) else { throw Failures.notFound }
    }
}

extension Coming {
    init(_ coming: Upcoming, caseID: CaseID) {
        switch coming {
        case .consentEnds(let id, let at):
            self.init(caseID: caseID, kind: .consent, id: id.identifier, at: at)
        case .grantEnds(let id, _, let at):
            self.init(caseID: caseID, kind: .grant, id: id.identifier, at: at)
        case .employmentEnds(let id, let at):
            self.init(caseID: caseID, kind: .employment, id: id.identifier, at: at)
        case .turns(let id, let age, let at):
            self.init(caseID: caseID, kind: .person, id: id.identifier, age: UInt32(clamping: age), at: at)
        case .accessBreaks(let access, _, let at):
            self.init(caseID: caseID, at: at, breaks: HeldAccess(access, to: caseID))
        }
    }
}
