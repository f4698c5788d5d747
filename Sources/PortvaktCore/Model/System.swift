/// A registered system: the caller of the service, known by its certificate.
public struct System: Equatable, Sendable {
    /// What identifies it in its certificate: taken by OID, never by matching text.
    public enum Identity: Hashable, Sendable {
        /// Nine digits (`organizationIdentifier`, `NTRNO-…`).
        case organizationNumber(String)
        /// A `spiffe://` URI.
        case spiffe(String)

        /// `NTRNO-…` or the URI.
        public var text: String {
            switch self {
            case .organizationNumber(let digits): "NTRNO-" + digits
            case .spiffe(let uri): uri
            }
        }
    }

    public var id: SystemID
    public var identity: Identity
    /// The controllers it may ask for; empty means none.
    public var controllers: [ControllerID]
    public var permissions: [Permission]
    /// The actions that it may ask about; `nil` means all.
    public var actions: [Action]?
    public var active: Bool

    public init(
        id: SystemID, identity: Identity, controllers: [ControllerID], permissions: [Permission],
        actions: [Action]? = nil, active: Bool = true
    ) {
        self.id = id
        self.identity = identity
        self.controllers = controllers
        self.permissions = permissions
        self.actions = actions
        self.active = active
    }
}

/// What a system may do: one for each group of calls. No certificate has all of them.
public enum Permission: UInt8, Vocabulary {
    /// `Access.Check`, `CheckMany`.
    case ask = 1
    /// `Access.Explain`.
    case explain
    /// `Consents`, `Grants` and the case, meeting and person records of `Registry`.
    case register
    /// `Audit`.
    case audit
    /// Controllers, units and systems of `Registry`; `Policy`.
    case administer
    /// `grpc.health.v1`.
    case health
    /// `grpc.reflection.v1`.
    case reflect

    public var word: String { "\(self)" }
}
