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
        return try evaluation(root)
    }

    static func root(_ body: UnsafeRawBufferPointer, _ ignored: IgnoredFields) throws(AuthZENProblem) -> ObjectReader {
        let value: JSONValue
        do throws(JSONError) { value = try unsafe JSONParser.parse(body) } catch {
            throw AuthZENProblem("", "is no JSON that is taken: \(error.description)")
        }
        return try FieldReader(value: value, path: "", ignored: ignored).object()
    }

    /// The question of an object; a member that it does not have is taken whole from what several have in common.
    static func evaluation(
        _ object: ObjectReader, common: CommonEntities? = nil
    ) throws(AuthZENProblem) -> Evaluation {
        let subject = try entity(of: object, or: common?.subject)
        let action = try entity(of: object, or: common?.action)
        let resource = try entity(of: object, or: common?.resource)
        let context = try entity(of: object, or: common?.context)
        let question = Question(
            actor: subject.actor, action: action.action, object: resource.object, assurance: subject.assurance,
            purpose: context.purpose, area: resource.area, entry: resource.entry, participant: action.participant,
            successor: action.successor, recipient: action.recipient, ground: action.ground,
            necessity: action.necessity, document: action.document, need: context.need, identifies: action.identifies,
            decides: action.decides, emergency: context.emergency)
        return Evaluation(question: question, ignored: object.ignored.paths, recipientPath: action.recipientPath)
    }

    private static func entity<Entity: RequestEntity>(
        of object: ObjectReader, or common: CommonEntity<Entity>?
    ) throws(AuthZENProblem) -> Entity {
        if let own = object.optional(Entity.member) { return try Entity(own) }
        if let common { return try common.taken(by: object) }
        return try Entity(try object.required(Entity.member))
    }
}

/// What stands at the top of a request, for the evaluations that do not have it.
struct CommonEntities {
    let subject: CommonEntity<SubjectEntity>?
    let action: CommonEntity<ActionEntity>?
    let resource: CommonEntity<ResourceEntity>?
    let context: CommonEntity<ContextEntity>?

    init(_ root: ObjectReader) {
        subject = CommonEntity(root)
        action = CommonEntity(root)
        resource = CommonEntity(root)
        context = CommonEntity(root)
    }
}

/// One member at the top. It is read once, however many evaluations take it: they would otherwise go through the same thousands
/// of members each, and keep a list of labels each.
struct CommonEntity<Entity: RequestEntity> {
    private let entity: Result<Entity, AuthZENProblem>
    private let ignored: [String]

    /// `nil` when it is not there.
    init?(_ root: ObjectReader) {
        guard let field = root.optional(Entity.member) else { return nil }
        let ignored = IgnoredFields()
        entity = Result { () throws(AuthZENProblem) in
            try Entity(FieldReader(value: field.value, path: field.path, ignored: ignored))
        }
        self.ignored = ignored.paths
    }

    /// What it says, and what it had that was passed over, for an evaluation that takes it.
    func taken(by object: ObjectReader) throws(AuthZENProblem) -> Entity {
        for path in ignored { object.ignored.add(path) }
        return try entity.get()
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

    /// Persons and topics that the evaluations of one request name together, those from the top counted for each: each has an entry
    /// of its own in the ledger, with all of its labels. Of the longest ids, as many as one message over gRPC holds (4 MiB).
    package static let maximumLabels = 65_536

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
            return .single(try EvaluationRequest.evaluation(root))
        }
        guard case .list(let values) = evaluations.value else { throw evaluations.problem("must be an array") }
        guard values.count <= maximumEvaluations else {
            throw evaluations.problem("has too many items: at most \(maximumEvaluations)")
        }
        guard !values.isEmpty else { return .single(try EvaluationRequest.evaluation(root)) }
        // Each answer says what was passed over in the request as a whole: there is none for the request itself.
        let passedOver = ignored.paths
        let common = CommonEntities(root)
        let items = values.indices.map { item(values[$0], $0, common, passedOver) }
        guard items.reduce(0, { $0 + labels(of: $1) }) <= maximumLabels else {
            throw evaluations.problem(
                "name too many persons and topics together, those from the top counted for each: at most \(maximumLabels)"
            )
        }
        return .many(items, semantic)
    }

    private static func labels(of item: Item) -> Int {
        guard case .success(let evaluation) = item, let entry = evaluation.question.entry else { return 0 }
        return entry.about.count + entry.topics.count
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

    private static func item(
        _ value: JSONValue, _ place: Int, _ common: CommonEntities, _ ignored: [String]
    ) -> Item {
        let reader = FieldReader(value: value, path: "evaluations[\(place)]", ignored: IgnoredFields(ignored))
        return Result { () throws(AuthZENProblem) in
            let object = try reader.object()
            try object.known(EvaluationRequest.members)
            return try EvaluationRequest.evaluation(object, common: common)
        }
    }
}
