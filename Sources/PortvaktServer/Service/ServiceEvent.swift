/// What a running service tells its operator. Nothing here names a person, a case or a reason.
public enum ServiceEvent: Sendable {
    /// Changes were read from the ledger at the start.
    case replayed(changes: UInt64, milliseconds: Int)
    /// What decides from here on: a profile's name and SHA-256, and whether it was activated or the settings say so.
    case decidesUnder(profile: String, hash: [UInt8], isActivated: Bool)
    case listening(host: String, port: Int)
    case metricsListening(host: String, port: Int)
    /// Certificates or revocation lists were loaded again.
    case reloaded
    /// Loading them again failed; the old ones stay in use.
    case reloadFailed(String)
    /// Nothing can be recorded any more, so nothing is answered any more: the process must end and be started again.
    case ledgerFailed(String)
    /// The index of the ledger cannot be kept up: searching the audit goes on, and is slower.
    case indexFailed(String)
    /// The index of the ledger was damaged or not given back by the disk, and is built anew.
    case indexRenewed(path: String, problem: String)
    /// Others than the service's user may read or write these files of the ledger.
    case filesOpenToOthers([String])
    /// A TLS file ends within days, or has ended.
    case tlsFileEnds(TLSFileKind, inHours: Int64, hasEnded: Bool)
    /// There was no guard, although the ledger has entries.
    case guardWasMissing
    /// The guard knows other streams of the ledger, and not these.
    case guardLacks([String])
    /// The ledger has decisions of nodes of other names, which this one's audit does not find.
    case otherNodes([String])
    /// The machine's clock is behind the newest change in the ledger.
    case clockBehind(seconds: Int64)
    case draining
    case stopped

    /// How much an operator should care.
    public enum Severity: Sendable { case info, warning, error }

    public var severity: Severity {
        switch self {
        case .reloadFailed, .indexFailed, .indexRenewed, .filesOpenToOthers, .guardWasMissing, .guardLacks, .otherNodes,
            .clockBehind:
            .warning
        case .ledgerFailed, .tlsFileEnds(_, _, hasEnded: true): .error
        case .tlsFileEnds: .warning
        default: .info
        }
    }

    /// One sentence.
    public var text: String {
        switch self {
        case .replayed(let changes, let milliseconds): "read \(changes) changes from the ledger in \(milliseconds) ms"
        case .decidesUnder(let profile, let hash, let isActivated):
            "decides under the policy profile \(profile) (\(ConsentDocument.hex(hash))), "
                + (isActivated ? "which is activated" : "as the settings say: none is activated")
        case .listening(let host, let port): "serving on \(host):\(port)"
        case .metricsListening(let host, let port): "metrics on \(host):\(port)"
        case .reloaded: "certificates and revocation lists loaded again"
        case .reloadFailed(let problem): "the old certificates stay in use: \(problem)"
        case .ledgerFailed(let problem): "no answers any more, since nothing can be recorded: \(problem)"
        case .indexFailed(let problem): "searches in the audit are slow, since the index is not kept up: \(problem)"
        case .indexRenewed(let path, let problem):
            "the index \(path) cannot be used (\(problem)) and is built anew: until then searches in the audit are slower; check the disk"
        case .filesOpenToOthers(let paths):
            "others than the service's user can read or write \(paths.joined(separator: ", ")): unless that is meant, chmod 600"
        case .tlsFileEnds(let kind, let hours, let hasEnded):
            "\(kind.rawValue): \(Self.what(kind)) \(hasEnded ? "has ended, and" : "ends in \(hours) hours; then") \(Self.consequence(kind)): put a new one in place"
        case .guardWasMissing:
            "there was no guard, and the ledger has entries: whether it is an old copy cannot be told; if the guard was not lost on purpose, stop, and put it back"
        case .guardLacks(let streams):
            "the guard knows nothing of \(streams.joined(separator: ", ")), and the ledger has entries there: unless the service ended in that stream's first second, the guard is cut off or an older one; stop, and put the right one back"
        case .otherNodes(let names):
            "the ledger has decisions of \(names.joined(separator: ", ")): query, statement, unusual, erase and retention of this node do not find them; unless that is meant, set node to the old name again"
        case .clockBehind(let seconds):
            "the machine's clock is \(seconds) seconds behind the ledger's newest change: the time of decisions stands still until it has caught up; set the clock"
        case .draining: "draining"
        case .stopped: "stopped"
        }
    }

    private static func consequence(_ kind: TLSFileKind) -> String {
        kind == .certificate ? "callers refuse the service" : "everybody under it is refused"
    }

    private static func what(_ kind: TLSFileKind) -> String {
        switch kind {
        case .certificate: "the service's certificate"
        case .authority: "a certificate among the authorities"
        case .revocationList: "a revocation list"
        }
    }
}
