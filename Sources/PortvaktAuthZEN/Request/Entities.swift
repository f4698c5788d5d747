internal import PortvaktCore

/// One of the four entities of an evaluation (Authorization API 1.0 section 5), and what it says of a question.
protocol RequestEntity {
    /// Its member of a request.
    static var member: String { get }

    /// - Throws: the first thing that is wrong.
    init(_ field: FieldReader) throws(AuthZENProblem)
}

/// Who acts.
struct SubjectEntity: RequestEntity {
    static let member = "subject"

    var actor: Actor
    var assurance: Assurance

    static let types = ["employment", "person", "proxy"]

    init(_ field: FieldReader) throws(AuthZENProblem) {
        let entity = try field.object()
        try entity.known(["type", "id", "properties"])
        let type = try entity.required("type")
        let id = try entity.required("id")
        switch try type.text() {
        case "employment": actor = .employment(try id.id())
        case "person": actor = .person(try id.id())
        case "proxy": actor = .proxy(try id.id())
        default: throw type.problem("is unknown: use one of \(Self.types.joined(separator: ", "))")
        }
        let properties = try entity.required("properties").object()
        try properties.known(["assurance"])
        assurance = try properties.required("assurance").word()
    }
}

/// What it is about. What is narrower than a case is a type of its own, with its labels required: a label that was
/// left out can then not widen the question.
struct ResourceEntity: RequestEntity {
    static let member = "resource"

    var object: Object
    var area: Area?
    var entry: EntryLabels?

    static let types = ["case", "log_entry", "plan_area", "meeting", "person", "controller"]
    static let labels = [
        "category", "author", "about", "topics", "withheld", "withheld_until", "needed_for_fa", "same_treatment",
    ]

    init(_ field: FieldReader) throws(AuthZENProblem) {
        let entity = try field.object()
        try entity.known(["type", "id", "properties"])
        let type = try entity.required("type")
        let id = try entity.required("id")
        let name = try type.text()
        switch name {
        case "case", "log_entry", "plan_area": object = .caseID(try id.id())
        case "meeting": object = .meeting(try id.id())
        case "person": object = .person(try id.id())
        case "controller": object = .controller(try id.id())
        default: throw type.problem("is unknown: use one of \(Self.types.joined(separator: ", "))")
        }
        switch name {
        case "log_entry": entry = try Self.entry(try entity.required("properties").object())
        case "plan_area":
            let properties = try entity.required("properties").object()
            try properties.known(["area"])
            area = try properties.required("area").code()
        default:
            guard let properties = try entity.optional("properties")?.object() else { return }
            try Self.refuseLabels(properties, of: name)
        }
    }

    /// Labels on a resource that takes none narrow nothing, and the host believes that they do.
    private static func refuseLabels(_ properties: ObjectReader, of type: String) throws(AuthZENProblem) {
        for label in labels + ["area"] where properties.optional(label) != nil {
            let right = label == "area" ? "plan_area" : "log_entry"
            throw AuthZENProblem(
                "\(properties.path).\(label)", "narrows nothing for a \(type): ask about a resource of type \(right)")
        }
        try properties.known([])
    }

    private static func entry(_ properties: ObjectReader) throws(AuthZENProblem) -> EntryLabels {
        try properties.known(labels)
        return EntryLabels(
            category: try properties.required("category").word(),
            about: try properties.required("about").list { (item) throws(AuthZENProblem) in try item.id() },
            author: try properties.required("author").id(),
            topics: try properties.optional("topics")?.list { (item) throws(AuthZENProblem) in try item.code() } ?? [],
            withheld: try properties.optional("withheld")?.word(),
            withheldUntil: try properties.optional("withheld_until")?.instant(),
            neededForFa: try properties.optional("needed_for_fa")?.bool() ?? false,
            sameTreatment: try properties.optional("same_treatment")?.bool() ?? false)
    }
}

/// What is to be done.
struct ActionEntity: RequestEntity {
    static let member = "action"

