/// How a call ended: the code, a sentence for a developer, and machine-readable details.
///
/// The message travels to the peer, so it must never hold personal data.
public struct RPCStatus: Error, Sendable, Equatable {
    public var code: StatusCode
    /// A sentence: what is wrong, where, what to do. UTF-8; percent-encoded on the wire (`grpc-message`).
    public var message: String
    /// A serialized `google.rpc.Status` (`grpc-status-details-bin`), empty when there are no details.
    public var details: [UInt8]

    public init(_ code: StatusCode, _ message: String = "", details: [UInt8] = []) {
        self.code = code
        self.message = message
        self.details = details
    }

    public init(code: StatusCode, message: String, details: [UInt8]) {
        self.init(code, message, details: details)
    }

    /// The call went well.
    public static let ok = RPCStatus(.ok)
}

extension RPCStatus: CustomStringConvertible {
    public var description: String { message.isEmpty ? code.name : "\(code.name): \(message)" }
}
