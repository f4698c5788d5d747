import PortvaktCore
import PortvaktWire
import Testing

/// Packs a message with one coder and takes it with another, as two machines would.
func roundTrip<Message: WireMessage>(_ message: Message) throws -> Message {
    let bytes = WireCoder().encode(message) { unsafe [UInt8]($0) }
    return try WireCoder().decode(Message.self, bytes)
}

@Suite("Questions and answers come out as they went in")
struct AccessRoundTripTests {
    static let seeds = (0..<200).map { _ in UInt64.random(in: 0...UInt64.max) }

    @Test("A random question", arguments: seeds)
    func check(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        let request = CheckRequest(
            model.question(), requestID: model.perhaps { $0.identifier() }, atLeastAsFresh: Revision(seed))
        #expect(try roundTrip(request) == request, "seed \(seed)")
    }

    @Test("A random answer", arguments: seeds)
    func answer(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        let response = CheckResponse(model.answer())
        #expect(try roundTrip(response) == response, "seed \(seed)")
    }

    @Test("Many random questions, of both forms", arguments: seeds.prefix(50))
    func checkMany(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        var shared = model.question()
        shared.entry = nil
        let items = (0..<Int.random(in: 1...40, using: &model.random)).map { _ in
            CheckManyRequest.Item(
                id: model.identifier(), model.flag() ? .entry(model.labels()) : .question(model.question()))
        }
        let unique = Dictionary(items.map { ($0.id, $0) }) { $1 }.values
        let request = CheckManyRequest(shared, items: Array(unique), requestID: model.identifier())
        #expect(try roundTrip(request) == request, "seed \(seed)")
        let response = CheckManyResponse(request.items.map { .init(id: $0.id, model.answer()) })
        #expect(try roundTrip(response) == response, "seed \(seed)")
    }

    @Test("A random explanation, a tree of any shape", arguments: seeds.prefix(50))
    func explain(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        let request = ExplainRequest(model.question(), requestID: model.perhaps { $0.identifier() })
        #expect(try roundTrip(request) == request, "seed \(seed)")
        let response = ExplainResponse(
            model.answer(), decision: model.perhaps { $0.decision() },
            explanation: Explanation(steps: model.explanation()), remedies: model.remedies())
        #expect(try roundTrip(response) == response, "seed \(seed)")
    }
}
