internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// `Consents`: what happens to consents.
struct ConsentHandlers: Sendable {
    let core: ServiceCore

    var methods: [RPCMethod] {
        let builder = MethodBuilder(core: core)
        return [
            builder.unary(.giveConsent, give), builder.unary(.withdrawConsent, withdraw),
            builder.unary(.revokeConsent, revoke), builder.unary(.invalidateConsent, invalidate),
            builder.unary(.getConsent, get), builder.list(.listConsents, list),
        ] + ConsentWorkflow(core: core).methods
    }

    private var desk: ChangeDesk { ChangeDesk(core: core) }

    @Sendable func give(_ request: GiveConsentRequest, _ call: Call<GiveConsentResponse>) {
        var consent = request.consent
        guard consent.state == .given, consent.withdrawnAt == nil, consent.spentAt == nil,
            consent.registeredAt == .distantPast
        else {
            return call.fail(Failures.malformed(WireError(.misplaced, field: "consent.state")))
        }
        let now = core.clock.now()
        consent.registeredAt = now
        desk.register(
            [.registered(.consent(consent))], request.header, call, at: now, place: { _ in .record("consent") }
        ) {
            GiveConsentResponse($0[0])
        }
    }

    @Sendable func withdraw(_ request: WithdrawConsentRequest, _ call: Call<WithdrawConsentResponse>) {
        let now = core.clock.now()
        guard let at = instant(request.at, now, call.admitted) else { return }
        desk.register(
            [.consentWithdrawn(request.id, at: at)], request.header, call, at: now, place: { _ in .field("id") }
        ) {
            WithdrawConsentResponse($0[0])
        }
    }

    @Sendable func revoke(_ request: RevokeConsentRequest, _ call: Call<RevokeConsentResponse>) {
        let now = core.clock.now()
        guard let at = instant(request.at, now, call.admitted) else { return }
        desk.register(
            [.consentRevoked(request.id, at: at)], request.header, call, at: now, place: { _ in .field("id") }
        ) {
            RevokeConsentResponse($0[0])
        }
    }

    @Sendable func invalidate(_ request: InvalidateConsentRequest, _ call: Call<InvalidateConsentResponse>) {
        desk.register([.consentInvalidated(request.id)], request.header, call, place: { _ in .field("id") }) {
            InvalidateConsentResponse($0[0])
        }
    }

    @Sendable func get(_ request: GetConsentRequest, _ call: Call<GetConsentResponse>) {
        let published = core.live.current
        let scope = ChangeScope(of: call.caller, in: published)
        guard let consent = published.state.consent(request.id),
            let controllers = RecordScope(state: published.state).controllers(of: .consent, request.id.identifier),
            scope.reaches(controllers)
        else { return call.fail(Failures.notFound) }
        call.answer(GetConsentResponse(FiledConsent(consent)))
    }

    @Sendable func list(_ request: ListConsentsRequest, _ call: Call<ListConsentsResponse>) {
        let published = core.live.current
        let state = published.state
        let scope = ChangeScope(of: call.caller, in: published)
        let records = RecordScope(state: state)
        let (kind, id): (RecordKind, Identifier) =
            switch request.scope {
            case .caseID(let id): (.caseRecord, id.identifier)
            case .subject(let id): (.person, id.identifier)
            }
        guard let controllers = records.controllers(of: kind, id), scope.reaches(controllers) else {
            return call.fail(Failures.notFound)
        }
        let wanted = Set(request.states)
        let all = state.consents(of: request.scope).filter { consent in
            (wanted.isEmpty || wanted.contains(consent.record.state))
                && scope.reaches(records.controllers(of: .consent, consent.record.id.identifier) ?? [])
        }
        do throws(WireError) {
            let (items, page) = try Paging.page(all, request.page, in: state) { $0.record.id.identifier }
            call.answer(ListConsentsResponse(items.map { FiledConsent($0) }, page: page))
        } catch { call.fail(Failures.malformed(error)) }
    }

    /// The instant from which something holds: not in the future. Fails the call and gives nil otherwise.
    private func instant(_ stated: Instant?, _ now: Instant, _ call: AdmittedCall) -> Instant? {
        guard let stated else { return now }
        guard stated <= now else {
            call.fail(
                Failures.malformed(
                    WireError(.instantOutOfRange(WireLimits.instants.lowerBound...now.milliseconds), field: "at")))
            return nil
        }
        return stated
    }
}

extension FiledConsent {
    init(_ filed: Filed<Consent>) {
        self.init(filed.record, version: filed.version, registeredAt: filed.registeredAt)
    }
}

extension Snapshot {
    /// The consents about a person, or those that name a case (a parent's own ones and a sibling's too).
    func consents(of scope: ConsentScope) -> [Filed<Consent>] {
        switch scope {
        case .subject(let person): self.person(person)?.consents ?? []
        case .caseID(let id): consents(naming: id)
        }
    }

    /// The consents that name a case: about its subject, and about others.
    private func consents(naming id: CaseID) -> [Filed<Consent>] {
        guard let file = caseFile(id) else { return [] }
        let persons = [file.caseRecord.record.subject] + file.consentedAbout
        return persons.flatMap { person($0)?.consents ?? [] }.filter { $0.record.scope == .caseID(id) }
    }
}
