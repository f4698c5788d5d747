public import NIOCore

/// A plain HTTP resource that a server answers beside its RPCs: the same port, the same TLS, the same callers.
public struct HTTPPage: Sendable {
    public enum Method: String, Sendable, Hashable {
        case get = "GET"
        case post = "POST"
    }

    /// Starts the work of a request. Runs on the connection's event loop and must not block it. It answers through the
    /// call, at once or later, always on ``HTTPCall/eventLoop``.
    public typealias Handler = @Sendable (_ call: HTTPCall, _ body: ByteBuffer) -> Void

    /// Bytes of a request's body when nothing else is said: more than a JSON question needs.
    public static let defaultBodyLimit = 64 * 1024

    public let method: Method
    /// `/a/b`, without a query: what a caller adds after `?` is not looked at.
    public let path: String
    /// Over it: 413. Bytes.
    public let maxBody: Int
    public let handler: Handler

    public init(
        _ method: Method, _ path: String, maxBody: Int = HTTPPage.defaultBodyLimit, handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.maxBody = maxBody
        self.handler = handler
    }
}

/// What a page is answered with.
public struct HTTPAnswer: Sendable, Equatable {
    /// 200 to 599.
    public var status: Int
    /// Names in lower case; `content-length` is added.
    public var fields: [Field]
    public var body: ByteBuffer

    public struct Field: Sendable, Equatable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(_ status: Int, _ fields: [Field] = [], body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// A sentence of the server's own about a request that reaches no page, as JSON (a string, RFC 8259 section 7), so
    /// that whoever reads every body as JSON can read this one. `text` is printable ASCII without quotes.
    static func refusal(_ status: Int, _ text: StaticString, _ fields: [Field] = []) -> HTTPAnswer {
        HTTPAnswer(
            status, [Field("content-type", "application/json")] + fields, body: ByteBuffer(string: "\"\(text)\""))
    }

    static let tooLarge = refusal(413, "the body is too large: ask for less at once")
    static let headTooLarge = refusal(431, "the header fields are too large together: send fewer")
    static let bodyTooSlow = refusal(408, "the request was not complete in time: send it again")
    static let tooLate = refusal(503, "the answer was not ready in time: ask again")
    static let busy = refusal(503, "too many requests of this connection are unanswered: wait for their answers")

    static let unread = refusal(503, "too much waits for this connection to be read: read it, and ask again")

    static func wrongMethod(_ allowed: HTTPPage.Method) -> HTTPAnswer {
        refusal(
            405, "this page is asked for with another method: see the field allow", [Field("allow", allowed.rawValue)])
    }
}
