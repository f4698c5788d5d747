import PortvaktCore
import Testing

@testable import PortvaktAuthZEN

@Suite("Several evaluations in one request", .timeLimit(.minutes(1)))
struct EvaluationsRequestTests {
    private func read(_ text: String) throws(AuthZENProblem) -> EvaluationsRequest {
        try Array(text.utf8).withUnsafeBytes { raw in
            Result { () throws(AuthZENProblem) in try EvaluationsRequest.read(raw) }
        }.get()
    }

    private func many(_ text: String) throws -> ([EvaluationsRequest.Item], EvaluationsRequest.Semantic) {
        guard case .many(let items, let semantic) = try read(text) else { throw AuthZENProblem("", "is one") }
        return (items, semantic)
    }

    private func request(_ evaluations: String, _ more: String = "") -> String {
        Body(extra: ",\"evaluations\":\(evaluations)\(more)").text
    }

    @Test(
        "without evaluations, or with none, it is one evaluation",
        arguments: ["", #","evaluations":[]"#, #","evaluations":null"#])
    func single(_ extra: String) throws {
        guard case .single(let evaluation) = try read(Body(extra: extra).text) else {
            throw AuthZENProblem("", "are several")
        }
        #expect(evaluation.question == (try PortvaktAuthZENTests.read(Body()).question))
    }

    @Test("what an evaluation does not have is taken whole from the top; what it has is not merged")
    func defaults() throws {
        let (items, semantic) = try many(
            request(
                #"[{},{"action":{"name":"log.write"}},{"resource":{"type":"person","id":"p-1"},"context":{"purpose":"se_meg"}}]"#
            ))
        let questions = try items.map { try $0.get().question }
        #expect(semantic == .executeAll)
        #expect(questions.map(\.action) == [.logRead, .logWrite, .logRead])
        #expect(questions.map(\.object) == [.caseID(try ID("sak")), .caseID(try ID("sak")), .person(try ID("p-1"))])
        #expect(questions.map(\.purpose) == [.samordning, .samordning, .se_meg])
        // The top has properties; the evaluation's own subject has none: that is an error, not a mixture.
        let (own, _) = try many(request(#"[{"subject":{"type":"employment","id":"larer"}}]"#))
        #expect(throws: AuthZENProblem("subject.properties".prefixed(0), "is missing: give a value")) {
            try own[0].get()
        }
    }

    @Test(
        "what stands at the top is read once, however many take it: its labels are one list, and what was passed over is told to each"
    )
    func readOnce() throws {
        let labels = #"{"category":"health","author":"u-1","about":["p-1","p-2"],"shade":1}"#
        let resource = #"{"type":"log_entry","id":"sak","hue":1,"properties":\#(labels)}"#
        let body = Body(
            resource: resource, extra: #","evaluations":[{},{},{"context":{"purpose":"se_meg","why":1}}],"top":1"#)
        let (items, _) = try many(body.text)
        let evaluations = try items.map { try $0.get() }
        let abouts = evaluations.compactMap { $0.question.entry?.about }
        #expect(abouts == Array(repeating: [try ID("p-1"), try ID("p-2")], count: 3))
        #expect(Set(abouts.map { $0.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) } }).count == 1)
        let common = ["top", "resource.hue", "resource.properties.shade"]
        #expect(evaluations.map(\.ignored) == [common, common, common + ["evaluations[2].context.why"]])
    }

    @Test("what is wrong at the top is wrong in each evaluation that takes it, and in no other")
    func wrongAtTheTop() throws {
        let body = Body(
            context: #"{"purpose":"curiosity"}"#, extra: #","evaluations":[{},{"context":{"purpose":"se_meg"}},{}]"#)
        let (items, _) = try many(body.text)
        #expect(
            items.map { item in if case .failure(let problem) = item { problem.field } else { "" } }
                == ["context.purpose", "", "context.purpose"])
    }

    @Test("a label is counted for each evaluation that takes it, and together they are bounded")
    func labels() throws {
        let about = (0..<1000).map { "\"p-\($0)\"" }.joined(separator: ",")
        let request = { (topics: Int, evaluations: Int) in
            let more = (0..<topics).map { "\"t\($0)\"" }.joined(separator: ",")
            let labels = #"{"category":"health","author":"u-1","about":[\#(about)],"topics":[\#(more)]}"#
            let list = Array(repeating: "{}", count: evaluations).joined(separator: ",")
            return Body(
                resource: #"{"type":"log_entry","id":"sak","properties":\#(labels)}"#,
                extra: ",\"evaluations\":[\(list)]"
            ).text
        }
        let most = EvaluationsRequest.maximumLabels
        #expect(most == 65_536)
        #expect(try many(request(24, most / 1024)).0.count == 64)
        let problem = AuthZENProblem(
            "evaluations",
            "name too many persons and topics together, those from the top counted for each: at most \(most)")
        #expect(throws: problem) { try many(request(25, most / 1024)) }
        #expect(throws: problem) { try many(request(24, most / 1024 + 1)) }
    }

    @Test("one that is wrong is refused by itself, with its place; the others stand")
    func itemErrors() throws {
        let (items, _) = try many(request(#"[{},7,{"action":{"name":"fly"}},{"resource":{}}]"#))
        #expect(
            items.map { item in if case .failure(let problem) = item { problem.field } else { "" } }
                == ["", "evaluations[1]", "evaluations[2].action.name", "evaluations[3].resource.type"])
    }

    @Test("nothing at the top is needed when every evaluation has its own")
    func complete() throws {
        let body = Body()
        let (items, _) = try many(#"{"evaluations":[\#(body.text),{}]}"#)
        #expect(throws: Never.self) { try items[0].get() }
        #expect(throws: AuthZENProblem.self) { try items[1].get() }
    }

    @Test("the three semantics by their names, and no other", arguments: EvaluationsRequest.Semantic.allCases)
    func semantics(_ semantic: EvaluationsRequest.Semantic) throws {
        let options = #","options":{"evaluations_semantic":"\#(semantic.rawValue)","another_option":"value"}"#
        #expect(try many(request("[{}]", options)).1 == semantic)
        for wrong in [
            #"{"evaluations_semantic":"all"}"#, #"{"evaluations_semantic":1}"#, #"[]"#,
            #"{"evaluation_semantic":"execute_all"}"#,
        ] {
            #expect(throws: AuthZENProblem.self) { try many(request("[{}]", #","options":\#(wrong)"#)) }
        }
        #expect([true, false].map(semantic.ends) == [semantic == .permitOnFirstPermit, semantic == .denyOnFirstDeny])
    }

    @Test("a list that is none, or too long, is refused as a whole")
    func bounds() throws {
        for wrong in ["{}", "7", #""a""#] { #expect(throws: AuthZENProblem.self) { try read(request(wrong)) } }
        let most = EvaluationsRequest.maximumEvaluations
        let list = { (count: Int) in "[" + Array(repeating: "{}", count: count).joined(separator: ",") + "]" }
        #expect(try many(request(list(most))).0.count == most)
        #expect(throws: AuthZENProblem("evaluations", "has too many items: at most \(most)")) {
            try read(request(list(most + 1)))
        }
    }
}

extension String {
    /// A field's path inside the evaluation at a place.
    fileprivate func prefixed(_ place: Int) -> String { "evaluations[\(place)].\(self)" }
}
