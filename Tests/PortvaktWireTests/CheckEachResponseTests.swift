import PortvaktCore
import PortvaktWire
import Testing

@Suite("Answers about a whole log")
struct CheckEachResponseTests {
    private func answer() -> Answer {
        var model = RandomModel(seed: 11)
        return Answer(
            effect: .allow, external: .allow, reasons: [.allowConsent], obligations: [.log],
            holdsUntil: model.instant(),
            decidedAt: model.instant(), revision: Revision(4), entry: model.entry(), policyHash: model.hash())
    }

    @Test("Two answers are one only when nothing differs but the place of their entries")
    func different() throws {
        var model = RandomModel(seed: 12)
        let (instant, missing, hash) = (model.instant(), model.missing(), model.hash())
        let changes: [(inout Answer) -> Void] = [
            { $0.effect = .deny }, { $0.external = .deny }, { $0.reasons = [.allowHolder] },
            { $0.unknownReasons = [63] }, { $0.obligations = [.log, .informParents] }, { $0.obligations = [] },
            { $0.missing = [missing] }, { $0.holdsUntil = instant }, { $0.decidedAt = instant },
            { $0.revision = Revision(5) }, { $0.entry?.stream = "decisions/node-2" }, { $0.entry = nil },
            { $0.policyHash = hash }, { $0.emergencyMinutes = 30 }, { $0.singleUse = true },
        ]
        let first = answer()
        var response = CheckEachResponse()
        response.add(try Identifier("first"), first)
        var all = [first]
        for (number, change) in changes.enumerated() {
            var other = first
            change(&other)
            other.entry?.index = UInt64(number)
            response.add(try Identifier("changed-\(number)"), other)
            all.append(other)
        }
        #expect(response.answers.count == all.count)
        #expect(response.items.map { response.answer(of: $0) } == all)
        var elsewhere = first
        elsewhere.entry?.index = 70
        elsewhere.entry?.block = 71
        response.add(try Identifier("elsewhere"), elsewhere)
        #expect(response.answers.count == all.count)
        #expect(response.items.last.map { response.answer(of: $0) } == elsewhere)
    }

    /// Ids, the places of their answers, indices and blocks, for one answer.
    private func bytes(ids: Int = 2, answer: [UInt64] = [0, 0], index: [UInt64] = [1, 2], block: [UInt64] = [1, 1])
        -> [UInt8]
    {
        var response = RawMessage()
        for number in 0..<ids { response = response.text(1, "e\(number)") }
        for (field, numbers) in [(2, answer), (3, index), (4, block)] as [(UInt64, [UInt64])] {
            response = response.bytes(field, numbers.flatMap { RawMessage.varint($0) })
        }
        let answers = WireCoder().encode(CheckResponse(self.answer())) { unsafe [UInt8]($0) }
        // Field 1 of the response to one question is field 5 of this one.
        return response.bytes + [5 << 3 | 2] + answers.dropFirst()
    }

    @Test("Each item has its answer, its index and its block, or nothing is taken")
    func counts() {
        let contradictory = WireError(.contradictory, field: "ids")
        func refused(_ bytes: [UInt8]) -> WireError? { refusal(of: CheckEachResponse.self, bytes) }
        #expect(refused(bytes()) == nil)
        #expect(refused(bytes(ids: 1)) == contradictory)
        #expect(refused(bytes(ids: 3)) == contradictory)
        #expect(refused(bytes(answer: [0])) == contradictory)
        #expect(refused(bytes(index: [1])) == contradictory)
        #expect(refused(bytes(block: [1])) == contradictory)
        #expect(refused(bytes(answer: [0, 1])) == WireError(.outOfRange(0...0), field: "answer[1]"))
        #expect(refused(bytes(answer: [1 << 31, 0])) == WireError(.outOfRange(0...0), field: "answer[0]"))
    }
}
