internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

/// Makes changes for a call: checks whose they are, hands them to the writer, answers when they are durable.
struct ChangeDesk: Sendable {
    let core: ServiceCore

    /// The id under which the configured administrator's changes stand in the ledger.
    static let administratorID: SystemID = {
        // A constant of the right form: the initializer cannot throw for it, and a test holds that.
        guard let id = try? SystemID("administrator") else { preconditionFailure("the constant is no identifier") }
        return id
    }()

    /// Registers what the events say, all or none, and answers with what `response` makes of the receipts.
    /// - Parameters:
    ///   - now: when they are registered; whoever puts an instant of the service's own into an event gives the same here.
    ///   - onlyRepeated: the request's instant is past: only one that was made before is answered.
    ///   - place: where in the request an event came from.
    func register<Response>(
        _ events: [Event], _ header: ChangeHeader, _ call: Call<Response>, at now: Instant? = nil,
        onlyRepeated: Bool = false, place: @escaping @Sendable (Int) -> RequestPlace,
        response: @escaping @Sendable ([PortvaktWire.ChangeReceipt]) -> Response
    ) {
        register(events, header, call.admitted, at: now, onlyRepeated: onlyRepeated, place: place) { receipts in
            call.answer(response(receipts))
        }
    }

    private func register(
        _ events: [Event], _ header: ChangeHeader, _ call: AdmittedCall, at now: Instant?, onlyRepeated: Bool,
        place: @escaping @Sendable (Int) -> RequestPlace,
        answer: @escaping @Sendable ([PortvaktWire.ChangeReceipt]) -> Void
    ) {
        do throws(RPCStatus) {
            let changes = try changes(events, header, of: call.caller, at: now ?? core.clock.now(), place)
            core.writer.submit(changes, onlyRepeated: onlyRepeated) { outcome in
                call.onLoop {
                    switch outcome {
                    case .success(let receipts): answer(receipts.map(PortvaktWire.ChangeReceipt.init))
                    case .failure(let failure): call.fail(Failures.failed(failure, place: place))
                    }
                }
            }
        } catch {
            call.fail(error)
        }
    }

    /// The changes that a caller's request makes.
    /// - Throws: the status, when the caller may not make them, or they name a service that is none.
    private func changes(
        _ events: [Event], _ header: ChangeHeader, of caller: Caller, at now: Instant,
        _ place: (Int) -> RequestPlace
    ) throws(RPCStatus) -> [Change] {
        let published = core.live.current
        let system = caller.registered(in: published).system
        let scope = ChangeScope(of: caller, in: published)
        guard scope.mayActFor(header.controller) else { throw Failures.notFound }
        for event in events {
            do throws(ChangeScope.Refusal) {
                try scope.check(event) { caller.may($0, in: published) }
            } catch {
                throw Failures.outOfScope(error)
            }
        }
        // After the scope: whoever may not register the record at all is told nothing else.
        let words = ServiceWords(in: published, at: now)
        for (position, event) in events.enumerated() {
            do throws(ChangeRefusal) { try words.check(event) } catch {
                throw Failures.refused(error, at: place(position))
            }
        }
        return events.map { event in
            Change(
                event: event, registeredAt: now, system: system?.id ?? Self.administratorID, actor: header.actor,
                controller: header.controller, requestID: header.requestID)
        }
    }
}

extension ChangeScope {
    init(of caller: Caller, in published: Published) {
        let system = caller.registered(in: published).system
        // The configured administrator acts for every controller: it registers them.
        let isForAll = caller.isAdministrator && (system == nil || caller.seat != nil)
        allowed = isForAll ? nil : Set(system?.controllers ?? [])
        state = published.state
    }

    func check(_ event: Event, may: (Permission) -> Bool) throws(Refusal) {
        switch event {
        case .registered(.system(let system)):
            guard may(.administer) else { throw .permission(.administer) }
            // Anew: whoever administers one of its controllers alone would take it from the others.
            if let old = state.system(system.id)?.record, !old.controllers.allSatisfy(mayActFor) { throw .record }
            guard system.controllers.allSatisfy(mayActFor) else { throw .controller }
        case .registered(let record): try check(record, may: may)
        case .consentWithdrawn(let id, _), .consentRevoked(let id, _), .consentInvalidated(let id),
            .consentSpent(let id, _):
            try check(existing: .consent, id.identifier)
        case .grantRevoked(let id, _): try check(existing: .grant, id.identifier)
        case .systemDisabled(let id):
            guard state.system(id) != nil else { throw .record }
            try check(existing: .system, id.identifier)
        case .profileActivated:
            guard state.allControllers().allSatisfy({ mayActFor($0.record.id) }) else { throw .everyController }
        }
    }
}

extension PortvaktWire.ChangeReceipt {
    init(_ receipt: LedgerReceipt) {
        self.init(
            entry: EntryReference(stream: receipt.stream.description, index: receipt.index, block: receipt.block),
            revision: receipt.revision)
    }
}
