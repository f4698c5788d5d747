internal import PortvaktCore
internal import PortvaktScenarios
internal import PortvaktWire

/// The store of a service in testing mode: filled with a scenario's records as they became known, through the calls that
/// any system uses.
struct WireStore {
    let remote: Remote
    private var clock: Instant?
    private let header: ChangeHeader

    /// Stands for "before everything else": the first instant that the wire takes.
    static let beginning = Instant(milliseconds: WireLimits.instants.lowerBound)

    /// Empties the store and lets the scenario's profile decide, from the beginning.
    init(_ remote: Remote, for scenario: Scenario, under profile: ProfileReference) async throws {
        self.remote = remote
        header = ChangeHeader(controller: scenario.mainController ?? Self.nobody)
        let _: ResetResponse = try await unsafe remote.call(.reset, ResetRequest())
        try await stand(at: Self.beginning)
        let _: ActivateProfileResponse = try await unsafe remote.call(
            .activateProfile, ActivateProfileRequest(header: header, profile: profile))
    }

    /// On whose behalf the changes of a scenario without controllers are made.
    static let nobody: ControllerID = {
        guard let id = try? ControllerID("nobody") else { preconditionFailure("the constant is an identifier") }
        return id
    }()

    mutating func stand(at instant: Instant) async throws {
        guard clock != instant else { return }
        let _: SetClockResponse = try await unsafe remote.call(.setClock, SetClockRequest(instant))
        clock = instant
    }

    /// Registers the changes in their order, each at its own instant.
    mutating func apply(_ changes: some Sequence<TimedChange>) async throws {
        let spent = Self.spent(in: changes)
        var batch: [Record] = []
        var owner = header.controller
        for timed in changes {
            let instant = max(timed.at, Self.beginning)
            let record = Self.batched(timed.change.event)
            if record == nil || instant != clock || owner != timed.change.controller
                || batch.count == WireLimits.records
            {
                try await register(&batch, owner)
            }
            try await stand(at: instant)
            owner = timed.change.controller
            if var record {
                if case .consent(var consent) = record, let at = spent[consent.id] {
                    consent.spentAt = at
                    record = .consent(consent)
                }
                batch.append(record)
            } else {
                try await apply(timed.change.event, ChangeHeader(controller: owner))
            }
        }
        try await register(&batch, owner)
    }

    /// A record that goes with others in one request.
    private static func batched(_ event: Event) -> Record? {
        guard case .registered(let record) = event, record.kind != .system else { return nil }
        return record
    }

    /// When consents were used: the service spends a consent itself, so that one was spent before is stated where it is
    /// registered, as an import states it.
    private static func spent(in changes: some Sequence<TimedChange>) -> [ConsentID: Instant] {
        var spent: [ConsentID: Instant] = [:]
        for timed in changes { if case .consentSpent(let id, let at) = timed.change.event { spent[id] = at } }
        return spent
    }

    private func register(_ batch: inout [Record], _ owner: ControllerID) async throws {
        guard !batch.isEmpty else { return }
        let request = RegisterRecordsRequest(header: ChangeHeader(controller: owner), records: batch)
        let _: RegisterRecordsResponse = try await unsafe remote.call(.registerRecords, request)
        batch = []
    }

    private func apply(_ event: Event, _ header: ChangeHeader) async throws {
        switch event {
        case .registered(.system(let system)): try await register(system, header)
        case .consentWithdrawn(let id, let at):
            let _: WithdrawConsentResponse = try await unsafe remote.call(
                .withdrawConsent, WithdrawConsentRequest(header: header, id: id, at: at))
        case .consentRevoked(let id, let at):
            let _: RevokeConsentResponse = try await unsafe remote.call(
                .revokeConsent, RevokeConsentRequest(header: header, id: id, at: at))
        case .consentInvalidated(let id):
            let _: InvalidateConsentResponse = try await unsafe remote.call(
                .invalidateConsent, InvalidateConsentRequest(header: header, id: id))
        case .consentSpent: break
        case .grantRevoked(let id, let at):
            let _: RevokeGrantResponse = try await unsafe remote.call(
                .revokeGrant, RevokeGrantRequest(header: header, id: id, at: at))
        case .registered, .systemDisabled, .profileActivated:
            throw Failure("a scenario cannot hold such a change over the wire")
        }
    }

    private func register(_ system: System, _ header: ChangeHeader) async throws {
        let _: RegisterSystemResponse = try await unsafe remote.call(
            .registerSystem, RegisterSystemRequest(header: header, system: system))
    }

    /// From now on the questions are asked by a system that is trusted for what the check says.
    func ask(as system: AskingSystem, of scenario: Scenario) async throws {
        guard let identity = System.Identity("spiffe://portvakt.testing/system") else { return }
        let registered = System(
            id: system.id, identity: identity,
            controllers: system.controllers.map { $0.sorted() } ?? scenario.controllers, permissions: [.ask],
            actions: system.actions.map { $0.sorted { $0.rawValue < $1.rawValue } })
        try await register(registered, header)
        try await act(as: system.id)
    }

    func act(as system: SystemID?) async throws {
        let _: ActAsResponse = try await unsafe remote.call(.actAs, ActAsRequest(system))
    }

    func fail(_ fault: ScenarioCheck.Fault) async throws {
        let request = FailRequest(fault == .audit ? .recording : .evaluation)
        let _: FailResponse = try await unsafe remote.call(.fail, request)
    }
}
