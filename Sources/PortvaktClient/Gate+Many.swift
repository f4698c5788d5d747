public import NIOCore
public import PortvaktCore
internal import PortvaktWire

extension Gate {
    /// Asks about many things at one revision and one instant: the entries of a log, for example.
    /// - Parameter questions: each with an id of the caller's, unique among them.
    /// - Returns: a ruling for every id. What does not fit its questions is refused, and so is everything after it.
    public func checkMany(
        _ questions: [(id: Identifier, question: Question)], requestID: Identifier? = nil, timeout: TimeAmount? = nil
    ) async -> [Identifier: Ruling] {
        var rulings: [Identifier: Ruling] = [:]
        rulings.reserveCapacity(questions.count)
        for await (id, ruling) in checkEach(questions, requestID: requestID, timeout: timeout) { rulings[id] = ruling }
        return rulings
    }

    /// Asks about entries of one log, each with its labels, as ``checkEach(_:requestID:timeout:)`` does.
    /// - Parameter question: what they have in common.
    public func checkEach(
        _ question: Question, entries: [(id: Identifier, labels: EntryLabels)], requestID: Identifier? = nil,
        timeout: TimeAmount? = nil
    ) -> GateRulings {
        var common = question
        common.entry = nil
        return rulings(.entries(common, entries), requestID, timeout)
    }

    /// Asks about many things, and gives each ruling as soon as the server has decided and recorded it.
    ///
    /// Every id gets exactly one ruling, in the order of the questions. The iteration starts the asking; ending it early stops it.
    public func checkEach(
        _ questions: [(id: Identifier, question: Question)], requestID: Identifier? = nil, timeout: TimeAmount? = nil
    ) -> GateRulings {
        rulings(.questions(questions), requestID, timeout)
    }

    private func rulings(_ asked: Asked, _ requestID: Identifier?, _ timeout: TimeAmount?) -> GateRulings {
        GateRulings(gate: self, asked: asked, requestID: requestID, timeout: timeout ?? self.timeout)
    }
}

/// What is asked about, as the caller has it: a list of thousands is not copied.
enum Asked: Sendable {
    case questions([(id: Identifier, question: Question)])
    /// Entries of one log, and what they have in common.
    case entries(Question, [(id: Identifier, labels: EntryLabels)])

    /// Taken once: a list's subscript, and a span's, copies the whole element for its id.
    var ids: [Identifier] {
        switch self {
        case .questions(let questions): questions.map { $0.id }
        case .entries(_, let entries): entries.map { $0.id }
        }
    }

    func question(of item: Int) -> Question {
        switch self {
        case .questions(let questions): return questions[item].question
        case .entries(var question, let entries):
            question.entry = entries[item].labels
            return question
        }
    }
}

/// The rulings of many questions, in their order, as they come.
public struct GateRulings: AsyncSequence, Sendable {
    public typealias Element = (id: Identifier, ruling: Ruling)
    public typealias Failure = Never

    let gate: Gate
    let asked: Asked
    let requestID: Identifier?
    let timeout: TimeAmount

    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// Used by one task at a time.
    public struct Iterator: AsyncIteratorProtocol {
        private let rulings: GateRulings
        private let ids: [Identifier]
        /// The first item that no ruling has been given for.
        private var next = 0
        /// Where the request that is open ends.
        private var end = 0
        private var stream: ChannelStream<CheckEachResponse>.Iterator?
        /// When the question of the ruling that was given last was asked, or before.
        package private(set) var begun = ContinuousClock.now
        private var part = CheckEachResponse()
        /// The answers of the part, judged once.
        private var judged: [Ruling] = []
        private var taken = 0
        /// Why there are no more answers.
        private var failure: Refusal?

        init(_ rulings: GateRulings) {
            self.rulings = rulings
            let ids = rulings.asked.ids
            self.ids = ids
            if CheckManyRequest.Item.firstRepetition(count: ids.count, { ids[$0] }) != nil {
                failure = .unanswered(.badQuestion(field: "items.id"))
            }
        }

        public mutating func next() async -> Element? { await next(isolation: #isolation) }

        public mutating func next(isolation actor: isolated (any _Concurrency.Actor)?) async -> Element? {
            guard next < ids.count else { return nil }
            if failure == nil, taken == part.items.count { await refill(isolation: actor) }
            defer { next += 1 }
            let id = ids[next]
            if let failure { return (id, rulings.gate.counted(.refused(failure))) }
            let ruling = takeRuling()
            guard case .allowed(let receipt) = ruling, rulings.gate.hasHandler(for: receipt.obligations) else {
                return (id, rulings.gate.counted(ruling))
            }
            return (id, await rulings.gate.settled(ruling, rulings.asked.question(of: next), begun: begun))
        }

        /// Takes the next answer of the part, which has one and whose ids fit.
        private mutating func takeRuling() -> Ruling {
            let answered = part.items[taken]
            taken += 1
            switch judged[answered.answer] {
            case .allowed(var receipt):
                // The answer may have run out while it waited here.
                guard begun.duration(to: .now) < receipt.span else { return .refused(.unanswered(.expired)) }
                receipt.entry.index = answered.index
                receipt.entry.block = answered.block
                return .allowed(receipt)
            case let other: return other.at(answered.index, answered.block)
            }
        }

        /// Takes the next part of the stream, or opens the next one; sets `failure` when there is none.
        private mutating func refill(isolation actor: isolated (any _Concurrency.Actor)?) async {
            if next == end { open() }
            guard var reading = stream else { return }
            do throws(ChannelFailure) {
                repeat {
                    guard let message = try await reading.next(isolation: actor) else {
                        // Fewer answers than questions.
                        failure = .unanswered(.mismatch)
                        return
                    }
                    part = message
                } while part.items.isEmpty
            } catch {
                failure = Gate.refusal(for: error)
                return
            }
            stream = reading
            taken = 0
            let last = next + part.items.count
            guard last <= end, zip(ids[next..<last], part.items).allSatisfy({ $0 == $1.id }) else {
                failure = .unanswered(.mismatch)
                return
            }
            let elapsed = begun.duration(to: .now)
            judged = part.answers.map { rulings.gate.judge.ruling(on: $0, elapsed: elapsed) }
        }

        private mutating func open() {
            end = Swift.min(next + Gate.maximumBatch, ids.count)
            begun = .now
            let channel = rulings.gate.channel
            switch rulings.asked {
            case .questions(let questions):
                let items = questions[next..<end].map { CheckManyRequest.Item(id: $0.id, .question($0.question)) }
                let request = CheckManyRequest(items: items, requestID: rulings.requestID)
                stream = channel.stream(.checkEach, request, timeout: rulings.timeout).makeAsyncIterator()
            case .entries(let question, let entries):
                stream = channel.checkEach(
                    question, entries[next..<end], requestID: rulings.requestID, timeout: rulings.timeout
                ).makeAsyncIterator()
            }
        }
    }
}

extension Ruling {
    /// The same refusal, recorded at another place.
    fileprivate func at(_ index: UInt64, _ block: UInt64) -> Ruling {
        switch self {
        case .refused(.denied(var receipt, let missing)):
            receipt.entry.index = index
            receipt.entry.block = block
            return .refused(.denied(receipt, missing: missing))
        case .refused(.notFound(var receipt)):
            receipt.entry.index = index
            receipt.entry.block = block
            return .refused(.notFound(receipt))
        default: return self
        }
    }
}
