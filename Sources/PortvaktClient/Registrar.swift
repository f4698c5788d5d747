internal import NIOCore
public import PortvaktCore
internal import PortvaktRPC
public import PortvaktWire

/// Registers for a host system what the decisions are made from: its cases and meetings, the consents that are given in it, the
/// grants that it asks for. On its gate's connection, on behalf of one controller.
///
/// A change that returned is on disk, and every decision that starts later sees it. One that threw ``Failure`` with
/// ``Failure/Kind/unknown`` may have been made: send it again with the same request id, which makes it at most once.
public struct Registrar: Sendable {
    /// On whose behalf.
    public let controller: ControllerID
    private let channel: PortvaktChannel
    private let timeout: TimeAmount

    init(controller: ControllerID, channel: PortvaktChannel, timeout: TimeAmount) {
        self.controller = controller
        self.channel = channel
        self.timeout = timeout
    }

    // MARK: - Records

    /// Registers cases, meetings, handovers, persons and the like: new ones, or new versions, all or none.
    /// - Parameters:
    ///   - records: 1 to 256, of any kind but a system.
    ///   - actor: the acting person; `nil`: a machine acts.
    /// - Returns: where each was recorded, in order.
    @discardableResult
    public func register(
        _ records: [Record], by actor: Actor? = nil, requestID: Identifier? = nil
    ) async throws(Failure) -> [ChangeReceipt] {
        let request = RegisterRecordsRequest(header: header(actor, requestID), records: records)
        return try await call(.registerRecords, request, as: RegisterRecordsResponse.self).receipts
    }

    /// One record as it stands. It is not a disclosure: a host shows nobody what it reads here without having asked its gate.
    public func record(_ kind: RecordKind, _ id: Identifier) async throws(Failure) -> Record {
        let request = GetRecordRequest(kind: kind, id: id)
        return try await call(.getRecord, request, as: GetRecordResponse.self).record.record
    }

    // MARK: - Consents

    /// A consent was given, or one that was asked for is answered with yes.
    @discardableResult
    public func give(
        _ consent: Consent, by actor: Actor? = nil, requestID: Identifier? = nil
    ) async throws(Failure) -> ChangeReceipt {
        let request = GiveConsentRequest(header: header(actor, requestID), consent: consent)
        return try await call(.giveConsent, request, as: GiveConsentResponse.self).receipt
    }

    /// Who gave it takes it back. When this returns, no decision that starts later relies on it.
    @discardableResult
    public func withdraw(
        _ consent: ConsentID, by actor: Actor? = nil, requestID: Identifier? = nil
    ) async throws(Failure) -> ChangeReceipt {
        let request = WithdrawConsentRequest(header: header(actor, requestID), id: consent)
        return try await call(.withdrawConsent, request, as: WithdrawConsentResponse.self).receipt
    }

    // MARK: - Grants

    /// Somebody gets a role on a case, by whom the rules let give it.
    @discardableResult
    public func add(
        _ grant: Grant, by actor: Actor? = nil, requestID: Identifier? = nil
    ) async throws(Failure) -> ChangeReceipt {
        let request = AddGrantRequest(header: header(actor, requestID), grant: grant)
        return try await call(.addGrant, request, as: AddGrantResponse.self).receipt
    }

    /// Asks for a grant, which opens nothing before it is approved. It has an end.
    @discardableResult
    public func request(
        _ grant: Grant, by actor: Actor, requestID: Identifier? = nil
    ) async throws(Failure) -> ChangeReceipt {
        let request = RequestGrantRequest(header: header(actor, requestID), grant: grant)
        return try await call(.requestGrant, request, as: RequestGrantResponse.self).receipt
    }

    /// Grants that were asked for and wait for an answer, by id: at most ``maximumPending`` of them.
    public func pendingGrants(of caseID: CaseID? = nil) async throws(Failure) -> [Grant] {
        let request = PendingGrantsRequest(caseID: caseID, page: PageRequest(size: Self.maximumPending))
        return try await call(.pendingGrants, request, as: PendingGrantsResponse.self).grants.map(\.grant)
    }

