internal import NIOCore
internal import PortvaktClient
internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// How a gate is to be opened.
final class Options {
    /// Milliseconds that a question may take.
    static let timeouts: ClosedRange<Int64> = 1...600_000

    private var targets: [RPCTarget] = []
    private var files: [String: String] = [:]
    private var serverName: String?
    private var timeout: Int64 = 2000
    private var reuse: Int64?
    private var handled: Set<Obligation> = []
    private var handlers: [Obligation: Gate.ObligationHandler] = [:]
    /// What was refused first when it was set: a gate without it (a revocation list) is not the one that its host meant.
    var refused: Refused?

    init() {}

    /// - Returns: false when the key is unknown or the value none of its.
    func set(_ key: String, _ value: String) -> Bool {
        switch key {
        case "address":
            guard let target = Self.target(value) else { return false }
            targets.append(target)
        case "certificate", "key", "ca", "crl":
            guard !value.isEmpty else { return false }
            files[key] = value
        case "server_name":
            guard !value.isEmpty else { return false }
            serverName = value
        case "timeout_ms":
            guard let number = Int64(value), Self.timeouts.contains(number) else { return false }
            timeout = number
        case "reuse_ms":
            guard let number = Int64(value), WireLimits.heartbeats.contains(number) else { return false }
            reuse = number
        case "handles":
            guard let obligation = Obligation(word: value) else { return false }
            handled.insert(obligation)
        default: return false
        }
        return true
    }

    func handle(_ obligation: Obligation, _ handler: @escaping Gate.ObligationHandler) {
        handlers[obligation] = handler
    }

    /// `host:port`, `[::1]:port`.
    private static func target(_ text: String) -> RPCTarget? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return host.isEmpty ? nil : RPCTarget(host: String(host), port: port)
    }

    /// The configuration; `nil` when an address or a file is not named.
    var configuration: Gate.Configuration? {
        guard !targets.isEmpty, let certificate = files["certificate"], let key = files["key"], let ca = files["ca"]
        else { return nil }
        var tls = TLSFiles(certificateChain: certificate, privateKey: key, trustAnchors: ca)
        tls.revocationLists = files["crl"]
        var targets = targets
        if let serverName { for place in targets.indices { targets[place].serverName = serverName } }
        var configuration = Gate.Configuration(
            channel: RPCChannelConfiguration(targets: targets, tls: tls), handling: handled)
        configuration.timeout = .milliseconds(timeout)
        configuration.reuse = reuse.map { .milliseconds($0) }
        configuration.handlers = handlers
        return configuration
    }
}
