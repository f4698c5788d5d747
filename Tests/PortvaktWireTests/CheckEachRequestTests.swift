import PortvaktCore
import PortvaktWire
import Testing

@Suite("A request about a whole log, unpacked at once")
struct CheckEachRequestTests {
    static let seeds = (0..<40).map { _ in UInt64.random(in: 0...UInt64.max) }

    /// A request item by item, or why it is refused. Labels that are alike in other bytes may be two subjects.
    private struct Outcome: Equatable {
        var ids: [Identifier]?
        var questions: [Question]?
        var requestID: Identifier?
        var atLeastAsFresh: Revision?
        var refusal: WireError?

        init(_ request: CheckEachRequest?, _ refusal: WireError?) {
            ids = request?.ids
            questions = request?.places.compactMap { request?.question(about: Int($0)) }
            requestID = request?.requestID
            atLeastAsFresh = request?.atLeastAsFresh
            self.refusal = refusal
        }
    }

    /// What protobuf-c's way gives.
    private func slowly(_ bytes: [UInt8]) -> Outcome {
        Outcome(
            (try? WireCoder().decode(CheckManyRequest.self, bytes)).map(CheckEachRequest.init),
            refusal(of: CheckManyRequest.self, bytes))
    }

    private func taken(_ bytes: [UInt8]) -> Outcome {
        Outcome(
            try? WireCoder().decode(CheckEachRequest.self, bytes), refusal(of: CheckEachRequest.self, bytes))
    }

    private func isUnpackedAtOnce(_ bytes: [UInt8]) -> Bool {
        unsafe bytes.withUnsafeBytes { unsafe CheckEachRequest.unpackedAtOnce($0, WireCoder()) } != nil
    }

    /// Entries with labels of which many are alike.
    private func request(_ model: inout RandomModel, items count: Int) throws -> CheckManyRequest {
        let labels = model.list(1...200) { $0.labels() }
        var common = model.question()
        common.entry = nil
        let items = try (0..<count).map { number in
            CheckManyRequest.Item(
                id: try Identifier("item-\(number)"),
                .entry(labels[Int.random(in: 0..<labels.count, using: &model.random)]))
        }
        return CheckManyRequest(
            common, items: items, requestID: model.perhaps { $0.identifier() },
            atLeastAsFresh: Revision(.random(in: 0...9, using: &model.random)))
    }

    @Test(
        "It is what protobuf-c's way gives: the ids, each different subject once, and which item has which",
        arguments: seeds)
    func same(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        let request = try request(&model, items: Int.random(in: 1...600, using: &model.random))
        let bytes = packed(request)
        #expect(isUnpackedAtOnce(bytes), "seed \(seed)")
        let one = try WireCoder().decode(CheckEachRequest.self, bytes)
        #expect(CheckEachRequest(try WireCoder().decode(CheckManyRequest.self, bytes)) == one, "seed \(seed)")
        #expect(one.ids == request.items.map(\.id))
        for (place, item) in zip(one.places, request.items) {
            #expect(one.question(about: Int(place)) == request.question(of: item), "seed \(seed)")
        }
        #expect(Set(one.subjects).count == one.subjects.count)
    }

    @Test("With whole questions among the items it is protobuf-c's, and the same", arguments: seeds)
    func mixed(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        var request = try request(&model, items: 20)
        request.items.append(.init(id: model.identifier(), .question(model.question())))
        let bytes = WireCoder().encode(request) { unsafe [UInt8]($0) }
        #expect(!isUnpackedAtOnce(bytes))
        #expect(taken(bytes) == slowly(bytes), "seed \(seed)")
        #expect(taken(bytes).ids?.count == 21)
    }

    @Test("Changed bytes give the same request or the same refusal, whichever way", arguments: seeds)
    func mutated(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        let request = try request(&model, items: 6)
        let bytes = packed(request)
        for _ in 0..<300 {
            var changed = bytes
            for _ in 0...Int.random(in: 0...2, using: &model.random) {
                let place = Int.random(in: 0..<changed.count, using: &model.random)
                switch Int.random(in: 0...3, using: &model.random) {
                case 0: changed[place] = .random(in: 0...255, using: &model.random)
                case 1: changed.remove(at: place)
                case 2: changed.removeLast(changed.count - max(place, 1))
                default: changed.insert(.random(in: 0...255, using: &model.random), at: place)
                }
                if changed.isEmpty { changed = [0] }
            }
            #expect(taken(changed) == slowly(changed), "seed \(seed), \(changed)")
        }
    }

    @Test(
        "What is refused is refused as protobuf-c's way refuses it: no item, too many, an id twice, no question, two questions"
    )
    func refused() throws {
        var model = RandomModel(seed: 7)
        let good = try request(&model, items: 3)
        var cases: [CheckManyRequest] = []
        for change: (inout CheckManyRequest) throws -> Void in [
            { $0.items = [] }, { $0.question = nil }, { $0.items.append($0.items[0]) },
            { [labels = model.labels()] in $0.question?.entry = labels },
            { request in
                request.items = try (0...WireLimits.questions).map { number in
                    .init(id: try Identifier("item-\(number)"), request.items[0].subject)
                }
            },
        ] {
            var changed = good
            try change(&changed)
            cases.append(changed)
        }
        for request in cases {
            let bytes = packed(request)
            #expect(taken(bytes).refusal != nil && taken(bytes) == slowly(bytes))
        }
        // The same field twice: protobuf merges, and so does what is taken.
        let twice = packed(good)
        let doubled = twice + (WireCoder().encode(CheckManyRequest(good.question, items: [])) { unsafe [UInt8]($0) })
        #expect(!isUnpackedAtOnce(doubled) && taken(doubled) == slowly(doubled))
    }
}