    /// Whoever may give it gives it. Refused with the reason `CONSENT_MISSING` while a consent that it would rest on is missing,
    /// and with `NOT_ITS_GIVER` for anybody else.
    @discardableResult
    public func approve(
        _ grant: GrantID, by actor: Actor, requestID: Identifier? = nil
    ) async throws(Failure) -> ChangeReceipt {
        let request = ApproveGrantRequest(header: header(actor, requestID), id: grant)
        return try await call(.approveGrant, request, as: ApproveGrantResponse.self).receipt
    }

    /// Whoever could give it says no.
    /// - Parameter reason: in words, without names.
    @discardableResult
    public func refuse(
        _ grant: GrantID, because reason: String, by actor: Actor, requestID: Identifier? = nil
    ) async throws(Failure) -> ChangeReceipt {
        let request = RefuseGrantRequest(header: header(actor, requestID), id: grant, reason: reason)
        return try await call(.refuseGrant, request, as: RefuseGrantResponse.self).receipt
    }

    /// A grant ends, and every grant that hangs on it.
    @discardableResult
    public func revoke(
        _ grant: GrantID, by actor: Actor? = nil, requestID: Identifier? = nil
    ) async throws(Failure) -> ChangeReceipt {
        let request = RevokeGrantRequest(header: header(actor, requestID), id: grant)
        return try await call(.revokeGrant, request, as: RevokeGrantResponse.self).receipt
    }

    /// Grants that ``pendingGrants(of:)`` gives at most.
    public static let maximumPending = WireLimits.pageItems

    // MARK: -

    private func header(_ actor: Actor?, _ requestID: Identifier?) -> ChangeHeader {
        ChangeHeader(requestID: requestID, controller: controller, actor: actor)
    }

    private func call<Request: WireMessage, Response: WireMessage>(
        _ method: RPC, _ request: Request, as type: Response.Type
    ) async throws(Failure) -> Response {
        do throws(ChannelFailure) {
            return try await channel.call(method, request, timeout: timeout, as: type)
        } catch {
            throw Failure(error)
        }
    }
}

extension Registrar {
    /// Why a change was not made, or a record not read.
    public struct Failure: Error, Sendable, Hashable {
        public enum Kind: Sendable, Hashable {
            /// The service said no, and nothing was changed.
            case refused
            /// This system may not do this, or nobody that the service knows asked.
            case notPermitted
            /// There is no answer: it may have been made.
            case unknown
        }

        public let kind: Kind
        /// The service's own word for a refusal (`CONSENT_MISSING`, `NOT_ITS_GIVER`, …), where it has one.
        public let reason: String?
        /// What is wrong, in the service's words and without personal data: it names ids only.
        public let message: String
        /// What is wrong with which field.
        public let fields: [Field]

        public struct Field: Sendable, Hashable {
            /// `consent.validity.until`, `records[3].case_record.level`, …
            public let name: String
            public let problem: String
        }
    }
}

extension Registrar.Failure {
    init(_ failure: ChannelFailure) {
        switch failure {
        case .unreadable(let error):
            self.init(kind: .unknown, reason: nil, message: "\(error)", fields: [])
        case .status(let status):
            let details = status.parsedDetails
            self.init(
                kind: Self.kind(status.code), reason: details?.errorInfo?.reason,
                message: status.message.isEmpty ? status.code.name : status.message,
                fields: (details?.fieldViolations ?? []).map { Field(name: $0.field, problem: $0.description) })
        }
    }

    private static func kind(_ code: StatusCode) -> Kind {
        switch code {
        case .invalidArgument, .notFound, .alreadyExists, .failedPrecondition, .aborted, .outOfRange: .refused
        case .permissionDenied, .unauthenticated, .unimplemented: .notPermitted
        default: .unknown
        }
    }
}

extension Registrar.Failure: CustomStringConvertible {
    /// One sentence, and a line for each field.
    public var description: String {
        message + fields.map { "\n  " + ($0.name.isEmpty ? "" : $0.name + ": ") + $0.problem }.joined()
    }
}

extension Gate {
    /// Registers, on this gate's connection and within its timeout, what the decisions are made from.
    /// - Parameter controller: on whose behalf.
    public func registrar(for controller: ControllerID) -> Registrar {
        Registrar(controller: controller, channel: channel, timeout: timeout)
    }
}
