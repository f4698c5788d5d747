import PortvaktCore
import PortvaktRPC
import PortvaktWire
import Testing

@testable import PortvaktClient

@Suite("What a gate makes of an answer")
struct AnswerJudgeTests {
    private static let decidedAt = Instant(milliseconds: 1_760_000_000_000)
    private static let entry = EntryReference(stream: "decisions/node-1", index: 7, block: 3)

    private let judge = AnswerJudge(handled: [.log])

    private static func answer(
        effect: Effect = .allow, external: ExternalAnswer = .allow, reasons: [Reason] = [.allowConsent],
        unknownReasons: [UInt32] = [], obligations: [Obligation] = [], holds: Int64 = 1000,
        entry: EntryReference? = Self.entry
    ) -> Answer {
        Answer(
            effect: effect, external: external, reasons: reasons, unknownReasons: unknownReasons,
            obligations: obligations, holdsUntil: decidedAt.advanced(byMilliseconds: holds), decidedAt: decidedAt,
            revision: Revision(4), entry: entry, policyHash: [UInt8](repeating: 1, count: 32))
    }

    @Test("A recorded, living allow with obligations that are handled is an allow")
    func allows() {
        let ruling = judge.ruling(on: Self.answer(obligations: [.log]), elapsed: .milliseconds(10))
        guard case .allowed(let receipt) = ruling else {
            Issue.record("\(ruling)")
            return
        }
        #expect(receipt.entry == Self.entry)
        #expect(receipt.revision == Revision(4))
    }

    @Test(
        "Everything else is a refusal, with its reason",
        arguments: [
            (answer(entry: nil), Refusal.Unanswered.unintelligible(field: "entry")),
            (answer(external: .deny), .unintelligible(field: "external")),
            (answer(external: .not_found), .unintelligible(field: "external")),
            (answer(effect: .deny, external: .allow, reasons: [.denyRole]), .unintelligible(field: "external")),
            (answer(effect: .refer, external: .allow, reasons: [.referConfig]), .unintelligible(field: "external")),
            (answer(reasons: []), .unintelligible(field: "reasons")),
            (answer(reasons: [.denyRole]), .unintelligible(field: "reasons")),
            (answer(reasons: [.allowConsent, .denyRole]), .unintelligible(field: "reasons")),
            (answer(unknownReasons: [63]), .unintelligible(field: "reasons")),
            (answer(obligations: [.log, .informParents]), .obligations([.informParents])),
            (answer(holds: 10), .expired),
            (answer(holds: 0), .expired),
            (answer(holds: -5), .expired),
        ])
    func refuses(answer: Answer, why: Refusal.Unanswered) {
        #expect(judge.ruling(on: answer, elapsed: .milliseconds(10)) == .refused(.unanswered(why)))
    }

    @Test(
        "A span that no number holds is no time at all, in whichever direction",
        arguments: [(Int64.min, Int64.max), (.max, .min), (.min, 1), (.max, -1)])
    func overflow(until: Int64, decidedAt: Int64) {
        var answer = Self.answer()
        answer.holdsUntil = Instant(milliseconds: until)
        answer.decidedAt = Instant(milliseconds: decidedAt)
        #expect(!AnswerJudge.holds(answer, elapsed: .zero))
        #expect(judge.ruling(on: answer, elapsed: .zero) == .refused(.unanswered(.expired)))
        #expect(Receipt(answer, entry: Self.entry).span == .zero)
    }

    @Test("A deny, a refer and a not found keep their receipt")
    func denies() throws {
        let deny = judge.ruling(
            on: Self.answer(effect: .deny, external: .deny, reasons: [.denyNoConsent]), elapsed: .zero)
        guard case .refused(.denied(let receipt, _)) = deny else {
            Issue.record("\(deny)")
            return
        }
        #expect(receipt.reasons == [.denyNoConsent])
        let refer = judge.ruling(
            on: Self.answer(effect: .refer, external: .deny, reasons: [.referConflict]), elapsed: .zero)
        guard case .refused(.denied) = refer else {
            Issue.record("\(refer)")
            return
        }
        let hidden = judge.ruling(
            on: Self.answer(effect: .deny, external: .not_found, reasons: [.denyNotFound]), elapsed: .zero)
        guard case .refused(.notFound) = hidden else {
            Issue.record("\(hidden)")
            return
        }
    }

