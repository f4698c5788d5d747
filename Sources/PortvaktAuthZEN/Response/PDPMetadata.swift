/// Where the API is (Authorization API 1.0 section 9), and its paths.
package enum PDPMetadata {
    package static let path = "/.well-known/authzen-configuration"
    package static let evaluationPath = "/access/v1/evaluation"
    package static let evaluationsPath = "/access/v1/evaluations"

    /// The document for a host that was asked for it under this authority. The identifier must be what the document's
    /// own address was made from, so it is the caller's.
    /// - Returns: `nil` when the authority is none (RFC 3986 section 3.2): a name or address, perhaps with a port.
    package static func document(authority: String) -> JSONValue? {
        guard isAuthority(authority) else { return nil }
        let base = "https://\(authority)"
        return .members([
            "policy_decision_point": .text(base),
            "access_evaluation_endpoint": .text(base + evaluationPath),
            "access_evaluations_endpoint": .text(base + evaluationsPath),
        ])
    }

    private static func isAuthority(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 255
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"): true
                default: false
                }
            }
    }
}
