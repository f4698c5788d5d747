internal import NIOHTTP1

/// What a request of HTTP/1.1 is for: a path, with a query perhaps, and the host that it is asked of (RFC 9112 sections 3.2 and 3.3).
struct HTTP1Target {
    let path: String
    /// Empty when it was not said, which HTTP/1.0 allows.
    let authority: String

    /// - Returns: `nil` when the host is not named as it must be: once, and with HTTP/1.1 at all.
    init?(_ head: HTTPRequestHead) {
        let hosts = head.headers["host"]
        guard hosts.count == 1 || hosts.isEmpty && head.version == .http1_0 else { return nil }
        // As proxies ask: the target names the host, and the field does not count.
        if let scheme = ["https://", "http://"].first(where: { head.uri.lowercased().hasPrefix($0) }) {
            let rest = head.uri.dropFirst(scheme.count)
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            authority = String(rest[..<end])
            path = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
        } else {
            authority = hosts.first ?? ""
            path = head.uri
        }
    }
}

extension HTTPRequestHead {
    /// The body comes when the server says that it may (RFC 9110 section 10.1.1).
    var waitsToContinue: Bool {
        guard version != .http1_0,
            headers.contains(name: "content-length") || headers.contains(name: "transfer-encoding")
        else { return false }
        return headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
    }

    /// What the body's length is said to be.
    var statedLength: Int? { headers.first(name: "content-length").flatMap { Int($0) } }
}
