internal import PortvaktCore
internal import PortvaktYAML

/// Gathers the texts of the settings from flags, environment and file.
struct SettingSources {
    /// What the command line asked for besides settings.
    enum Request: Hashable {
        case run
        /// Load everything, say whether it is right, and end.
        case check
        case help
        case version
    }

    private(set) var request = Request.run
    /// Serve tests: an empty store in memory for each certificate, and nothing of a production's settings.
    private(set) var isTesting = false
    private(set) var configurationFile: String?
    private var flags: [SettingKey: SettingValue] = [:]

    /// - Parameter arguments: without the program's name.
    init(arguments: [String]) throws(SettingError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            if parts.count == 2, Self.valueless.contains(name) {
                throw SettingError("the flag \(name) takes no value: leave out what stands after it")
            }
            switch name {
            case "--help", "-h": request = .help
            case "--version": request = .version
            case "--check": request = .check
            case "--testing": isTesting = true
            default:
                guard name.hasPrefix("-") else {
                    throw SettingError("\"\(name)\" is no flag, and nothing stands alone: see portvaktd --help")
                }
                guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
                    throw SettingError("the flag \(name) needs a value")
                }
                try take(name, value)
            }
        }
    }

    /// The flags that stand alone: `--testing=false` must not be taken for `--testing`.
    private static let valueless: Set<String> = ["--help", "-h", "--version", "--check", "--testing"]

    private mutating func take(_ name: String, _ value: String) throws(SettingError) {
        if name == "--config" {
            configurationFile = value
        } else if let key = SettingKey.allCases.first(where: { $0.flag == name }) {
            flags[key] = SettingValue(text: value, origin: "the flag \(name)")
        } else {
            let near = NearestWord.find(
                name, in: SettingKey.allCases.map(\.flag) + ["--config", "--check", "--testing"])
            let hint = near.map { "did you mean \($0)?" } ?? "see portvaktd --help"
            throw SettingError("the flag \(name) is unknown: \(hint)")
        }
    }

    /// Every setting's text: flags, then environment, then file, then defaults.
    /// - Throws: when the file is wrong, or a setting that must be given is not.
    func values(environment: [String: String]) throws(SettingError) -> [SettingKey: SettingValue] {
        let file = configurationFile ?? environment[Self.configurationVariable]
        let fromFile = try file.map { path throws(SettingError) in try Self.read(path) } ?? [:]
        var values: [SettingKey: SettingValue] = [:]
        for key in SettingKey.allCases {
            let fromEnvironment = environment[key.environment].map {
                SettingValue(text: $0, origin: "the environment variable \(key.environment)")
            }
            let given = flags[key] ?? fromEnvironment ?? fromFile[key]
            if isTesting { try Self.checkTesting(key, given) }
            let standard = (isTesting ? key.testingStandard : key.standard).map {
                SettingValue(text: $0, origin: "the default")
            }
            guard let value = given ?? standard else {
                throw SettingError(
                    "\(key.rawValue) is missing: give \(key.rawValue) in the file, \(key.environment) in the environment, or \(key.flag)"
                )
            }
            values[key] = value
        }
        return values
    }

    /// The variable that names the file, as `--config` does.
    private static let configurationVariable = SettingKey.environmentPrefix + "CONFIG"

    /// A sentence for each variable that looks like a setting and is none, so that a slip is seen. Not refused: an orchestrator gives
    /// variables of its own to whatever runs beside a service of that name, such as `PORTVAKTD_SERVICE_HOST`.
    static func strangers(environment: [String: String]) -> [String] {
        let prefix = SettingKey.environmentPrefix
        let known = (SettingKey.allCases.map(\.environment) + [configurationVariable]).map {
            $0.dropFirst(prefix.count)
        }
        let given = environment.keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
        return given.filter { !known.contains($0) }.sorted().map { name in
            let near = NearestWord.find(String(name), in: known.map(String.init))
            let hint = near.map { "did you mean \(prefix)\($0)?" } ?? "see portvaktd --help"
            return "the environment variable \(prefix)\(name) is no setting, and is passed over: \(hint)"
        }
    }

    /// A setting of a service that somebody relies on has no place beside `--testing`.
    /// - Parameter value: as it was given; `nil` when it was not.
    private static func checkTesting(_ key: SettingKey, _ value: SettingValue?) throws(SettingError) {
        guard let value else { return }
        guard key.isForTesting else {
            throw SettingError(
                "\(key.rawValue), from \(value.origin), is a setting of a service that is relied on: leave it out, or leave out --testing"
            )
        }
        guard key == .listen || key == .metrics, value.text != "none" else { return }
        guard let colon = value.text.lastIndex(of: ":"), loopback.contains(String(value.text[..<colon])) else {
            throw SettingError(key, value, expected: "an address of loopback beside --testing, such as 127.0.0.1:7443")
        }
    }

    /// The hosts that a service for tests may listen on.
    private static let loopback: Set<String> = ["127.0.0.1", "localhost", "[::1]", "::1"]

    private static func read(_ path: String) throws(SettingError) -> [SettingKey: SettingValue] {
        do {
            let document = try YAMLFile.read(path).document
            return try ValueReader.read(document) { reader in
                reader.mapping { mapping in
                    var values: [SettingKey: SettingValue] = [:]
                    for key in SettingKey.allCases {
                        guard let value = mapping.optional(key.rawValue), let text = value.text() else { continue }
                        values[key] = SettingValue(text: text, origin: "\(value.node.place)")
                    }
                    return values
                }
            }
        } catch {
            throw SettingError("\(error)")
        }
    }
}
