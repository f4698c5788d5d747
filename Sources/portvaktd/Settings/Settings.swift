internal import Logging
internal import PortvaktCore
internal import PortvaktRPC

/// A host and a port to listen on.
struct ListenAddress: Hashable {
    var host: String
    var port: Int
}

/// The daemon's settings, typed and checked as far as that needs no file.
struct Settings {
    var listen: ListenAddress
    var metrics: ListenAddress?
    var tls: TLSFiles
    var ledger: String
    var node: Identifier
    var administrator: System.Identity?
    var policies: String
    var profile: String
    var checkpointKey: String?
    var guardFile: String?
    var eventLoops: Int
    var lingerSeconds: Int
    var logFormat: LogFormat
    var logLevel: Logger.Level

    static let eventLoopRange = 1...64
    static let lingerRange = 0...300

    init(_ values: [SettingKey: SettingValue]) throws(SettingError) {
        let reader = SettingReader(values: values)
        listen = try reader.address(.listen)
        metrics = reader.isNone(.metrics) ? nil : try reader.address(.metrics)
        tls = TLSFiles(
            certificateChain: try reader.path(.certificate), privateKey: try reader.path(.key),
            trustAnchors: try reader.path(.ca),
            revocationLists: reader.isNone(.crl) ? nil : try reader.path(.crl),
            staleRevocationLists: try reader.choice(
                .staleCRL, ["refuse": TLSFiles.StaleRevocationLists.refuse, "accept": .accept]))
        ledger = try reader.path(.ledger)
        node = try reader.node()
        administrator = reader.isNone(.administrator) ? nil : try reader.identity(.administrator)
        policies = try reader.path(.policies)
        profile = try reader.path(.profile)
        checkpointKey = reader.isNone(.checkpointKey) ? nil : try reader.path(.checkpointKey)
        guardFile = reader.isNone(.guardFile) ? nil : try reader.path(.guardFile)
        eventLoops = try reader.int(.eventLoops, in: Self.eventLoopRange)
        lingerSeconds = try reader.int(.linger, in: Self.lingerRange)
        logFormat = try reader.choice(.logFormat, ["text": LogFormat.text, "json": .json])
        logLevel = try reader.choice(
            .logLevel,
            ["debug": Logger.Level.debug, "info": .info, "notice": .notice, "warning": .warning, "error": .error])
        guard (checkpointKey == nil) == (guardFile == nil) else {
            throw SettingError("checkpoint_key and guard go together: give both, or none")
        }
    }
}

/// Reads one setting after the other, naming where a wrong one stands.
private struct SettingReader {
    let values: [SettingKey: SettingValue]

    private func value(_ key: SettingKey) throws(SettingError) -> SettingValue {
        guard let value = values[key] else { throw SettingError("\(key.rawValue) is missing") }
        return value
    }

    func isNone(_ key: SettingKey) -> Bool { values[key]?.text == "none" }

    func path(_ key: SettingKey) throws(SettingError) -> String {
        let value = try value(key)
        guard !value.text.isEmpty else { throw SettingError(key, value, expected: "a name, and is empty") }
        return value.text
    }

    func address(_ key: SettingKey) throws(SettingError) -> ListenAddress {
        let value = try value(key)
        guard let colon = value.text.lastIndex(of: ":"), colon != value.text.startIndex,
            let port = UInt16(value.text[value.text.index(after: colon)...])
        else { throw SettingError(key, value, expected: "host:port, such as 127.0.0.1:7443") }
        let host = value.text[..<colon].trimming(["[", "]"])
        return ListenAddress(host: host, port: Int(port))
    }

    func identifier(_ key: SettingKey) throws(SettingError) -> Identifier {
        let value = try value(key)
        do throws(IdentifierError) { return try Identifier(value.text) } catch {
            throw SettingError("\(key.rawValue), from \(value.origin), \(error)")
        }
    }

    /// A node's name stands in its stream's name, and that in paths and addresses.
    func node() throws(SettingError) -> Identifier {
        let node = try identifier(.node)
        guard !node.text.contains("/"), !node.text.contains("..") else {
            throw SettingError(.node, try value(.node), expected: "a name without / and .., such as node-1")
        }
        return node
    }

    func identity(_ key: SettingKey) throws(SettingError) -> System.Identity {
        let value = try value(key)
        guard let identity = System.Identity(value.text) else {
            throw SettingError(
                key, value, expected: "NTRNO- and nine digits with a right check digit, or a spiffe:// URI")
        }
        return identity
    }

    func int(_ key: SettingKey, in range: ClosedRange<Int>) throws(SettingError) -> Int {
        let value = try value(key)
        guard let number = Int(value.text), range.contains(number) else {
            throw SettingError(key, value, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func choice<Choice>(_ key: SettingKey, _ choices: KeyValuePairs<String, Choice>) throws(SettingError) -> Choice {
        let value = try value(key)
        guard let found = choices.first(where: { $0.key == value.text }) else {
            throw SettingError(key, value, expected: "one of \(choices.map(\.key).joined(separator: ", "))")
        }
        return found.value
    }
}

extension Substring {
    /// Without these characters at both ends.
    fileprivate func trimming(_ characters: Set<Character>) -> String {
        var rest = self
        while let first = rest.first, characters.contains(first) { rest.removeFirst() }
        while let last = rest.last, characters.contains(last) { rest.removeLast() }
        return String(rest)
    }
}
