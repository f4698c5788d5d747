internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import Synchronization

/// Who holds a connection: the identities that its certificate proves. What they may do is looked up at each call, so that
/// a registration, a disabling or a changed permission takes effect at the next one, on living connections too.
final class Caller: CallerContext {
    /// In the order in which they are looked up.
    let identities: [System.Identity]
    private let isConfiguredAdministrator: Bool
    /// In testing mode: what the holder of this certificate has said of itself; `nil` otherwise.
    let seat: TestingSeat?
    private let cached = Mutex<Cached?>(nil)

    private struct Cached {
        var state: Published
        var registered: Registered
    }

    /// The system as it is registered now. A reference: it is handed on at every call.
    final class Registered: Sendable {
        let system: System?
        /// What a decision is told of it.
        let asking: AskingSystem
        let permissions: PermissionBits
        /// Apart: to compare the system with none would copy it.
        let isRegistered: Bool

        init(system: System?, asking: AskingSystem) {
            self.system = system
            self.asking = asking
            isRegistered = system != nil
            permissions = PermissionBits(system?.permissions ?? [])
        }

        /// An active system.
        convenience init(_ system: System) {
            self.init(
                system: system,
                asking: AskingSystem(
                    id: system.id, controllers: Set(system.controllers), actions: system.actions.map { Set($0) }))
        }
    }

    /// The identity that the daemon's configuration names as administrator; in testing mode, everybody who acts as
    /// nobody else.
    var isAdministrator: Bool { seat?.isOwner ?? isConfiguredAdministrator }

    init(_ peer: PeerIdentity, administrator: System.Identity?, seat: TestingSeat? = nil) {
        self.seat = seat
        var identities: [System.Identity] = []
        if let number = peer.organizationNumber { identities.append(.organizationNumber(number)) }
        if let spiffe = peer.spiffeID { identities.append(.spiffe(spiffe)) }
        self.identities = identities
        isConfiguredAdministrator = administrator.map(identities.contains) ?? false
    }

    /// The registration in a state. A certificate that maps to two systems is taken for neither.
    func registered(in published: Published) -> Registered {
        if let seat { return seat.registered(in: published.state) }
        return cached.withLock { cached in
            if let cached, cached.state === published { return cached.registered }
            let registered = lookUp(in: published.state)
            cached = Cached(state: published, registered: registered)
            return registered
        }
    }

    private func lookUp(in state: Snapshot) -> Registered {
        let found = identities.compactMap { state.system(identifiedBy: $0)?.record }
        guard let system = found.first, found.allSatisfy({ $0.id == system.id }), system.active else {
            return Registered(system: nil, asking: .unregistered(found.first?.id))
        }
        return Registered(system)
    }

    /// Whether it may make calls that need this permission.
    func may(_ permission: Permission, in published: Published) -> Bool {
        may(permission, as: registered(in: published))
    }

    func may(_ permission: Permission, as registered: Registered) -> Bool {
        may(anyOf: PermissionBits([permission]), as: registered)
    }

    func may(anyOf permissions: PermissionBits, as registered: Registered) -> Bool {
        if !registered.permissions.isDisjoint(with: permissions) { return true }
        return isAdministrator && !Self.administratorBits.isDisjoint(with: permissions)
    }

    /// What the configured administrator may do without being registered: set a service up, and ask about nobody.
    static let administratorPermissions: Set<Permission> = [.administer, .register, .health, .reflect]
    private static let administratorBits = PermissionBits(administratorPermissions)
}

/// Permissions as bits: they are looked at before every call, and a set would hash each.
struct PermissionBits: OptionSet, Sendable {
    let rawValue: UInt64

    init(rawValue: UInt64) { self.rawValue = rawValue }

    init(_ permissions: some Sequence<Permission>) {
        rawValue = permissions.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
    }
}

extension AskingSystem {
    /// A caller whose certificate is good and whose system is unknown or disabled.
    static func unregistered(_ id: SystemID?) -> AskingSystem {
        AskingSystem(id: id ?? unknownID, controllers: [], actions: [], isRegistered: false)
    }

    /// Stands in the ledger for a system that no registration names.
    static let unknownID: SystemID = {
        // A constant of the right form: the initializer cannot throw for it, and a test holds that.
        guard let id = try? SystemID("unregistered") else { preconditionFailure("the constant is no identifier") }
        return id
    }()
}
