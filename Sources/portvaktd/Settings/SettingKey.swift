/// Every setting of the daemon. The raw value is its key in the configuration file; the flag and the environment variable follow
/// from it. A flag wins over the environment, the environment over the file, the file over the default.
enum SettingKey: String, CaseIterable {
    case listen
    case metrics
    case certificate
    case key
    case ca
    case crl
    case staleCRL = "stale_crl"
    case ledger
    case node
    case administrator
    case policies
    case profile
    case checkpointKey = "checkpoint_key"
    case guardFile = "guard"
    case eventLoops = "event_loops"
    case linger
    case logFormat = "log_format"
    case logLevel = "log_level"

    /// `--stale-crl`
    var flag: String { "--" + rawValue.replacing("_", with: "-") }

    /// `PORTVAKTD_STALE_CRL`
    var environment: String { Self.environmentPrefix + rawValue.uppercased() }

    /// What the name of every variable begins with.
    static let environmentPrefix = "PORTVAKTD_"

    /// The text that stands for an absent setting; `nil`: it must be given.
    var standard: String? {
        switch self {
        case .listen: "127.0.0.1:7443"
        case .metrics: "127.0.0.1:7444"
        case .certificate, .key, .ca, .crl, .ledger, .policies: nil
        case .staleCRL: "refuse"
        case .node: "node-1"
        case .administrator, .checkpointKey, .guardFile: "none"
        case .profile: "nasjonal"
        case .eventLoops: "1"
        case .linger: "5"
        case .logFormat: "text"
        case .logLevel: "info"
        }
    }

    /// Whether it may be given beside `--testing`: what a service is reached and decides by, never what it keeps.
    var isForTesting: Bool {
        switch self {
        case .listen, .certificate, .key, .ca, .crl, .staleCRL, .policies, .profile, .eventLoops, .linger, .logFormat,
            .logLevel:
            true
        default: false
        }
    }

    /// As ``standard``, beside `--testing`.
    var testingStandard: String? {
        switch self {
        case .ledger: "memory"
        case .metrics: "none"
        case .linger: "0"
        default: standard
        }
    }

    /// One sentence for people, with units and what is allowed.
    var help: String {
        switch self {
        case .listen:
            "Address and port for the asking systems (gRPC over TLS 1.3), as host:port; port 0 takes a free one."
        case .metrics: "Address and port for /metrics, /ready and /live over plain HTTP, as host:port, or none."
        case .certificate: "File with the server's certificate and its intermediates (PEM)."
        case .key: "File with the certificate's private key (PEM), readable by its owner only."
        case .ca: "File with the authorities that callers' certificates must lead to (PEM)."
        case .crl: "File with the authorities' revocation lists (PEM), or none to check no revocation."
        case .staleCRL:
            "What a revocation list past its next update means: refuse everybody under it, or accept the list."
        case .ledger: "The ledger's database file; made when it does not exist."
        case .node:
            "This node's name: names its stream of decisions. No / and no .. in it. Never give two nodes the same one, and keep it as long as the ledger."
        case .administrator:
            "The certificate identity that may register systems before any is registered: NTRNO-123456789 or spiffe://…, or none."
        case .policies: "Folder with the policy profiles (*.yaml)."
        case .profile: "The profile that decides until one is activated."
        case .checkpointKey: "File with the Ed25519 key that signs checkpoints, readable by its owner only, or none."
        case .guardFile:
            "File with the last signed head of every stream, kept apart from the ledger, or none; needs checkpoint_key."
        case .eventLoops: "Threads that serve connections, 1 to 64."
        case .linger: "Seconds between saying NOT_SERVING and going away when told to stop, 0 to 300."
        case .logFormat: "How log lines look: text or json."
        case .logLevel: "The least that is logged: debug, info, notice, warning, error."
        }
    }
}

/// A setting's text, and where it was found.
struct SettingValue: Hashable {
    var text: String
    /// `portvaktd.yaml:3:9`, `the environment variable PORTVAKTD_LISTEN`, `the flag --listen`, `the default`.
    var origin: String
}

/// A setting that cannot be used: where it stands, what is wrong, what to do.
struct SettingError: Error, Hashable, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }

    init(_ key: SettingKey, _ value: SettingValue, expected: String) {
        description = "\(key.rawValue), from \(value.origin), must be \(expected)"
    }
}
