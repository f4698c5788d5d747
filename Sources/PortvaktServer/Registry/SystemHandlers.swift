internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// The part of `Registry` that is about the calling systems.
struct SystemHandlers: Sendable {
    let core: ServiceCore

    func methods(_ builder: MethodBuilder) -> [RPCMethod] {
        [
            builder.unary(.registerSystem, register), builder.unary(.listSystems, list),
            builder.unary(.disableSystem, disable),
        ]
    }

    private var desk: ChangeDesk { ChangeDesk(core: core) }

    /// Permissions that no certificate has together: who registers systems and activates policy does not ask about children,
    /// and who reads the audit is not whom it is about.
    static func conflict(in permissions: [Permission]) -> Bool {
        let held = Set(permissions)
        if held.contains(.administer) { return !held.isDisjoint(with: [.ask, .explain, .audit]) }
        if held.contains(.audit) { return !held.isDisjoint(with: [.ask, .register]) }
        return false
    }

    @Sendable func register(_ request: RegisterSystemRequest, _ call: Call<RegisterSystemResponse>) {
        guard !Self.conflict(in: request.system.permissions) else {
            return call.fail(Failures.malformed(WireError(.contradictory, field: "system.permissions")))
        }
        desk.register([.registered(.system(request.system))], request.header, call, path: { _ in "system" }) {
            RegisterSystemResponse($0[0])
        }
    }

    @Sendable func disable(_ request: DisableSystemRequest, _ call: Call<DisableSystemResponse>) {
        desk.register([.systemDisabled(request.id)], request.header, call, path: { _ in "" }) {
            DisableSystemResponse($0[0])
        }
    }

    @Sendable func list(_ request: ListSystemsRequest, _ call: Call<ListSystemsResponse>) {
        let published = core.live.current
        let scope = ChangeScope(of: call.caller, in: published)
        let all = published.state.allSystems().filter { scope.reaches(Set($0.record.controllers)) }
        do throws(WireError) {
            let (items, page) = try Paging.page(all, request.page, in: published.state) { $0.record.id.identifier }
            call.answer(
                ListSystemsResponse(
                    items.map { FiledSystem($0.record, version: $0.version, registeredAt: $0.registeredAt) }, page: page
                ))
        } catch { call.fail(Failures.malformed(error)) }
    }
}
