internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

/// The workflow of `Consents`: asked for, refused, renewed, extended; and what its giver gets to keep.
struct ConsentWorkflow: Sendable {
    let core: ServiceCore

    var methods: [RPCMethod] {
        let builder = MethodBuilder(core: core)
        return [
            builder.unary(.requestConsent, request), builder.unary(.refuseConsent, refuse),
            builder.unary(.renewConsent, renew), builder.unary(.extendConsent, extend),
            builder.unary(.consentReceipt, receipt), builder.unary(.exportConsent, export),
        ]
    }

    private var desk: ChangeDesk { ChangeDesk(core: core) }

    @Sendable func request(_ request: RequestConsentRequest, _ call: Call<RequestConsentResponse>) {
        let now = core.clock.now()
        var consent = request.consent
        consent.state = .requested
        consent.registeredAt = now
        desk.register(
            [.registered(.consent(consent))], request.header, call, at: now, place: { _ in .record("consent") }
        ) {
            RequestConsentResponse($0[0])
        }
    }

    @Sendable func refuse(_ request: RefuseConsentRequest, _ call: Call<RefuseConsentResponse>) {
        guard let filed = visible(request.id, call.admitted) else { return }
        // A retry of a refusal meets a consent that is refused: the writer knows whether it is the same request.
        guard [.requested, .refused].contains(filed.record.state) else {
            return call.fail(Failures.consentStands(as: filed.record.state, "only what was asked for is refused"))
        }
        let now = core.clock.now()
        desk.register(
            [.consentWithdrawn(request.id, at: now)], request.header, call, at: now, place: { _ in .field("id") }
        ) {
            RefuseConsentResponse($0[0])
        }
    }

    @Sendable func renew(_ request: RenewConsentRequest, _ call: Call<RenewConsentResponse>) {
        let now = core.clock.now()
        guard let old = standing(request.id, replacedBy: request.consent.id, call.admitted) else { return }
        let new = request.consent
        if let field = new.differs(from: old) {
            return call.fail(
                Failures.consentStands(
                    as: old.state, "a renewal is of the same giver, about the same; give a new one", field: field))
        }
        replace(old, with: new, at: .record("consent"), request.header, call, at: now) { RenewConsentResponse($0) }
    }

    @Sendable func extend(_ request: ExtendConsentRequest, _ call: Call<ExtendConsentResponse>) {
        let now = core.clock.now()
        guard let old = standing(request.id, replacedBy: request.newID, call.admitted) else { return }
        guard request.until > old.validity.until, request.until > now else {
            // A consent without an end has nothing after it.
            let latest = WireLimits.instants.upperBound
            let earliest = min(max(old.validity.until, now).milliseconds, latest - 1) + 1
            return call.fail(Failures.malformed(WireError(.instantOutOfRange(earliest...latest), field: "until")))
        }
        var new = old
        new.id = request.newID
        // What has begun goes on without a gap; the new one is known of from now on only.
        new.validity = Validity(from: old.validity.from, until: request.until)
        new.form = request.form
        new.evidence = request.evidence
        new.evidenceHash = request.evidenceHash
        new.textVersion = request.textVersion
        new.informed = request.informed
        replace(old, with: new, at: .field("new_id"), request.header, call, at: now) { ExtendConsentResponse($0) }
    }

    /// Supersedes the old one and registers the new one, both or none.
    private func replace<Response>(
        _ old: Consent, with new: Consent, at place: RequestPlace, _ header: ChangeHeader, _ call: Call<Response>,
        at now: Instant,
        response: @escaping @Sendable (PortvaktWire.ChangeReceipt) -> Response
    ) {
        var superseded = old
        superseded.state = .superseded
        var given = new
        given.state = .given
        given.registeredAt = now
        desk.register(
            [.registered(.consent(superseded)), .registered(.consent(given))], header, call, at: now,
            place: { $0 == 0 ? .field("id") : place }
        ) { response($0[1]) }
    }

    /// The consent that stands as given, or was superseded by this very one, as a retry finds it. Fails the call and gives nil
    /// otherwise.
    private func standing(
        _ id: ConsentID, replacedBy new: ConsentID, _ call: AdmittedCall
    ) -> Consent? {
        guard let filed = visible(id, call) else { return nil }
        var old = filed.record
        let isRetry = old.state == .superseded && core.live.current.state.consent(new) != nil
        guard old.state == .given || isRetry, old.spentAt == nil else {
            call.fail(Failures.consentStands(as: old.state, "it is no longer there to go on with; give a new one"))
            return nil
        }
        old.state = .given
        return old
    }

    private func visible(_ id: ConsentID, _ call: AdmittedCall) -> Filed<Consent>? {
        let published = core.live.current
        guard let filed = published.state.consent(id),
            let controllers = RecordScope(state: published.state).controllers(of: .consent, id.identifier),
            ChangeScope(of: call.caller, in: published).reaches(controllers)
        else {
            call.fail(Failures.notFound)
            return nil
        }
        return filed
    }

    // MARK: Documents

    @Sendable func receipt(_ request: ConsentReceiptRequest, _ call: Call<ConsentReceiptResponse>) {
        guard let filed = visible(request.id, call.admitted) else { return }
        guard let key = core.signingKey else { return call.fail(Failures.noSigningKey) }
        let state = core.live.current.state
        let document = ConsentDocument(filed, in: state, at: core.clock.now())
        call.offLoop {
            let note = try SignedText.sign(kind: ConsentDocument.receiptKind, document.receipt, with: key)
            return ConsentReceiptResponse(Array(note.utf8))
        }
    }

    @Sendable func export(_ request: ExportConsentRequest, _ call: Call<ExportConsentResponse>) {
        guard let filed = visible(request.id, call.admitted) else { return }
        let document = ConsentDocument(filed, in: core.live.current.state, at: core.clock.now())
        call.answer(ExportConsentResponse(Array(document.fhir.utf8)))
    }
}

extension Consent {
    /// The field of a renewal in which it is not of the same giver, about the same.
    fileprivate func differs(from old: Consent) -> String? {
        if givenBy != old.givenBy { return "consent.given_by" }
        if about != old.about { return "consent.about" }
        guard scope != old.scope else { return nil }
        return if case .caseID = scope { "consent.case_id" } else { "consent.subject" }
    }
}
