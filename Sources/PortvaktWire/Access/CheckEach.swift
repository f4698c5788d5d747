package import CPortvaktProto
internal import CProtobufC
public import PortvaktCore

/// Some of the answers of `Access.CheckEach`: each different one once, and for each item which one and where it is recorded.
public struct CheckEachResponse: Equatable, Sendable {
    /// What one item was answered.
    public struct Answered: Equatable, Sendable {
        public var id: Identifier
        /// The place of the answer among the different ones.
        public var answer: Int
        /// The item's own entry: its place in the stream of the answer's entry, and its block.
        public var index: UInt64
        public var block: UInt64
    }

    public private(set) var items: [Answered] = []
    public private(set) var answers: [Answer] = []

    public init() {}

    /// Adds an answer that is none of those before.
    /// - Returns: its place, for the items that have it.
    public mutating func add(_ answer: Answer) -> Int {
        answers.append(answer)
        return answers.count - 1
    }

    /// Adds an item with the place of its answer and of its own entry.
    public mutating func add(_ id: Identifier, answer: Int, index: UInt64, block: UInt64) {
        items.append(Answered(id: id, answer: answer, index: index, block: block))
    }

    /// Adds the answer to an item.
    public mutating func add(_ id: Identifier, _ answer: Answer) {
        // The newest ones first: entries of one kind mostly follow each other.
        let place = answers.lastIndex { $0.isSame(as: answer) } ?? add(answer)
        add(id, answer: place, index: answer.entry?.index ?? 0, block: answer.entry?.block ?? 0)
    }

    /// The whole answer of an item.
    public func answer(of item: Answered) -> Answer {
        var answer = answers[item.answer]
        answer.entry?.index = item.index
        answer.entry?.block = item.block
        return answer
    }
}

extension Answer {
    /// Whether nothing differs but the entry's place.
    fileprivate func isSame(as other: Answer) -> Bool {
        effect == other.effect && external == other.external && reasons == other.reasons
            && holdsUntil == other.holdsUntil && obligations == other.obligations && missing == other.missing
            && emergencyMinutes == other.emergencyMinutes && singleUse == other.singleUse
            && unknownReasons == other.unknownReasons && decidedAt == other.decidedAt && revision == other.revision
            && entry?.stream == other.entry?.stream && policyHash == other.policyHash
    }
}

extension CheckEachResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__CheckEachResponse>) {
        unsafe portvakt__v1__check_each_response__init(form)
    }

    package init(
        _ form: UnsafePointer<Portvakt__V1__CheckEachResponse>, _ reader: WireReader
    ) throws(WireError) {
        answers = try unsafe reader.messages(form.pointee.n_answers, form.pointee.answers, "answers")
        let count = unsafe form.pointee.n_ids
        guard unsafe count == form.pointee.n_answer, unsafe count == form.pointee.n_index,
            unsafe count == form.pointee.n_block
        else { throw WireError(.contradictory, field: "ids") }
        let ids = try unsafe reader.list(
            count, form.pointee.ids, "ids", limit: WireLimits.questions
        ) { (text) throws(WireError) in try unsafe reader.identifier(text, "") }
        items.reserveCapacity(count)
        for place in 0..<count {
            let answer = unsafe Int(form.pointee.answer[place])
            guard answer < answers.count else {
                throw WireError(.outOfRange(0...Int64(max(answers.count, 1) - 1)), field: "answer[\(place)]")
            }
            items.append(
                unsafe Answered(
                    id: ids[place], answer: answer, index: form.pointee.index[place], block: form.pointee.block[place]))
        }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__CheckEachResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_ids, form.pointee.ids) = unsafe writer.texts(items.lazy.map(\.id.text))
        let places = unsafe writer.memory(of: UInt32.self, count: items.count)
        let indices = unsafe writer.memory(of: UInt64.self, count: items.count)
        let blocks = unsafe writer.memory(of: UInt64.self, count: items.count)
        for (place, item) in items.enumerated() {
            unsafe places[place] = UInt32(item.answer)
            unsafe indices[place] = item.index
            unsafe blocks[place] = item.block
        }
        unsafe (form.pointee.n_answer, form.pointee.answer) = unsafe (items.count, places)
        unsafe (form.pointee.n_index, form.pointee.index) = unsafe (items.count, indices)
        unsafe (form.pointee.n_block, form.pointee.block) = unsafe (items.count, blocks)
        unsafe (form.pointee.n_answers, form.pointee.answers) = unsafe writer.forms(answers)
    }
}
