import PortvaktCore
import Testing

@testable import PortvaktAuthZEN

@Suite("An evaluation, read as a question", .timeLimit(.minutes(1)))
struct EvaluationRequestTests {
    @Test("every action but consent.give can be asked about by its word, and no other")
    func actions() throws {
        for action in Action.allCases {
            let body = Body(action: #"{"name":"\#(action.word)"}"#)
            guard action != .consentGive else {
                #expect(problem(body)?.field == "action.name")
                continue
            }
            #expect(try read(body).question.action == action)
        }
        for word in ["", "read", "LOG.READ", "log.read ", "can_read"] {
            #expect(problem(Body(action: #"{"name":"\#(word)"}"#))?.field == "action.name", "\(word)")
        }
    }

    @Test(
        "a subject acts as an employment, a person or a proxy",
        arguments: [
            ("employment", Actor.employment(try ID("x-1"))), ("person", .person(try ID("x-1"))),
            ("proxy", .proxy(try ID("x-1"))),
        ])
    func subjects(_ type: String, _ actor: Actor) throws {
        for assurance in Assurance.allCases {
            let subject = #"{"type":"\#(type)","id":"x-1","properties":{"assurance":"\#(assurance.word)"}}"#
            let question = try read(Body(subject: subject)).question
            #expect(question.actor == actor && question.assurance == assurance)
        }
    }

    @Test(
        "a resource is a case, a meeting, a person or a controller",
        arguments: [
            ("case", Object.caseID(try ID("x-1"))), ("meeting", .meeting(try ID("x-1"))),
            ("person", .person(try ID("x-1"))),
            ("controller", .controller(try ID("x-1"))),
        ])
    func resources(_ type: String, _ object: Object) throws {
        let question = try read(Body(resource: #"{"type":"\#(type)","id":"x-1"}"#)).question
        #expect(question.object == object && question.entry == nil && question.area == nil)
    }

    @Test("an entry of a log carries all its labels, and an area of a plan its area")
    func narrower() throws {
        let labels =
            #"{"category":"health","author":"unit-1","about":["p-1","p-2"],"topics":["t"],"withheld":"weighty","#
            + #""withheld_until":"2026-06-01T00:00:00+02:00","needed_for_fa":true,"same_treatment":true}"#
        let entry = try read(Body(resource: #"{"type":"log_entry","id":"case-1","properties":\#(labels)}"#)).question
        #expect(try entry.object == .caseID(ID("case-1")))
        #expect(
            entry.entry
                == EntryLabels(
                    category: .health, about: [try ID("p-1"), try ID("p-2")], author: try ID("unit-1"),
                    topics: [try Topic("t")], withheld: .weighty,
                    withheldUntil: Instant(milliseconds: 1_780_264_800_000), neededForFa: true, sameTreatment: true))
        let area = try read(Body(resource: #"{"type":"plan_area","id":"case-1","properties":{"area":"skole"}}"#))
            .question
        #expect(try area.area == (Area("skole")) && area.entry == nil)
    }

    @Test("the properties of an action and the context reach the question")
    func properties() throws {
        let action =
            #"{"name":"disclose","properties":{"recipient":{"type":"service","id":"nav"},"ground":"palegg","necessity":"fordi","#
            + #""document":"doc-1","participant":{"type":"unit","id":"u-1"},"successor":"e-1","decides":"vedtak","#
            + #""identifies":{"type":"free_text"}}}"#
        let context =
            #"{"purpose":"samordning","need":true,"emergency":{"reason":"fare","anonymised_insufficient":true,"minutes":30}}"#
        let evaluation = try read(Body(action: action, context: context))
        let question = evaluation.question
        #expect(evaluation.recipientPath == "action.properties.recipient.id")
        #expect(try question.recipient == .service(Service("nav")) && question.ground == .palegg)
        #expect(try question.necessity == "fordi" && question.document == (Identifier("doc-1")))
        #expect(try question.participant == .unit(ID("u-1")) && question.successor == (ID("e-1")))
        #expect(question.decides == .vedtak && question.identifies == .freeText && question.need)
        #expect(question.emergency == Emergency(reason: "fare", anonymisedInsufficient: true, minutes: 30))
    }

    @Test("need is not stated unless it is")
    func need() throws {
        #expect(try read(Body()).question.need == false)
    }

    @Test(
        "whatever is missing or of a wrong kind is refused by its path",
        arguments: [
            (Body(subject: nil), "subject"), (Body(action: nil), "action"), (Body(resource: nil), "resource"),
            (Body(context: nil), "context"), (Body(subject: #""barn""#), "subject"), (Body(subject: "null"), "subject"),
            (Body(subject: #"{"id":"a"}"#), "subject.type"), (Body(subject: #"{"type":"person"}"#), "subject.id"),
            (Body(subject: #"{"type":5,"id":"a"}"#), "subject.type"),
            (Body(subject: #"{"type":"user","id":"a"}"#), "subject.type"),
            (Body(subject: #"{"type":"person","id":""}"#), "subject.id"),
            (Body(subject: #"{"type":"person","id":"a b"}"#), "subject.id"),
            (Body(subject: #"{"type":"person","id":7}"#), "subject.id"),
            (Body(subject: #"{"type":"person","id":"a"}"#), "subject.properties"),
            (Body(subject: #"{"type":"person","id":"a","properties":[]}"#), "subject.properties"),
            (Body(subject: #"{"type":"person","id":"a","properties":{}}"#), "subject.properties.assurance"),
            (
                Body(subject: #"{"type":"person","id":"a","properties":{"assurance":"4"}}"#),
                "subject.properties.assurance"
            ),
            (Body(action: "{}"), "action.name"), (Body(action: #"{"name":null}"#), "action.name"),
            (Body(action: #"{"name":"log.read","properties":{"ground":"x"}}"#), "action.properties.ground"),
            (
                Body(action: #"{"name":"log.read","properties":{"recipient":{"id":"a"}}}"#),
                "action.properties.recipient.type"
            ),
            (
                Body(action: #"{"name":"log.read","properties":{"recipient":{"type":"x","id":"a"}}}"#),
                "action.properties.recipient.type"
            ),
            (Body(resource: #"{"type":"case"}"#), "resource.id"),
            (Body(resource: #"{"type":"document","id":"a"}"#), "resource.type"),
            (Body(resource: #"{"type":"log_entry","id":"a"}"#), "resource.properties"),
            (Body(resource: #"{"type":"log_entry","id":"a","properties":{}}"#), "resource.properties.category"),
            (
                Body(resource: #"{"type":"log_entry","id":"a","properties":{"category":"health"}}"#),
                "resource.properties.about"
            ),
            (
                Body(resource: #"{"type":"log_entry","id":"a","properties":{"category":"health","about":["a",7]}}"#),
                "resource.properties.about[1]"
            ),
            (
                Body(resource: #"{"type":"log_entry","id":"a","properties":{"category":"health","about":[]}}"#),
                "resource.properties.author"
            ),
            (Body(resource: #"{"type":"plan_area","id":"a","properties":{}}"#), "resource.properties.area"),
            (Body(context: "{}"), "context.purpose"), (Body(context: #"{"purpose":"x"}"#), "context.purpose"),
            (Body(context: #"{"purpose":"samordning","need":"yes"}"#), "context.need"),
            (Body(context: #"{"purpose":"samordning","emergency":{}}"#), "context.emergency.reason"),
            (
                Body(context: #"{"purpose":"samordning","emergency":{"reason":"r","minutes":0}}"#),
                "context.emergency.minutes"
            ),
            (
                Body(context: #"{"purpose":"samordning","emergency":{"reason":"r","minutes":1.5}}"#),
                "context.emergency.minutes"
            ),
        ])
    func refused(_ body: Body, _ field: String) {
        #expect(problem(body)?.field == field, "\(body.text)")
    }

    @Test("labels on a resource that takes none are refused, with the type that takes them")
    func misplacedLabels() {
        let entry = problem(Body(resource: #"{"type":"case","id":"a","properties":{"withheld":"danger"}}"#))
        #expect(entry?.field == "resource.properties.withheld" && entry?.explanation.contains("log_entry") == true)
        let area = problem(Body(resource: #"{"type":"case","id":"a","properties":{"area":"skole"}}"#))
        #expect(area?.field == "resource.properties.area" && area?.explanation.contains("plan_area") == true)
    }

    @Test("what is unknown is passed over and listed; what is nearly a known label is refused")
    func unknown() throws {
        let subject =
            #"{"type":"person","id":"a","nick":1,"properties":{"assurance":"high","department":"Sales","a-b":[]}}"#
        let read = try read(Body(subject: subject, extra: #","trace":{"x":[1]}"#))
        #expect(read.ignored == ["trace", "subject.nick", "subject.properties.department", "subject.properties.?"])
        #expect(
            read.question
                == (try self.read(Body(subject: #"{"type":"person","id":"a","properties":{"assurance":"high"}}"#))
                    .question))
        let slips = [
            #"{"category":"health","about":[],"author":"u","witheld":"danger"}"#,
            #"{"category":"health","about":[],"author":"u","topic":["t"]}"#,
            #"{"category":"health","about":[],"author":"u","withheldUntil":"2026-06-01T00:00:00Z"}"#,
        ]
        for slip in slips {
            let found = problem(Body(resource: #"{"type":"log_entry","id":"a","properties":\#(slip)}"#))
            #expect(found?.field == "resource.properties", "\(slip)")
        }
    }

    @Test(
        "a slip in whatever object is refused where it stands: an emergency or a limit that was not heard is not passed over",
        arguments: [
            (Body(subject: #"{"type":"person","id":"a","propertis":{},"properties":{"assurance":"high"}}"#), "subject"),
            (
                Body(subject: #"{"type":"person","id":"a","properties":{"assurance":"high","asurance":"low"}}"#),
                "subject.properties"
            ),
            (Body(action: #"{"name":"log.read","propertis":{}}"#), "action"),
            (Body(action: #"{"name":"log.read","properties":{"recipent":{}}}"#), "action.properties"),
            (Body(resource: #"{"type":"case","id":"a","propertis":{}}"#), "resource"),
            (
                Body(resource: #"{"type":"plan_area","id":"a","properties":{"area":"skole","aera":"x"}}"#),
                "resource.properties"
            ),
            (Body(context: #"{"purpose":"samordning","emergancy":{}}"#), "context"),
            (
                Body(
                    context:
                        #"{"purpose":"samordning","emergency":{"reason":"r","minutes":9,"anonymized_insufficient":true}}"#
                ),
                "context.emergency"
            ),
            (Body(extra: #","contxt":{}"#), ""),
        ])
    func slips(_ body: Body, _ field: String) {
        let found = problem(body)
        #expect(
            found?.field == field && found?.explanation.contains("nearly") == true,
            "\(body.text): \(found?.description ?? "-")")
    }

    @Test("what a resource that takes no labels says of itself is listed as not heard")
    func ownProperties() throws {
        let resource = #"{"type":"case","id":"a","properties":{"colour":1}}"#
        #expect(try read(Body(resource: resource)).ignored == ["resource.properties.colour"])
    }

    @Test("what is not stated is not so: no need, no emergency, and in one nothing said of anonymised information")
    func unstated() throws {
        let plain = try read(Body(context: #"{"purpose":"samordning"}"#)).question
        #expect(plain.need == false && plain.emergency == nil)
        let emergency = #"{"purpose":"samordning","emergency":{"reason":"r","minutes":30}}"#
        #expect(
            try read(Body(context: emergency)).question.emergency
                == Emergency(reason: "r", anonymisedInsufficient: false, minutes: 30))
    }

    @Test("an emergency is asked for a week at most", arguments: [(10_080, true), (10_081, false)])
    func longestEmergency(_ minutes: Int, _ isTaken: Bool) {
        let context = #"{"purpose":"samordning","emergency":{"reason":"r","minutes":\#(minutes)}}"#
        #expect((problem(Body(context: context)) == nil) == isTaken)
    }

    @Test("a stated text is a page at most, printable, and without a national identity number")
    func prose() {
        func field(_ text: String) -> String? {
            problem(Body(action: #"{"name":"disclose","properties":{"necessity":"\#(text)"}}"#))?.field
        }
        let most = FieldReader.maximumProse
        #expect(most == 4096)
        #expect(field(String(repeating: "a", count: most)) == nil)
        #expect(field(String(repeating: "a", count: most + 1)) == "action.properties.necessity")
        #expect(field(#"en linje\n\tog en til"#) == nil)
        #expect(field(#"a\u0007b"#) == "action.properties.necessity")
    }

    @Test("a list is bounded, and so is the list of what was passed over")
    func longLists() throws {
        func body(_ count: Int) -> Body {
            let about = (0..<count).map { "\"p-\($0)\"" }.joined(separator: ",")
            return Body(
                resource:
                    #"{"type":"log_entry","id":"a","properties":{"category":"health","author":"u","about":[\#(about)]}}"#
            )
        }
        #expect(problem(body(FieldReader.maximumItems)) == nil)
        #expect(problem(body(FieldReader.maximumItems + 1))?.field == "resource.properties.about")
        let names = (1...40).map { String(repeating: "z", count: $0) }
        let ignored = try read(Body(extra: names.map { #","\#($0)":1"# }.joined())).ignored
        #expect(ignored == Array(names.prefix(IgnoredFields.maximumCount)))
        // A name that is long or no plain word could be personal.
        let long = String(repeating: "z", count: 65)
        #expect(try read(Body(extra: #","\#(long)":1,"a1":1"#)).ignored == ["?", "?"])
    }

    @Test("what is unknown in a request of several is listed with each of them, before the evaluation's own")
    func unknownOfSeveral() throws {
        let extra = #","trace":1,"options":{"mode":"x"},"evaluations":[{"nick":1},{}]"#
        let request = try Array(Body(extra: extra).text.utf8).withUnsafeBytes { raw in
            Result { () throws(AuthZENProblem) in try EvaluationsRequest.read(raw) }
        }.get()
        guard case .many(let items, _) = request else {
            Issue.record("\(request)")
            return
        }
        let ignored = try items.map { try $0.get().ignored }
        #expect(ignored == [["trace", "options.mode", "evaluations[0].nick"], ["trace", "options.mode"]])
    }

    @Test("what is no JSON is refused in one sentence, with the place")
    func noJSON() {
        let said = problem(Body(extra: ",}"))?.description ?? ""
        #expect(said.hasPrefix("the body is no JSON that is taken: byte ") && said.hasSuffix("stand here"), "\(said)")
    }

    @Test("no refusal repeats what was sent")
    func discreet() {
        for text in ["hemmelig-7", "etternavn"] {
            for body in [
                Body(subject: #"{"type":"\#(text)","id":"a"}"#),
                Body(subject: #"{"type":"person","id":"\#(text) \#(text)"}"#),
                Body(action: #"{"name":"\#(text)"}"#), Body(context: #"{"purpose":"\#(text)"}"#),
                Body(subject: #"{"type":"person","id":"a","\#(text)":1,"properties":{}}"#),
                Body(subject: #""\#(text)"#),
            ] {
                let said = problem(body)?.description ?? text
                #expect(!said.contains(text), "\(said)")
            }
        }
    }

    @Test("a national identity number is refused in every text")
    func nationalID() {
        for body in [
            Body(context: #"{"purpose":"samordning","emergency":{"reason":"\#(Self.synthetic)","minutes":5}}"#),
            Body(subject: #"{"type":"person","id":"\#(Self.synthetic)","properties":{"assurance":"high"}}"#),
        ] { #expect(problem(body)?.explanation.contains("national identity number") == true) }
    }

    /// The first number of the 1st of January 2000, with 80 added to the month, that has right check digits.
    static let synthetic: String = {
        for number in 0..<1000 {
            for check in 0..<100 {
                let text =
                    "018100" + String(String(1000 + number).dropFirst()) + String(String(100 + check).dropFirst())
                if NationalID.occurs(in: text) { return text }
            }
        }
        return ""
    }()
}

/// The body of an evaluation, member by member.
struct Body: Sendable, CustomTestStringConvertible {
    var subject: String? = #"{"type":"employment","id":"larer","properties":{"assurance":"high"}}"#
    var action: String? = #"{"name":"log.read"}"#
    var resource: String? = #"{"type":"case","id":"sak"}"#
    var context: String? = #"{"purpose":"samordning"}"#
    var extra = ""

    var text: String {
        let members = [("subject", subject), ("action", action), ("resource", resource), ("context", context)]
        return "{" + members.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.joined(separator: ",")
            + extra + "}"
    }

    var testDescription: String { text }
}

func read(_ body: Body) throws(AuthZENProblem) -> Evaluation {
    try Array(body.text.utf8).withUnsafeBytes { raw in
        Result { () throws(AuthZENProblem) in try EvaluationRequest.read(raw) }
    }.get()
}

func problem(_ body: Body) -> AuthZENProblem? {
    do throws(AuthZENProblem) { _ = try read(body) } catch { return error }
    return nil
}

extension EvaluationRequestTests {
    private func read(_ body: Body) throws -> Evaluation { try PortvaktAuthZENTests.read(body) }
}
