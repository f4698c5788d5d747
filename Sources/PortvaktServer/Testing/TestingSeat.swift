internal import PortvaktCore
internal import Synchronization

/// What the holder of a certificate is in testing mode: one who may do everything, or a system that it acts as.
final class TestingSeat: Sendable {
    private struct State {
        var acting: SystemID?
        var failsEvaluation = false
    }

    private let state = Mutex(State())

    /// It acts as nobody else.
    var isOwner: Bool { state.withLock { $0.acting == nil } }

    /// A rule fails while a basis is evaluated.
    var failsEvaluation: Bool { state.withLock { $0.failsEvaluation } }

    func act(as system: SystemID?) { state.withLock { $0.acting = system } }

    func failEvaluation() { state.withLock { $0.failsEvaluation = true } }

    func reset() { state.withLock { $0 = State() } }

    /// Who calls now.
    func registered(in snapshot: Snapshot) -> Caller.Registered {
        guard let acting = state.withLock({ $0.acting }) else { return Self.owner(in: snapshot) }
        guard let system = snapshot.system(acting)?.record, system.active else {
            return Caller.Registered(system: nil, asking: .unregistered(acting))
        }
        return Caller.Registered(system)
    }

    /// One that may make every call, for every controller that there is.
    private static func owner(in snapshot: Snapshot) -> Caller.Registered {
        Caller.Registered(
            system: System(
                id: ownID, identity: ownIdentity, controllers: snapshot.allControllers().map(\.record.id),
                permissions: Permission.allCases),
            asking: AskingSystem(id: ownID))
    }

    private static let ownIdentity = System.Identity.spiffe("spiffe://portvakt.testing/owner")

    private static let ownID: SystemID = {
        // A constant of the right form: the initializer cannot throw for it.
        guard let id = try? SystemID("testing") else { preconditionFailure("the constant is no identifier") }
        return id
    }()
}
