import PortvaktCore
import PortvaktWire
import Testing

/// The bytes were made by Google's protoc 3.21.12 from the texts beside them:
/// `protoc --encode=portvakt.v1.CheckRequest portvakt/v1/access.proto`.
@Suite("The bytes are those that protoc makes")
struct KnownAnswerTests {
    // question {
    //   actor { employment: "larer-1" } action: ACTION_LOG_READ object { case_id: "sak-1" }
    //   assurance: ASSURANCE_HIGH purpose: PURPOSE_SAMORDNING need: true
    //   entry {
    //     category: CATEGORY_EDUCATION about: "barn-1" author: "skole-1" topics: "trivsel"
    //     withheld: WITHHELD_INVESTIGATION withheld_until { milliseconds: 1795600000000 } needed_for_fa: true
    //   }
    // }
    // request_id: "r-1" at_least_as_fresh: 4096
    static let request =
        "0a470a090a076c617265722d3110021a070a0573616b2d312003280130014229080112066261726e2d311a07736b6f6c652d3122077472"
        + "697673656c280432070880c8e690a13438011203722d31188020"

    // answer {
    //   effect: EFFECT_DENY external: EXTERNAL_ANSWER_DENY
    //   reasons: [REASON_DENY_CONSENT_WITHDRAWN, REASON_DENY_NO_CONSENT] obligations: OBLIGATION_APPEAL_TEXT
    //   missing { consent { from { person: "mor-1" } purpose: PURPOSE_SAMORDNING service: "ppt" } }
    //   holds_until_ms: 1795600000000 decided_at_ms: 1795599940000 revision: 4097
    //   entry { stream: "decisions/node-1" index: 12 block: 9 }
    //   policy_hash: "0123456789abcdef0123456789abcdef"
    // }
    static let response =
        "0a6a080210021a024a522201072a120a100a070a056d6f722d3110011a037070743080c8e690a13438a0f3e290a1344081204a160a1064"
        + "65636973696f6e732f6e6f64652d31100c180952203031323334353637383961626364656630313233343536373839616263646566"

    func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal)
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }

    @Test("A question")
    func question() throws {
        let labels = EntryLabels(
            category: .education, about: [try PersonID("barn-1")], author: try UnitID("skole-1"),
            topics: [try Topic("trivsel")], withheld: .investigation,
            withheldUntil: Instant(milliseconds: 1_795_600_000_000), neededForFa: true)
        let question = Question(
            actor: .employment(try EmploymentID("larer-1")), action: .logRead, object: .caseID(try CaseID("sak-1")),
            entry: labels)
        let request = CheckRequest(question, requestID: try Identifier("r-1"), atLeastAsFresh: Revision(4096))
        #expect(try WireCoder().decode(CheckRequest.self, bytes(Self.request)) == request)
        #expect(WireCoder().encode(request) { unsafe [UInt8]($0) } == bytes(Self.request))
    }

    @Test("An answer")
    func answer() throws {
        let answer = Answer(
            effect: .deny, external: .deny, reasons: [.denyConsentWithdrawn, .denyNoConsent],
            obligations: [.appealText],
            missing: [
                .consent(
                    from: .person(try PersonID("mor-1")), purpose: .samordning, service: try Service("ppt"), unit: nil)
            ],
            holdsUntil: Instant(milliseconds: 1_795_600_000_000),
            decidedAt: Instant(milliseconds: 1_795_599_940_000), revision: Revision(4097),
            entry: EntryReference(stream: "decisions/node-1", index: 12, block: 9),
            policyHash: Array("0123456789abcdef0123456789abcdef".utf8))
        #expect(try WireCoder().decode(CheckResponse.self, bytes(Self.response)) == CheckResponse(answer))
        #expect(WireCoder().encode(CheckResponse(answer)) { unsafe [UInt8]($0) } == bytes(Self.response))
    }
}
