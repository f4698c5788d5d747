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
