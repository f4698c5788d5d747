/// One RPC that a server answers.
@safe public struct RPCMethod: Sendable {
    public enum Kind: Sendable, Hashable {
        /// One request message, one response message.
        case unary
        /// One request message, any number of response messages.
        case serverStreaming
        /// Any number of request messages and of response messages. The handler is called for each request message, in
        /// order, with the same call; ``ServerCall/onRequestEnd(_:)`` tells the end. A caller that is silent for
        /// ``ServerLimits/bodyTimeout`` is cut.
        case bidirectional
    }

    /// Starts the work of a call. Runs on the connection's event loop and must not block it.
    ///
    /// The bytes are the request message (uncompressed, without prefix), valid during the call only. The handler
    /// answers through the call, at once or later, always on ``ServerCall/eventLoop``.
    public typealias Handler = @Sendable (ServerCall, UnsafeRawBufferPointer) -> Void

    /// `/package.Service/Method`.
    public let path: String
    public let kind: Kind
    public let handler: Handler

    public init(path: String, kind: Kind, handler: @escaping Handler) {
        self.path = path
        self.kind = kind
        unsafe self.handler = handler
    }
}
