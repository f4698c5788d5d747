package import CPortvaktProto
public import PortvaktCore

/// `Access.CheckMany`: many questions at one revision and one instant.
public struct CheckManyRequest: Equatable, Sendable {
    public struct Item: Equatable, Sendable {
        /// The caller's id of the item, unique in the request.
        public var id: Identifier
        public var subject: Subject

        public enum Subject: Hashable, Sendable {
            /// The request's question, about an entry with these labels.
            case entry(EntryLabels)
            /// A question by itself.
            indirect case question(Question)
        }

        public init(id: Identifier, _ subject: Subject) {
            self.id = id
            self.subject = subject
        }
    }

    /// What the items that are entries have in common.
    public var question: Question?
    /// 1 to ``WireLimits/questions``.
    public var items: [Item]
    public var requestID: Identifier?
    public var atLeastAsFresh: Revision

    public init(
        _ question: Question? = nil, items: [Item], requestID: Identifier? = nil, atLeastAsFresh: Revision = .zero
    ) {
        self.question = question
        self.items = items
        self.requestID = requestID
        self.atLeastAsFresh = atLeastAsFresh
    }

    /// The whole question of an item; `nil` for an entry when the request has no question of its own, which decoding
    /// refuses.
    public func question(of item: Item) -> Question? {
        switch item.subject {
        case .question(let question): return question
        case .entry(let labels):
            guard var question else { return nil }
            question.entry = labels
            return question
        }
    }
}

extension CheckManyRequest.Item {
    /// The place of the first item whose id an item before it has.
    ///
    /// A table of places beside the items: a set of the ids takes three times as long, and both ends look for each request.
    package static func firstRepetition(in items: [Self]) -> Int? {
        firstRepetition(count: items.count) { items[$0].id }
    }

    /// The same for items with these ids.
    package static func firstRepetition(count: Int, _ id: (Int) -> Identifier) -> Int? {
        // At most half of the table is taken.
        let size = 1 << (Int.bitWidth - max(2 * count, 1).leadingZeroBitCount)
        // An item's place and one, behind the upper half of its id's hash; 0 where there is none.
        var table = [UInt64](repeating: 0, count: size)
        for index in 0..<count {
            let hash = UInt64(bitPattern: Int64(id(index)._rawHashValue(seed: 0)))
            let lower = UInt64(UInt32.max)
            let upper = hash & ~lower
            var slot = Int(truncatingIfNeeded: hash) & (size - 1)
            while table[slot] != 0 {
                if table[slot] & ~lower == upper, id(Int(table[slot] & lower) - 1) == id(index) { return index }
                slot = (slot + 1) & (size - 1)
            }
            table[slot] = upper | UInt64(index + 1)
        }
        return nil
    }
}

extension CheckManyRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__CheckManyRequest>) {
        unsafe portvakt__v1__check_many_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__CheckManyRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.optional(form.pointee.question, "question"),
            items: reader.messages(form.pointee.n_items, form.pointee.items, "items", limit: WireLimits.questions),
            requestID: reader.optionalIdentifier(form.pointee.request_id, "request_id"),
            atLeastAsFresh: Revision(form.pointee.at_least_as_fresh))
        guard !items.isEmpty else { throw WireError(.tooFew(minimum: 1), field: "items") }
        guard question?.entry == nil else { throw WireError(.misplaced, field: "question.entry") }
        try checkItems(reader)
    }

    private func checkItems(_ reader: WireReader) throws(WireError) {
        if let index = Item.firstRepetition(in: items) {
            throw WireError(.duplicate, field: "id").inside(index: index).inside("items")
        }
        if question == nil, items.contains(where: { if case .entry = $0.subject { true } else { false } }) {
            throw reader.missing("question")
        }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__CheckManyRequest>, _ writer: WireWriter) {
        unsafe form.pointee.question = unsafe writer.optional(question)
        unsafe (form.pointee.n_items, form.pointee.items) = unsafe writer.forms(items)
        unsafe form.pointee.request_id = unsafe writer.text(requestID)
        unsafe form.pointee.at_least_as_fresh = atLeastAsFresh.number
    }
}

extension CheckManyRequest.Item: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__CheckManyItem>) {
        unsafe portvakt__v1__check_many_item__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__CheckManyItem>, _ reader: WireReader) throws(WireError) {
        let id = try unsafe reader.identifier(form.pointee.id, "id")
        switch unsafe form.pointee.item_case {
        case PORTVAKT__V1__CHECK_MANY_ITEM__ITEM_ENTRY:
            self.init(id: id, .entry(try unsafe reader.message(form.pointee.entry, "entry")))
        case PORTVAKT__V1__CHECK_MANY_ITEM__ITEM_QUESTION:
            self.init(id: id, .question(try unsafe reader.message(form.pointee.question, "question")))
        default: throw reader.missing("entry")
        }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__CheckManyItem>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        switch subject {
        case .entry(let labels):
            unsafe form.pointee.item_case = PORTVAKT__V1__CHECK_MANY_ITEM__ITEM_ENTRY
            unsafe form.pointee.entry = unsafe writer.form(labels)
        case .question(let question):
            unsafe form.pointee.item_case = PORTVAKT__V1__CHECK_MANY_ITEM__ITEM_QUESTION
            unsafe form.pointee.question = unsafe writer.form(question)
        }
    }
}

public struct CheckManyResponse: Equatable, Sendable {
    public struct Answered: Equatable, Sendable {
        /// The item's id.
        public var id: Identifier
        public var answer: Answer

        public init(id: Identifier, _ answer: Answer) {
            self.id = id
            self.answer = answer
        }
    }

    /// In the order of the items. That every item has exactly one is for the caller to check.
    public var answers: [Answered]

    public init(_ answers: [Answered]) { self.answers = answers }
}

extension CheckManyResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__CheckManyResponse>) {
        unsafe portvakt__v1__check_many_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__CheckManyResponse>, _ reader: WireReader) throws(WireError) {
        self.init(
            try unsafe reader.messages(
                form.pointee.n_answers, form.pointee.answers, "answers", limit: WireLimits.questions))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__CheckManyResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_answers, form.pointee.answers) = unsafe writer.forms(answers)
    }
}

extension CheckManyResponse.Answered: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__CheckManyAnswer>) {
        unsafe portvakt__v1__check_many_answer__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__CheckManyAnswer>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.identifier(form.pointee.id, "id"), reader.message(form.pointee.answer, "answer"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__CheckManyAnswer>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.answer = unsafe writer.form(answer)
    }
}
