import PortvaktCore
import PortvaktWire
import Testing

@Suite("Bytes that are no message, or too much of one")
struct HostileMessageTests {
    static let seeds = (0..<40).map { _ in UInt64.random(in: 0...UInt64.max) }

    @Test("Bytes that fit no field")
    func malformed() {
        for bytes in [[0xFF], [0x0A], [0x0A, 0x05, 0x01], [0x0F], [0x08], Array(repeating: 0xFF, count: 100)]
            as [[UInt8]]
        {
            #expect(refusal(of: CheckRequest.self, bytes) == WireError(.malformed), "\(bytes)")
        }
        // A number where a message should be.
        #expect(refusal(of: CheckRequest.self, RawMessage().number(1, 1).bytes) != nil)
    }

    @Test("A message cut off anywhere is refused, or is a message in itself", arguments: seeds)
    func truncated(seed: UInt64) {
        var model = RandomModel(seed: seed)
        let request = CheckRequest(model.question(), requestID: model.identifier())
        let bytes = WireCoder().encode(request) { unsafe [UInt8]($0) }
        for length in 0..<bytes.count {
            let taken = try? WireCoder().decode(CheckRequest.self, Array(bytes[..<length]))
            // The question is one field, so that only what stands after it can be cut off unseen.
            #expect(taken == nil || taken?.question == request.question, "seed \(seed), length \(length)")
        }
    }

    @Test("Changed bytes never end the process, and what is taken can be written again", arguments: seeds)
    func mutated(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        let request = RegisterRecordsRequest(header: model.header(), records: model.list(1...5) { $0.anyRecord() })
        let bytes = WireCoder().encode(request) { unsafe [UInt8]($0) }
        let coder = WireCoder()
        var taken = 0
        for _ in 0..<300 {
            var changed = bytes
            for _ in 0...Int.random(in: 0...3, using: &model.random) {
                let place = Int.random(in: 0..<changed.count, using: &model.random)
                switch Int.random(in: 0...2, using: &model.random) {
                case 0: changed[place] = .random(in: 0...255, using: &model.random)
                case 1: changed.remove(at: place)
                default: changed.insert(.random(in: 0...255, using: &model.random), at: place)
                }
                if changed.isEmpty { changed = [0] }
            }
            guard let request = try? coder.decode(RegisterRecordsRequest.self, changed) else { continue }
            taken += 1
            #expect(try roundTrip(request) == request, "seed \(seed)")
        }
        #expect(taken > 0, "seed \(seed): every change was refused, so nothing was written again")
    }

    @Test("Random bytes", arguments: seeds)
    func random(seed: UInt64) {
        var model = RandomModel(seed: seed)
        let coder = WireCoder()
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 0...80, using: &model.random)).map { _ in
                UInt8.random(in: 0...255, using: &model.random)
            }
            _ = try? coder.decode(CheckRequest.self, bytes)
            _ = try? coder.decode(CheckResponse.self, bytes)
            _ = try? coder.decode(QueryResponse.self, bytes)
        }
    }

    @Test("More bytes than a message may have")
    func oversized() {
        let bytes = [UInt8](repeating: 0, count: WireLimits.messageBytes + 1)
        #expect(refusal(of: CheckRequest.self, bytes) == WireError(.tooLarge(limit: WireLimits.messageBytes)))
    }

    @Test("Few bytes that stand for much memory, and the memory is given back")
    func amplified() {
        // Two bytes each: an empty record.
        let records =
            [UInt8](repeating: 0, count: 2 * 1_500_000).enumerated().map { $0.offset % 2 == 0 ? 0x12 : 0 } as [UInt8]
        let coder = WireCoder()
        #expect(throws: WireError(.tooLarge(limit: WireLimits.unpackedBytes))) {
            try coder.decode(RegisterRecordsRequest.self, records)
        }
        #expect(coder.capacity <= WireLimits.unpackedBytes)
        #expect(throws: WireError(.missing, field: "question")) { try coder.decode(CheckRequest.self, [UInt8]()) }
        #expect(coder.capacity <= 1024 * 1024)
    }

    @Test("A coder is used again after a refusal")
    func reuse() throws {
        let coder = WireCoder()
        for seed in Self.seeds {
            var model = RandomModel(seed: seed)
            let request = CheckRequest(model.question())
            let bytes = coder.encode(request) { unsafe [UInt8]($0) }
            _ = try? coder.decode(CheckRequest.self, Array(bytes.dropLast()))
            #expect(try coder.decode(CheckRequest.self, bytes) == request, "seed \(seed)")
        }
    }
}

@Suite("Limits of lists hold at their boundary")
struct ListLimitTests {
    func many(_ count: Int) -> WireError? {
        let labels = RawMessage().number(1, 1).text(3, "skole")
        var request = RawMessage().message(1, minimalQuestion())
        for number in 0..<count { request = request.message(2, RawMessage().text(1, "e\(number)").message(2, labels)) }
        return refusal(of: CheckManyRequest.self, request.bytes)
    }

