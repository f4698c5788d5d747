public import PortvaktCore

/// The calls of the service: where each stands, and what a system must be permitted to make it.
public enum RPC: String, CaseIterable, Sendable {
    case check = "/portvakt.v1.Access/Check"
    case checkMany = "/portvakt.v1.Access/CheckMany"
    case checkEach = "/portvakt.v1.Access/CheckEach"
    case explain = "/portvakt.v1.Access/Explain"

    case giveConsent = "/portvakt.v1.Consents/Give"
    case withdrawConsent = "/portvakt.v1.Consents/Withdraw"
    case revokeConsent = "/portvakt.v1.Consents/Revoke"
    case invalidateConsent = "/portvakt.v1.Consents/Invalidate"
    case getConsent = "/portvakt.v1.Consents/Get"
    case listConsents = "/portvakt.v1.Consents/List"
    case requestConsent = "/portvakt.v1.Consents/Request"
    case refuseConsent = "/portvakt.v1.Consents/Refuse"
    case renewConsent = "/portvakt.v1.Consents/Renew"
    case extendConsent = "/portvakt.v1.Consents/Extend"
    case consentReceipt = "/portvakt.v1.Consents/Receipt"
    case exportConsent = "/portvakt.v1.Consents/Export"

    case addGrant = "/portvakt.v1.Grants/Add"
    case revokeGrant = "/portvakt.v1.Grants/Revoke"
    case listGrants = "/portvakt.v1.Grants/List"
    case requestGrant = "/portvakt.v1.Grants/Request"
    case pendingGrants = "/portvakt.v1.Grants/Pending"
    case approveGrant = "/portvakt.v1.Grants/Approve"
    case refuseGrant = "/portvakt.v1.Grants/Refuse"

    case watchChanges = "/portvakt.v1.Watch/Changes"

    case registerRecords = "/portvakt.v1.Registry/RegisterRecords"
    case getRecord = "/portvakt.v1.Registry/Get"
    case listRecords = "/portvakt.v1.Registry/List"
    case stage = "/portvakt.v1.Registry/Stage"
    case commit = "/portvakt.v1.Registry/Commit"
    case discard = "/portvakt.v1.Registry/Discard"
    case registerSystem = "/portvakt.v1.Registry/RegisterSystem"
    case listSystems = "/portvakt.v1.Registry/ListSystems"
    case disableSystem = "/portvakt.v1.Registry/DisableSystem"

    case queryAudit = "/portvakt.v1.Audit/Query"
    case showAudit = "/portvakt.v1.Audit/Show"
    case replay = "/portvakt.v1.Audit/Replay"
    case statement = "/portvakt.v1.Audit/Statement"
    case accessReview = "/portvakt.v1.Audit/AccessReview"
    case reviews = "/portvakt.v1.Audit/Reviews"
    case review = "/portvakt.v1.Audit/Review"
    case unusual = "/portvakt.v1.Audit/Unusual"
    case erase = "/portvakt.v1.Audit/Erase"
    case retain = "/portvakt.v1.Audit/Retain"
    case prove = "/portvakt.v1.Audit/Prove"
    case checkpoint = "/portvakt.v1.Audit/Checkpoint"

    case who = "/portvakt.v1.Foresight/Who"
    case what = "/portvakt.v1.Foresight/What"
    case simulate = "/portvakt.v1.Foresight/Simulate"
    case due = "/portvakt.v1.Foresight/Due"

    case activeProfile = "/portvakt.v1.Policy/Active"
    case getProfile = "/portvakt.v1.Policy/Get"
    case activateProfile = "/portvakt.v1.Policy/Activate"
    case validateProfile = "/portvakt.v1.Policy/Validate"
    case listProfiles = "/portvakt.v1.Policy/List"

    // Served in testing mode only.
    case setClock = "/portvakt.v1.Testing/SetClock"
    case reset = "/portvakt.v1.Testing/Reset"
    case actAs = "/portvakt.v1.Testing/ActAs"
    case fail = "/portvakt.v1.Testing/Fail"

    /// `/package.Service/Method`.
    public var path: String { rawValue }

    /// Served by a service in testing mode, and by no other.
    public var isForTesting: Bool {
        switch self {
        case .setClock, .reset, .actAs, .fail: true
        default: false
        }
    }

    /// How many messages go each way.
    public enum Kind: Sendable { case unary, serverStreaming }

    public var kind: Kind {
        switch self {
        case .watchChanges, .checkEach: .serverStreaming
        default: .unary
        }
    }

    /// Any one of these permits the call. Where there are two, what each record asks for decides further:
    /// ``PortvaktCore/RecordKind/permission``.
    public var permissions: Set<Permission> {
        switch self {
        case .check, .checkMany, .checkEach, .watchChanges: [.ask]
        case .explain: [.explain]
        case .requestConsent, .refuseConsent, .renewConsent, .extendConsent, .consentReceipt, .exportConsent:
            [.register]
        case .giveConsent, .withdrawConsent, .revokeConsent, .invalidateConsent, .getConsent, .listConsents: [.register]
        case .addGrant, .revokeGrant, .listGrants, .requestGrant, .pendingGrants, .approveGrant, .refuseGrant:
            [.register]
        case .registerRecords, .getRecord, .listRecords, .stage, .commit, .discard: [.register, .administer]
        case .registerSystem, .listSystems, .disableSystem: [.administer]
        case .queryAudit, .showAudit, .replay, .accessReview, .reviews, .review, .unusual, .erase, .retain, .prove,
            .checkpoint:
            [.audit]
        // A family asks through the system that it signs in to: whether it may is decided like any question.
        case .statement: [.audit, .ask]
        case .activeProfile, .getProfile, .activateProfile, .validateProfile, .listProfiles: [.administer]
        case .who, .what, .due: [.explain, .audit]
        // A system that registers a withdrawal shows first what it will do.
        case .simulate: [.explain, .audit, .register]
        case .setClock, .reset, .actAs, .fail: [.administer]
        }
    }
}

extension RecordKind {
    /// What a system must be permitted to register or read records of this kind.
    public var permission: Permission {
        switch self {
        case .controller, .unit, .system: .administer
        default: .register
        }
    }
}
