import PortvaktCore
import PortvaktWire
import Testing

@Suite("What leaves of a decision")
struct AnswerTests {
    static let seeds = (0..<100).map { _ in UInt64.random(in: 0...UInt64.max) }

    @Test("The answers for what is hidden and for what does not exist are the same bytes", arguments: seeds)
    func notFound(seed: UInt64) {
        var model = RandomModel(seed: seed)
        var hidden = model.record()
        hidden.decision.external = .not_found
        hidden.decision.effect = .refer
        hidden.decision.reasons = [.denyProtected, .denyHabilitet]
        var unknown = hidden
        unknown.question = model.question()
        unknown.decision = Decision(
            effect: .deny, reasons: [.denyNotFound], external: .not_found, holdsUntil: model.instant())
        let entry = model.entry()
        let bytes = [hidden, unknown].map { record in
            WireCoder().encode(CheckResponse(Answer(record, entry: entry))) { unsafe [UInt8]($0) }
        }
        #expect(bytes[0] == bytes[1], "seed \(seed)")
    }

    @Test("An answer packed at once has protobuf-c's bytes", arguments: seeds)
    func packedAtOnce(seed: UInt64) {
        var model = RandomModel(seed: seed)
        var answer = model.answer()
        var variants = [answer]
        answer.missing = []
        variants.append(answer)
        answer.singleUse.toggle()
        answer.emergencyMinutes = UInt32(truncatingIfNeeded: seed)
        answer.reasons += Reason.allCases
        answer.holdsUntil = .distantPast
        answer.revision = Revision(seed)
        answer.entry = EntryReference(
            stream: String(repeating: "s", count: Int(seed % 300)), index: seed >> (seed % 64), block: seed)
        variants.append(answer)
        answer.entry = nil
        answer.reasons = []
        answer.policyHash = []
        answer.decidedAt = Instant(milliseconds: 0)
        variants.append(answer)
        for answer in variants {
            let packed = WireCoder().encodeCheck(answer) { unsafe [UInt8]($0) }
            let expected = WireCoder().encode(CheckResponse(answer)) { unsafe [UInt8]($0) }
            #expect(packed == expected, "seed \(seed)")
        }
    }

    @Test("A recorded decision packed at once is packed as its answer is", arguments: seeds)
    func packedDecision(seed: UInt64) {
        var model = RandomModel(seed: seed)
        var record = model.record()
        let entry = model.entry()
        for missing in [record.decision.missing, []] {
            record.decision.missing = missing
            for external in [ExternalAnswer.allow, .deny, .not_found] {
                record.decision.external = external
                var answer = Answer(record, entry: entry)
                answer.singleUse = seed % 2 == 0
                let packed = WireCoder().encodeCheck(
                    record.decision, at: record.at, revision: record.revision, policyHash: record.policyHash,
                    entry: entry, singleUse: answer.singleUse
                ) { unsafe [UInt8]($0) }
                #expect(packed == WireCoder().encode(CheckResponse(answer)) { unsafe [UInt8]($0) }, "seed \(seed)")
            }
        }
    }

    @Test("A request about a log packed at once has protobuf-c's bytes", arguments: seeds)
    func packedLog(seed: UInt64) {
        var model = RandomModel(seed: seed)
        var common = model.question()
        common.entry = nil
        var items = (0..<Int(seed % 40)).map { _ in
            CheckManyRequest.Item(id: model.identifier(), .entry(model.labels()))
        }
        var labels = model.labels()
        labels.withheldUntil = Instant(milliseconds: seed % 3 == 0 ? 0 : -Int64(seed % 1000))
        labels.topics = []
        items.append(.init(id: model.identifier(), .entry(labels)))
        let requests = [
            CheckManyRequest(common, items: items, requestID: model.identifier(), atLeastAsFresh: Revision(seed)),
            CheckManyRequest(items: items), CheckManyRequest(common, items: []),
        ]
        for request in requests {
            #expect(packed(request) == WireCoder().encode(request) { unsafe [UInt8]($0) }, "seed \(seed)")
        }
    }