    @Test("Questions of one CheckMany")
    func questions() {
        #expect(many(0) == WireError(.tooFew(minimum: 1), field: "items"))
        #expect(many(1) == nil)
        #expect(many(WireLimits.questions) == nil)
        #expect(many(WireLimits.questions + 1) == WireError(.tooMany(limit: WireLimits.questions), field: "items"))
    }

    @Test("Items of a list in a question")
    func items() {
        for (count, isTaken) in [(WireLimits.items, true), (WireLimits.items + 1, false)] {
            var labels = RawMessage().number(1, 1).text(3, "skole")
            for number in 0..<count { labels = labels.text(2, "p\(number)") }
            let request = RawMessage().message(1, minimalQuestion().message(8, labels))
            let expected = WireError(.tooMany(limit: WireLimits.items), field: "question.entry.about")
            #expect(refusal(of: CheckRequest.self, request.bytes) == (isTaken ? nil : expected))
        }
    }

    @Test("Records of one registration, and of one part of an import")
    func records() {
        let record = RawMessage().message(1, RawMessage().text(1, "kommune").number(2, 1))
        for (limit, field, type, first) in [
            (WireLimits.records, 2 as UInt64, 0, RawMessage().message(1, RawMessage().text(2, "kommune"))),
            (WireLimits.stagedRecords, 3, 1, RawMessage().text(1, "import")),
        ] {
            var request = first
            for _ in 0..<limit { request = request.message(field, record) }
            let more = request.message(field, record)
            let expected = WireError(.tooMany(limit: limit), field: "records")
            if type == 0 {
                #expect(refusal(of: RegisterRecordsRequest.self, request.bytes) == nil)
                #expect(refusal(of: RegisterRecordsRequest.self, more.bytes) == expected)
            } else {
                #expect(refusal(of: StageRequest.self, request.bytes) == nil)
                #expect(refusal(of: StageRequest.self, more.bytes) == expected)
            }
        }
    }

    @Test("Pages: the usual size, the largest, and a cursor")
    func pages() throws {
        func list(_ page: RawMessage) throws -> PageRequest {
            try WireCoder().decode(ListGrantsRequest.self, RawMessage().text(1, "sak").message(2, page).bytes).page
        }
        #expect(try list(RawMessage()).size == WireLimits.defaultPageItems)
        #expect(try list(RawMessage().number(1, 1000)).size == WireLimits.pageItems)
        #expect(throws: WireError(.outOfRange(1...1000), field: "page.size")) { try list(RawMessage().number(1, 1001)) }
        #expect(try list(RawMessage().bytes(2, Array(repeating: 7, count: 256))).cursor.count == WireLimits.cursorBytes)
        #expect(throws: WireError(.tooLong(limit: 256), field: "page.cursor")) {
            try list(RawMessage().bytes(2, Array(repeating: 7, count: 257)))
        }
    }

    @Test("An explanation that is too deep, or has no parent for a node")
    func explanation() {
        func nodes(_ depths: [UInt64]) -> WireError? {
            var model = RandomModel(seed: 3)
            var bytes = WireCoder().encode(ExplainResponse(model.answer())) { unsafe [UInt8]($0) }
            for depth in depths {
                bytes += RawMessage().message(3, RawMessage().number(1, depth).text(2, "rule").number(3, 1)).bytes
            }
            return refusal(of: ExplainResponse.self, bytes)
        }
        #expect(nodes([0, 1, 2, 1, 0]) == nil)
        #expect(nodes(Array(0...15)) == nil)
        #expect(nodes(Array(0...16)) == WireError(.outOfRange(0...15), field: "nodes[16].depth"))
        #expect(nodes([1]) == WireError(.contradictory, field: "nodes[0].depth"))
        #expect(nodes([0, 2]) == WireError(.contradictory, field: "nodes[1].depth"))
    }

    @Test("An explanation that does not fit says so")
    func tooMuchToExplain() throws {
        var model = RandomModel(seed: 9)
        let node = ExplanationNode(rule: "rule", outcome: .holds)
        func explain(_ steps: [ExplanationNode]) throws -> ExplainResponse {
            try roundTrip(ExplainResponse(model.answer(), explanation: Explanation(steps: steps)))
        }
        let whole = try explain(Array(repeating: node, count: WireLimits.explanationNodes))
        #expect(whole.isComplete && whole.explanation.steps.count == WireLimits.explanationNodes)
        let more = try explain(Array(repeating: node, count: WireLimits.explanationNodes + 1))
        #expect(!more.isComplete && more.explanation.steps.count == WireLimits.explanationNodes)
        let deep = (0...WireLimits.explanationDepth).reduce(node) { child, _ in
            ExplanationNode(rule: "rule", outcome: .holds, children: [child])
        }
        #expect(try !explain([deep]).isComplete)
        #expect(try explain(deep.children).isComplete)
    }
}
