internal import NIOCore
internal import PortvaktAuthZEN
internal import PortvaktCore
internal import PortvaktRPC

/// The OpenID Authorization API 1.0 (AuthZEN) over JSON, for systems without gRPC: the same callers, the same decisions,
/// the same entries in the ledger, and the same order — recorded first, then answered.
struct AuthZENPages: Sendable {
    /// Bytes of one evaluation: far above any question.
    static let maximumEvaluationBody = 64 * 1024
    /// Bytes of several: as many as fit are asked about.
    static let maximumEvaluationsBody = 1024 * 1024

    /// The service that answers a call; in testing mode each certificate has one of its own.
    let core: @Sendable (HTTPCall) throws -> ServiceCore

    /// Pages of a service for everybody.
    init(core: ServiceCore) { self.core = { _ in core } }

    init(core: @escaping @Sendable (HTTPCall) throws -> ServiceCore) { self.core = core }

    var pages: [HTTPPage] {
        [
            HTTPPage(.post, PDPMetadata.evaluationPath, maxBody: Self.maximumEvaluationBody) { call, body in
                ask(call, body) { (bytes) throws(AuthZENProblem) in
                    .single(try unsafe EvaluationRequest.read(bytes))
                }
            },
            HTTPPage(.post, PDPMetadata.evaluationsPath, maxBody: Self.maximumEvaluationsBody) { call, body in
                ask(call, body) { (bytes) throws(AuthZENProblem) in try unsafe EvaluationsRequest.read(bytes) }
            },
            HTTPPage(.get, PDPMetadata.path, maxBody: 0) { call, _ in
                let reply = AuthZENReply(call)
                guard let document = PDPMetadata.document(authority: call.authority) else {
                    return reply.refuse(400, "the request names no host: give one, as in pdp.example.com:7443")
                }
                reply.answer(document)
            },
        ]
    }

    private func ask(
        _ call: HTTPCall, _ body: ByteBuffer,
        _ read: (UnsafeRawBufferPointer) throws(AuthZENProblem) -> EvaluationsRequest
    ) {
        let reply = AuthZENReply(call)
        let core: ServiceCore
        do { core = try self.core(call) } catch { return reply.refuse(500, AuthZENReply.internalError) }
        guard let caller = call.caller as? Caller else { return reply.refuse(401, AuthZENReply.unknown) }
        let asker = AuthZENAsker(core: core, caller: caller, call: call, reply: reply)
        guard asker.mayAsk else { return reply.refuse(403, AuthZENReply.forbidden) }
        guard reply.isJSON else { return asker.refuse(400, "content-type must be application/json") }
        let result = Result { () throws(AuthZENProblem) in
            try unsafe body.withUnsafeReadableBytes { bytes in
                Result { () throws(AuthZENProblem) in try unsafe read(bytes) }
            }.get()
        }
        switch result {
        case .failure(let problem): asker.refuse(AuthZENProblem.status, problem.description)
        case .success(.single(let evaluation)): asker.ask(evaluation)
        case .success(.many(let items, let semantic)): asker.ask(items, semantic)
        }
    }
}

/// The answers to one call: JSON, with the caller's own id of the request.
struct AuthZENReply: Sendable {
    static let unknown =
        "the certificate is of no registered system: let the administrator register it, or use the one that is registered"
    static let forbidden = "this certificate's system may not ask: let the administrator give it the permission"
    static let internalError = "the request failed inside the service: see its log"

    let call: HTTPCall

    init(_ call: HTTPCall) { self.call = call }

    /// `application/json`, with or without parameters.
    var isJSON: Bool {
        let type = call.field("content-type")?.lowercased() ?? ""
        let media = type.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        return media.trimmingSpaces == "application/json"
    }

    /// The caller's own id, as the ledger can hold it: an opaque identifier. Anything else is echoed and not kept.
    var requestID: Identifier? { call.field("x-request-id").flatMap { try? Identifier($0) } }

    func answer(_ value: JSONValue) { send(200, value) }

    /// An error: its body is a message string (section 10.1.2).
    func refuse(_ status: Int, _ message: String) {
        // A 401 names what would be accepted (RFC 9110 section 15.5.2): a certificate of a registered system.
        let challenge =
            status == 401 ? [HTTPAnswer.Field("www-authenticate", "ClientCertificate realm=\"portvakt\"")] : []
        send(status, .text(message), challenge)
    }

    private func send(_ status: Int, _ value: JSONValue, _ fields: [HTTPAnswer.Field] = []) {
        var fields =
            [
                HTTPAnswer.Field("content-type", "application/json"), HTTPAnswer.Field("cache-control", "no-store"),
            ] + fields
        if let id = call.field("x-request-id") { fields.append(HTTPAnswer.Field("x-request-id", id)) }
        call.answer(HTTPAnswer(status, fields, body: ByteBuffer(bytes: value.utf8)))
    }
}

extension StringProtocol {
    /// Without the spaces and tabs at both ends.
    fileprivate var trimmingSpaces: String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
