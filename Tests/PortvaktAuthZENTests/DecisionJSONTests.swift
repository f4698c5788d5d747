import PortvaktCore
import PortvaktWire
import Testing

@testable import PortvaktAuthZEN

@Suite("A decision as JSON", .timeLimit(.minutes(1)))
struct DecisionJSONTests {
    private func answer(_ effect: Effect, _ reason: Reason, entry: EntryReference?) -> Answer {
        Answer(
            effect: effect, external: effect == .allow ? .allow : .deny, reasons: [reason],
            obligations: [.log], holdsUntil: Instant(milliseconds: 1_790_000_060_000),
            decidedAt: Instant(milliseconds: 1_790_000_000_000), revision: Revision(17), entry: entry,
            policyHash: [0, 0xA7, 0xFF])
    }

    private let entry = EntryReference(stream: "decisions/node-1", index: 12, block: 9)

    @Test("only an allow with an entry is true", arguments: Effect.allCases)
    func decision(_ effect: Effect) {
        let reason: Reason = effect == .allow ? .allowConsent : effect == .deny ? .denyNoConsent : .referConflict
        let recorded = DecisionJSON.decision(answer(effect, reason, entry: entry))
        #expect(recorded["decision"] == .bool(effect == .allow))
        #expect(DecisionJSON.decision(answer(effect, reason, entry: nil))["decision"] == .bool(false))
    }

    @Test("the context holds the reasons, their texts, the obligations, the entry and how long it holds")
    func context() throws {
        var full = answer(.deny, .denyNoConsent, entry: entry)
        full.missing = [
            .consent(from: .person(try ID("mor")), purpose: .samordning, service: try Service("ppt"), unit: nil),
            .grant(.log, caseID: try ID("sak")),
        ]
        full.emergencyMinutes = 30
        let context = try #require(
            DecisionJSON.decision(full, requestID: try Identifier("r-1"), ignored: ["a.b"])["context"])
        #expect(context["effect"] == .text("deny") && context["external"] == .text("deny"))
        #expect(context["reasons"] == .texts(["deny.no_consent"]) && context["obligations"] == .texts(["log"]))
        for language in Language.allCases {
            #expect(context["reason_user"]?[language.word] == .text(Catalogue.text(for: .denyNoConsent, in: language)))
        }
        #expect(context["decision_id"] == .text("decisions/node-1/12") && context["entry"]?["block"] == .number(9))
        #expect(context["revision"] == .number(17) && context["policy"] == .text("00a7ff"))
        #expect(
            context["decided_at"] == .text("2026-09-21T14:13:20Z")
                && context["holds_until"] == .text("2026-09-21T14:14:20Z"))
        #expect(
            context["missing"]
                == .list([
                    .members([
                        "kind": .text("consent"), "from": .members(["type": .text("person"), "id": .text("mor")]),
                        "purpose": .text("samordning"), "service": .text("ppt"),
                    ]), .members(["kind": .text("grant"), "document": .text("log"), "case": .text("sak")]),
                ]))
        #expect(context["request_id"] == .text("r-1") && context["ignored"] == .texts(["a.b"]))
        #expect(context["emergency_minutes"] == .number(30))
    }

    @Test("an evaluation that could not be asked is false and says why")
    func failure() {
        let failed = DecisionJSON.failure(AuthZENProblem("evaluations[1].action.name", "is unknown"))
        #expect(failed["decision"] == .bool(false))
        #expect(failed["context"]?["error"]?["status"] == .number(400))
        #expect(failed["context"]?["error"]?["message"] == .text("evaluations[1].action.name is unknown"))
    }

    @Test("the metadata names the host that was asked, and only what is one")
    func metadata() {
        let document = PDPMetadata.document(authority: "pdp.example.com:7443")
        #expect(document?["policy_decision_point"] == .text("https://pdp.example.com:7443"))
        #expect(document?["access_evaluation_endpoint"] == .text("https://pdp.example.com:7443/access/v1/evaluation"))
        #expect(document?["access_evaluations_endpoint"] == .text("https://pdp.example.com:7443/access/v1/evaluations"))
        #expect(PDPMetadata.document(authority: "[::1]:7443") != nil)
        for wrong in ["", "a b", "a/b", "a?b", "u@h", "a\"b", String(repeating: "a", count: 256)] {
            #expect(PDPMetadata.document(authority: wrong) == nil, "\(wrong)")
        }
    }
}
