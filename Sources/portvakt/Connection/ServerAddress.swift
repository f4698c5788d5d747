/// Where a server listens: `host:port`, with brackets around an IPv6 address.
struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    /// The port of the daemon's configuration.
    static let standardPort = 7443

    let host: String
    let port: Int

    /// - Throws: when it is neither `host:port` nor a host alone.
    init(_ text: String) throws {
        let wrong = Failure(
            "\"\(text)\" is no address: give host:port, such as 127.0.0.1:\(Self.standardPort)", status: .usage)
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { throw wrong }
            host = String(text[text.index(after: text.startIndex)..<close])
            let rest = text[text.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw wrong }
            port = try rest.isEmpty ? Self.standardPort : Self.port(rest.dropFirst(), wrong)
        } else if let colon = text.firstIndex(of: ":") {
            guard text.lastIndex(of: ":") == colon else { throw wrong }
            host = String(text[..<colon])
            port = try Self.port(text[text.index(after: colon)...], wrong)
        } else {
            host = text
            port = Self.standardPort
        }
        guard !host.isEmpty else { throw wrong }
    }

    private static func port(_ text: Substring, _ wrong: Failure) throws -> Int {
        guard let number = UInt16(text), number > 0 else { throw wrong }
        return Int(number)
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