    var action: Action
    var participant: Party?
    var successor: EmploymentID?
    var recipient: Recipient?
    var recipientPath = ""
    var ground: Ground?
    var necessity: String?
    var document: Identifier?
    var identifies: IdentityAttempt?
    var decides: MeetingDecision?

    /// Every action but `consent.give`, whose question carries a whole consent.
    static let names = Action.allCases.filter { $0 != .consentGive }.map(\.word)

    init(_ field: FieldReader) throws(AuthZENProblem) {
        let entity = try field.object()
        try entity.known(["name", "properties"])
        let name = try entity.required("name")
        guard let action = Action(word: try name.text()) else {
            throw name.problem("is unknown: use one of \(Self.names.joined(separator: ", "))")
        }
        guard action != .consentGive else {
            throw name.problem("is asked about over gRPC only: the question carries a whole consent")
        }
        self.action = action
        guard let properties = try entity.optional("properties")?.object() else { return }
        try properties.known([
            "participant", "successor", "recipient", "ground", "necessity", "document", "identifies", "decides",
        ])
        participant = try properties.optional("participant").map(Self.party)
        successor = try properties.optional("successor")?.id()
        if let field = properties.optional("recipient") {
            recipient = try Self.recipient(field)
            recipientPath = "\(field.path).id"
        }
        ground = try properties.optional("ground")?.word()
        necessity = try properties.optional("necessity")?.prose()
        document = try properties.optional("document")?.identifier()
        identifies = try properties.optional("identifies").map(Self.identity)
        decides = try properties.optional("decides")?.word()
    }

    private static func party(_ field: FieldReader) throws(AuthZENProblem) -> Party {
        let (type, id) = try typed(field)
        switch try type.text() {
        case "person": return .person(try id.id())
        case "unit": return .unit(try id.id())
        case "employment": return .employment(try id.id())
        default: throw type.problem("is unknown: use one of person, unit, employment")
        }
    }

    private static func recipient(_ field: FieldReader) throws(AuthZENProblem) -> Recipient {
        let (type, id) = try typed(field)
        switch try type.text() {
        case "unit": return .unit(try id.id())
        case "service": return .service(try id.code())
        case "person": return .person(try id.id())
        default: throw type.problem("is unknown: use one of unit, service, person")
        }
    }

    private static func identity(_ field: FieldReader) throws(AuthZENProblem) -> IdentityAttempt {
        let object = try field.object()
        try object.known(["type", "id"])
        let type = try object.required("type")
        switch try type.text() {
        case "person": return .person(try object.required("id").id())
        case "free_text": return .freeText
        default: throw type.problem("is unknown: use one of person, free_text")
        }
    }

    private static func typed(_ field: FieldReader) throws(AuthZENProblem) -> (FieldReader, FieldReader) {
        let object = try field.object()
        try object.known(["type", "id"])
        return (try object.required("type"), try object.required("id"))
    }
}

/// In what circumstances.
struct ContextEntity: RequestEntity {
    static let member = "context"

    var purpose: Purpose
    var need: Bool
    var emergency: Emergency?

    /// Minutes of an emergency: a week, cut further by the policy profile.
    static let emergencyMinutes: ClosedRange<UInt32> = 1...10_080

    init(_ field: FieldReader) throws(AuthZENProblem) {
        let context = try field.object()
        try context.known(["purpose", "need", "emergency"])
        purpose = try context.required("purpose").word()
        need = try context.optional("need")?.bool() ?? false
        emergency = try context.optional("emergency").map(Self.emergency)
    }

    private static func emergency(_ field: FieldReader) throws(AuthZENProblem) -> Emergency {
        let object = try field.object()
        try object.known(["reason", "anonymised_insufficient", "minutes"])
        return Emergency(
            reason: try object.required("reason").prose(),
            anonymisedInsufficient: try object.optional("anonymised_insufficient")?.bool() ?? false,
            minutes: try object.required("minutes").whole(in: emergencyMinutes))
    }
}