    @Test("What is missing for an allow is told with the refusal")
    func missing() throws {
        var answer = Self.answer(effect: .deny, external: .deny, reasons: [.denyNoConsent])
        answer.missing = [
            .consent(from: .person(try PersonID("mor")), purpose: .samordning, service: try Service("ppt"), unit: nil),
            .grant(.log, caseID: try CaseID("sak")),
        ]
        let receipt = Receipt(answer, entry: Self.entry)
        #expect(judge.ruling(on: answer, elapsed: .zero) == .refused(.denied(receipt, missing: answer.missing)))
    }

    @Test("A decision that could not be recorded is a refusal of its own")
    func unrecorded() {
        let answer = Self.answer(effect: .deny, external: .deny, reasons: [.denyUnrecorded], entry: nil)
        #expect(judge.ruling(on: answer, elapsed: .zero) == .refused(.unrecorded))
    }

    @Test("An answer that would hold for longer than time lasts does not hold")
    func overflow() {
        var answer = Self.answer()
        answer.holdsUntil = .distantFuture
        answer.decidedAt = .distantPast
        #expect(judge.ruling(on: answer, elapsed: .zero) == .refused(.unanswered(.expired)))
    }

    @Test(
        "Every status of gRPC but OK is a refusal",
        arguments: [
            (StatusCode.deadlineExceeded, Refusal.unanswered(.deadline)), (.cancelled, .unanswered(.cancelled)),
            (.unavailable, .unanswered(.unreachable)),
            (.internal, .unanswered(.status(code: 13, name: "INTERNAL"))),
            (.permissionDenied, .unanswered(.status(code: 7, name: "PERMISSION_DENIED"))),
            (.unknown, .unanswered(.status(code: 2, name: "UNKNOWN"))),
        ])
    func statuses(code: StatusCode, refusal: Refusal) {
        #expect(AnswerJudge.refusal(for: RPCStatus(code)) == refusal)
    }

    @Test("An answer that cannot be read names the field; an obligation that is not known has its own reason")
    func unreadable() {
        let reason = WireError(.unknownValue(250), field: "answer.reasons[0]")
        #expect(AnswerJudge.refusal(for: reason) == .unanswered(.unintelligible(field: "answer.reasons[0]")))
        let obligation = WireError(.unknownValue(99), field: "answer.obligations[1]")
        #expect(AnswerJudge.refusal(for: obligation) == .unanswered(.unknownObligation))
    }

    @Test("No random answer is an allow unless everything about it is right")
    func random() {
        var random = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 1 ... .max, using: &random)
        print("seed \(seed)")
        var generator = SplitMix(state: seed)
        for _ in 0..<20_000 {
            let answer = Self.randomAnswer(&generator)
            let elapsed = Int64.random(in: 0...50, using: &generator)
            let ruling = judge.ruling(on: answer, elapsed: .milliseconds(elapsed))
            let isRight =
                answer.effect == .allow && answer.external == .allow && answer.entry != nil && !answer.reasons.isEmpty
                && answer.reasons.allSatisfy { $0.rawValue < 64 } && answer.unknownReasons.isEmpty
                && answer.obligations.allSatisfy { $0 == .log }
                && answer.holdsUntil.milliseconds - answer.decidedAt.milliseconds > elapsed
            if case .allowed = ruling {
                #expect(isRight, "seed \(seed)")
            } else {
                #expect(!isRight, "seed \(seed)")
            }
        }
    }

    private static func randomAnswer(_ generator: inout SplitMix) -> Answer {
        // Weighted towards what is right, or almost everything would be refused for several causes at once.
        func mostly<Value>(_ usual: Value, _ others: [Value]) -> Value {
            Int.random(in: 0..<4, using: &generator) > 0 ? usual : others.randomElement(using: &generator) ?? usual
        }
        return answer(
            effect: mostly(.allow, Effect.allCases), external: mostly(.allow, ExternalAnswer.allCases),
            reasons: mostly(
                [.allowConsent], [[], [.denyRole], [.allowHolder, .referConfig], [.allowHolder, .allowSelf]]),
            unknownReasons: mostly([], [[60], [190]]),
            obligations: mostly([.log], [[], [.review24h], [.log, .conclude]]),
            holds: mostly(1000, [0, 10, 25, 49, -1]), entry: mostly(entry, [nil]))
    }
}

/// A small generator whose histories can be repeated from a printed seed (Vigna's SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