    @Test("An id that an item before it has is found, wherever it stands", arguments: seeds)
    func repeated(seed: UInt64) {
        var model = RandomModel(seed: seed)
        let labels = model.labels()
        var seen = Set<Identifier>()
        let ids = (0..<Int(1 + seed % 300)).map { _ in model.identifier() }.filter { seen.insert($0).inserted }
        var items = ids.map { CheckManyRequest.Item(id: $0, .entry(labels)) }
        #expect(
            CheckManyRequest.Item.firstRepetition(in: items) == nil
                && CheckManyRequest.Item.firstRepetition(in: []) == nil)
        let place = 1 + Int(seed >> 8) % items.count
        items.insert(items[Int(seed >> 16) % place], at: place)
        items.append(items[0])
        #expect(CheckManyRequest.Item.firstRepetition(in: items) == place, "seed \(seed)")
    }

    @Test("An answer of not_found may be relied on for no time")
    func holds() {
        var model = RandomModel(seed: 4)
        var record = model.record()
        record.decision.external = .not_found
        let answer = Answer(record, entry: model.entry())
        #expect(answer.holdsUntil == record.at)
        #expect(answer.effect == .deny && answer.reasons == [.denyNotFound] && answer.missing.isEmpty)
    }

    func allow() -> Answer {
        var model = RandomModel(seed: 5)
        return Answer(
            effect: .allow, external: .allow, reasons: [.allowConsent], holdsUntil: model.instant(),
            decidedAt: model.instant(), revision: Revision(7), entry: model.entry(), policyHash: model.hash())
    }

    func refused(_ answer: Answer) -> WireError? {
        do {
            _ = try roundTrip(CheckResponse(answer))
            return nil
        } catch { return error as? WireError }
    }

    @Test("An allow that contradicts itself is taken by nobody")
    func contradictions() {
        #expect(refused(allow()) == nil)
        var answer = allow()
        answer.entry = nil
        #expect(refused(answer) == WireError(.contradictory, field: "answer.entry"))
        answer = allow()
        answer.external = .deny
        #expect(refused(answer) == WireError(.contradictory, field: "answer.external"))
        answer = allow()
        answer.reasons = [.allowConsent, .denyHabilitet]
        #expect(refused(answer) == WireError(.contradictory, field: "answer.reasons[1]"))
        answer = allow()
        answer.reasons = []
        #expect(refused(answer) == WireError(.missing, field: "answer.reasons"))
        answer = allow()
        answer.policyHash = []
        #expect(refused(answer) == WireError(.missing, field: "answer.policy_hash"))
        #expect(refusal(of: CheckResponse.self, []) == WireError(.missing, field: "answer"))
    }

    func response(effect: UInt64, reasons: [UInt64], obligations: [UInt64] = [], more: RawMessage = RawMessage())
        -> [UInt8]
    {
        var answer = RawMessage().number(1, effect).number(2, effect == 1 ? 1 : 2)
        for reason in reasons { answer = answer.number(3, reason) }
        for obligation in obligations { answer = answer.number(4, obligation) }
        answer = answer.message(9, RawMessage().text(1, "decisions/node")).bytes(10, [UInt8](repeating: 1, count: 32))
        return RawMessage().message(1, RawMessage(bytes: answer.bytes + more.bytes)).bytes
    }

    @Test("A newer reason is told by its class, and by nothing else")
    func newerReasons() throws {
        let answer = try WireCoder().decode(CheckResponse.self, response(effect: 2, reasons: [82, 190])).answer
        #expect(answer.reasons == [.denyNoConsent] && answer.unknownReasons == [190])
        let newest = try WireCoder().decode(CheckResponse.self, response(effect: 1, reasons: [63])).answer
        #expect(newest.reasons.isEmpty && newest.unknownReasons == [63])
        #expect(
            refusal(of: CheckResponse.self, response(effect: 1, reasons: [190]))
                == WireError(.contradictory, field: "answer.reasons[0]"))
        for number in [0, 256, 1000] as [UInt64] {
            #expect(
                refusal(of: CheckResponse.self, response(effect: 1, reasons: [number]))
                    == WireError(.unknownValue(UInt32(number)), field: "answer.reasons[0]"))
        }
    }

    @Test("An unknown effect, external answer or obligation is refused; an unknown field is not")
    func newerAnswers() {
        #expect(
            refusal(of: CheckResponse.self, response(effect: 4, reasons: [1]))
                == WireError(.unknownValue(4), field: "answer.effect"))
        #expect(
            refusal(of: CheckResponse.self, response(effect: 1, reasons: [1], obligations: [1, 99]))
                == WireError(.unknownValue(99), field: "answer.obligations[1]"))
        let more = RawMessage().number(99, 1)
        #expect(refusal(of: CheckResponse.self, response(effect: 1, reasons: [1], more: more)) == nil)
    }
}

@Suite("Many questions at once")
struct CheckManyTests {
    @Test("An id stands once")
    func ids() throws {
        var model = RandomModel(seed: 6)
        let item = CheckManyRequest.Item(id: model.identifier(), .question(model.question()))
        #expect(throws: WireError(.duplicate, field: "items[1].id")) {
            try roundTrip(CheckManyRequest(items: [item, item]))
        }
    }

    @Test("An entry needs the question that it belongs to")
    func question() throws {
        var model = RandomModel(seed: 7)
        let labels = model.labels()
        let item = CheckManyRequest.Item(id: model.identifier(), .entry(labels))
        #expect(throws: WireError(.missing, field: "question")) { try roundTrip(CheckManyRequest(items: [item])) }
        var shared = model.question()
        shared.entry = labels
        #expect(throws: WireError(.misplaced, field: "question.entry")) {
            try roundTrip(CheckManyRequest(shared, items: [item]))
        }
        shared.entry = nil
        let request = try roundTrip(CheckManyRequest(shared, items: [item]))
        var whole = shared
        whole.entry = labels
        #expect(request.question(of: request.items[0]) == whole)
    }
}
