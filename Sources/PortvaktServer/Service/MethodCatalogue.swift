internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// Every RPC that a service answers.
struct MethodCatalogue: Sendable {
    let core: ServiceCore
    let health: HealthRegistry

    /// - Throws: when the descriptors that were built in cannot be read.
    func methods() throws -> [RPCMethod] {
        let core = core
        func allows(_ permission: Permission) -> @Sendable (any CallerContext) -> Bool {
            { context in (context as? Caller)?.may(permission, in: core.live.current) ?? false }
        }
        return Self.own(core)
            + HealthService.methods(health, isAllowed: allows(.health))
            + (try ReflectionService.methods(
                descriptorSets: [Schema.descriptorSet, ReflectionService.descriptorSet],
                services: Self.services.dropFirst() + [HealthService.name, ReflectionService.name],
                isAllowed: allows(.reflect)))
    }

    /// The RPCs of this service's own proto files.
    static func own(_ core: ServiceCore) -> [RPCMethod] {
        AccessHandlers(core: core).methods + ConsentHandlers(core: core).methods + GrantHandlers(core: core).methods
            + RegistryHandlers(core: core).methods + AuditHandlers(core: core).methods
            + PolicyHandlers(core: core).methods + WatchHandlers(core: core).methods
            + ForesightHandlers(core: core).methods
    }

    /// The services whose health can be asked about by name; the empty name is the server as a whole.
    static let services =
        [""]
        + ["Access", "Consents", "Grants", "Registry", "Audit", "Policy", "Watch", "Foresight"].map {
            "portvakt.v1.\($0)"
        }
}
