package import PortvaktCore

/// One access evaluation (Authorization API 1.0 section 6.1): a question, and what of it was passed over.
package struct Evaluation: Equatable, Sendable {
    package var question: Question
    /// Paths of members that are unknown here.
    package var ignored: [String]
    /// The path of the recipient's id; empty without a recipient. Whether it names a service that there is, only the service can say.
    package var recipientPath = ""
}

/// The body of `POST /access/v1/evaluation`.
package enum EvaluationRequest {
    static let members = ["subject", "action", "resource", "context"]

    /// - Throws: the first thing that is wrong.
    package static func read(_ body: UnsafeRawBufferPointer) throws(AuthZENProblem) -> Evaluation {
        let ignored = IgnoredFields()
        let root = try unsafe root(body, ignored)
        try root.known(members)
        return try evaluation(root, defaults: nil)
    }

    static func root(_ body: UnsafeRawBufferPointer, _ ignored: IgnoredFields) throws(AuthZENProblem) -> ObjectReader {
        let value: JSONValue
        do throws(JSONError) { value = try unsafe JSONParser.parse(body) } catch {
            throw AuthZENProblem("", "is no JSON that is taken: \(error.description)")
        }
        return try FieldReader(value: value, path: "", ignored: ignored).object()
    }

    /// The question of an object; a member that it does not have is taken whole from the defaults.
    static func evaluation(_ object: ObjectReader, defaults: ObjectReader?) throws(AuthZENProblem) -> Evaluation {
        func field(_ name: String) throws(AuthZENProblem) -> FieldReader {
            if let own = object.optional(name) { return own }
            if let inherited = defaults?.optional(name) {
                return FieldReader(value: inherited.value, path: inherited.path, ignored: object.ignored)
            }
            return try object.required(name)
        }
        let subject = try SubjectEntity(try field("subject"))
        let action = try ActionEntity(try field("action"))
        let resource = try ResourceEntity(try field("resource"))
        let context = try ContextEntity(try field("context"))
        let question = Question(
            actor: subject.actor, action: action.action, object: resource.object, assurance: subject.assurance,
            purpose: context.purpose, area: resource.area, entry: resource.entry, participant: action.participant,
            successor: action.successor, recipient: action.recipient, ground: action.ground,
            necessity: action.necessity, document: action.document, need: context.need, identifies: action.identifies,
            decides: action.decides, emergency: context.emergency)
        return Evaluation(question: question, ignored: object.ignored.paths, recipientPath: action.recipientPath)
    }
}

/// The body of `POST /access/v1/evaluations` (section 7.1).
package enum EvaluationsRequest {
    /// No evaluations are given: it is as one access evaluation, and is answered as one.
    case single(Evaluation)
    case many([Item], Semantic)

    /// An evaluation, or what is wrong with it: one that is wrong is refused by itself.
    package typealias Item = Result<Evaluation, AuthZENProblem>

    /// Evaluations of one request, as questions of one `CheckMany`.
    package static let maximumEvaluations = 2048

    /// In the specification's words (section 7.1.2.1).
    package enum Semantic: String, CaseIterable, Sendable {
        case executeAll = "execute_all"
        case denyOnFirstDeny = "deny_on_first_deny"
        case permitOnFirstPermit = "permit_on_first_permit"

        /// Whether the evaluations after one with this decision are left out.
        package func ends(after decision: Bool) -> Bool {
            switch self {
            case .executeAll: false
            case .denyOnFirstDeny: !decision
            case .permitOnFirstPermit: decision
            }
        }
    }

    /// - Throws: what is wrong with the request as a whole.
    package static func read(_ body: UnsafeRawBufferPointer) throws(AuthZENProblem) -> EvaluationsRequest {
        let ignored = IgnoredFields()
        let root = try unsafe EvaluationRequest.root(body, ignored)
        try root.known(EvaluationRequest.members + ["evaluations", "options"])
        let semantic = try semantic(root)
        guard let evaluations = root.optional("evaluations") else {
            return .single(try EvaluationRequest.evaluation(root, defaults: nil))
        }
        guard case .list(let values) = evaluations.value else { throw evaluations.problem("must be an array") }
        guard values.count <= maximumEvaluations else {
            throw evaluations.problem("has too many items: at most \(maximumEvaluations)")
        }
        guard !values.isEmpty else { return .single(try EvaluationRequest.evaluation(root, defaults: nil)) }
        // Each answer says what was passed over in the request as a whole: there is none for the request itself.
        let common = ignored.paths
        return .many(values.indices.map { item(values[$0], $0, root, common) }, semantic)
    }

    private static func semantic(_ root: ObjectReader) throws(AuthZENProblem) -> Semantic {
        guard let options = try root.optional("options")?.object() else { return .executeAll }
        try options.known(["evaluations_semantic"])
        guard let field = options.optional("evaluations_semantic") else { return .executeAll }
        guard let semantic = Semantic(rawValue: try field.text()) else {
            throw field.problem("is unknown: use one of \(Semantic.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return semantic
    }

    private static func item(_ value: JSONValue, _ place: Int, _ root: ObjectReader, _ ignored: [String]) -> Item {
        let reader = FieldReader(value: value, path: "evaluations[\(place)]", ignored: IgnoredFields(ignored))
        return Result { () throws(AuthZENProblem) in
            let object = try reader.object()
            try object.known(EvaluationRequest.members)
            return try EvaluationRequest.evaluation(object, defaults: root)
        }
    }
}
