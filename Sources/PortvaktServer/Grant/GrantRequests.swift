internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// The workflow of `Grants`: asked for, given or refused.
struct GrantRequests: Sendable {
    let core: ServiceCore

    var methods: [RPCMethod] {
        let builder = MethodBuilder(core: core)
        return [
            builder.unary(.requestGrant, request), builder.list(.pendingGrants, pending),
            builder.unary(.approveGrant, approve), builder.unary(.refuseGrant, refuse),
        ]
    }

    private var desk: ChangeDesk { ChangeDesk(core: core) }

    @Sendable func request(_ request: RequestGrantRequest, _ call: Call<RequestGrantResponse>) {
        var grant = request.grant
        grant.state = .requested
        desk.register([.registered(.grant(grant))], request.header, call, place: { _ in .record("grant") }) {
            RequestGrantResponse($0[0])
        }
    }

    @Sendable func pending(_ request: PendingGrantsRequest, _ call: Call<PendingGrantsResponse>) {
        let published = core.live.current
        let scope = ChangeScope(of: call.caller, in: published)
        let records = RecordScope(state: published.state)
        let all = published.state.allPendingGrants().filter { grant in
            (request.caseID.map { $0 == grant.record.caseID } ?? true)
                && scope.reaches(records.controllers(of: .caseRecord, grant.record.caseID.identifier) ?? [])
        }
        do throws(WireError) {
            let (items, page) = try Paging.page(all, request.page, in: published.state) { $0.record.id.identifier }
            call.answer(PendingGrantsResponse(items.map { FiledGrant($0) }, page: page))
        } catch { call.fail(Failures.malformed(error)) }
    }

    @Sendable func approve(_ request: ApproveGrantRequest, _ call: Call<ApproveGrantResponse>) {
        guard let (asked, giver) = asked(request.id, request.header, call.admitted) else { return }
        let now = core.clock.now()
        var grant = asked
        grant.state = .granted
        grant.grantedBy = .employment(giver)
        // A retry is answered as the first one was, also when what that was weighed by has changed: nothing is given by it.
        let isRetry = asked.state == .granted
        guard isRetry || grant.validity.until > now else { return call.fail(Failures.grantEnded) }
        if let until = request.until {
            let latest = asked.validity.until.milliseconds
            let range = (isRetry ? latest : now.milliseconds + 1)...latest
            guard range.contains(until.milliseconds) else {
                return call.fail(Failures.malformed(WireError(.instantOutOfRange(range), field: "until")))
            }
            grant.validity.until = until
        }
        let basis = GrantBasis(published: core.live.current, asking: call.asking, instant: now)
        let missing = isRetry ? nil : basis.missing(for: grant)
        guard missing == nil else { return call.fail(Failures.consentMissing(missing ?? [])) }
        desk.register([.registered(.grant(grant))], request.header, call, at: now, place: { _ in .field("id") }) {
            ApproveGrantResponse($0[0])
        }
    }

    @Sendable func refuse(_ request: RefuseGrantRequest, _ call: Call<RefuseGrantResponse>) {
        guard let (asked, giver) = asked(request.id, request.header, call.admitted) else { return }
        var grant = asked
        grant.state = .refused
        grant.grantedBy = .employment(giver)
        grant.reason = request.reason
        desk.register([.registered(.grant(grant))], request.header, call, place: { _ in .field("id") }) {
            RefuseGrantResponse($0[0])
        }
    }

    /// What was asked for, and who answers: an employment that may. Fails the call and gives nil otherwise.
    private func asked(
        _ id: GrantID, _ header: ChangeHeader, _ call: AdmittedCall
    ) -> (Grant, EmploymentID)? {
        let published = core.live.current
        let controllers = RecordScope(state: published.state).controllers(of: .grant, id.identifier)
        guard let controllers, ChangeScope(of: call.caller, in: published).reaches(controllers),
            let filed = published.state.grantRequest(id) ?? published.state.grant(id)
        else {
            call.fail(Failures.notFound)
            return nil
        }
        guard case .employment(let giver)? = header.actor,
            GrantBasis(published: published, asking: call.registered.asking, instant: core.clock.now()).mayGive(
                filed.record, giver),
            filed.record.state != .granted || filed.record.grantedBy == .employment(giver)
        else {
            call.fail(Failures.notItsGiver)
            return nil
        }
        // A retry of an answer that was given meets what it made: the writer knows whether it is the same request.
        var asked = filed.record
        asked.reason = nil
        return (asked, giver)
    }
}

extension FiledGrant {
    init(_ filed: Filed<Grant>) {
        self.init(filed.record, version: filed.version, registeredAt: filed.registeredAt)
    }
}
