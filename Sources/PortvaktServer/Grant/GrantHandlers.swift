internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// `Grants`: roles on cases.
struct GrantHandlers: Sendable {
    let core: ServiceCore

    var methods: [RPCMethod] {
        let builder = MethodBuilder(core: core)
        return [
            builder.unary(.addGrant, add), builder.unary(.revokeGrant, revoke), builder.list(.listGrants, list),
        ] + GrantRequests(core: core).methods
    }

    private var desk: ChangeDesk { ChangeDesk(core: core) }

    @Sendable func add(_ request: AddGrantRequest, _ call: Call<AddGrantResponse>) {
        guard request.grant.revokedAt == nil else {
            return call.fail(Failures.malformed(WireError(.misplaced, field: "grant.revoked_at")))
        }
        guard request.grant.state == .granted else {
            return call.fail(Failures.malformed(WireError(.misplaced, field: "grant.state")))
        }
        desk.register([.registered(.grant(request.grant))], request.header, call, place: { _ in .record("grant") }) {
            AddGrantResponse($0[0])
        }
    }

    @Sendable func revoke(_ request: RevokeGrantRequest, _ call: Call<RevokeGrantResponse>) {
        let now = core.clock.now()
        let at = request.at ?? now
        guard at <= now else {
            return call.fail(
                Failures.malformed(
                    WireError(.instantOutOfRange(WireLimits.instants.lowerBound...now.milliseconds), field: "at")))
        }
        desk.register([.grantRevoked(request.id, at: at)], request.header, call, at: now, place: { _ in .field("id") })
        {
            RevokeGrantResponse($0[0])
        }
    }

    @Sendable func list(_ request: ListGrantsRequest, _ call: Call<ListGrantsResponse>) {
        let published = core.live.current
        let controllers = RecordScope(state: published.state).controllers(of: .caseRecord, request.caseID.identifier)
        guard let controllers, ChangeScope(of: call.caller, in: published).reaches(controllers) else {
            return call.fail(Failures.notFound)
        }
        let file = published.state.caseFile(request.caseID)
        // What waits is listed by `pending`; what was refused is nowhere else to be seen.
        let refused = file?.grantRequests.filter { $0.record.state == .refused } ?? []
        let all = (file?.grants ?? []) + refused
        do throws(WireError) {
            let (items, page) = try Paging.page(all, request.page, in: published.state) { $0.record.id.identifier }
            call.answer(
                ListGrantsResponse(
                    items.map { FiledGrant($0) }, page: page)
            )
        } catch { call.fail(Failures.malformed(error)) }
    }
}
