package import CPortvaktProto
package import PortvaktCore

/// The request of `Access.CheckEach` as a server takes it: each different thing that is asked about once. Entries of a log mostly
/// have the labels of a few others.
package struct CheckEachRequest: Equatable, Sendable {
    /// What the items that are entries have in common.
    package let question: Question?
    /// Of the items, in order.
    package let ids: [Identifier]
    /// The different things, in the order of the first item about each.
    package let subjects: [CheckManyRequest.Item.Subject]
    /// For each item, the place of its subject among the different ones.
    package let places: [Int32]
    package let requestID: Identifier?
    package let atLeastAsFresh: Revision

    /// Items.
    package var count: Int { ids.count }

    /// The whole question about a subject.
    package func question(about subject: Int) -> Question {
        switch subjects[subject] {
        case .question(let question): return question
        case .entry(let labels):
            // Decoding has made sure of it.
            guard var question else { preconditionFailure("an entry without a question") }
            question.entry = labels
            return question
        }
    }
}

extension CheckEachRequest {
    /// - Parameter request: that has been decoded: every item has a question.
    package init(_ request: CheckManyRequest) {
        var subjects: [CheckManyRequest.Item.Subject] = []
        var known: [CheckManyRequest.Item.Subject: Int32] = [:]
        places = request.items.map { item in
            if let place = known[item.subject] { return place }
            let place = Int32(subjects.count)
            known[item.subject] = place
            subjects.append(item.subject)
            return place
        }
        self.subjects = subjects
        question = request.question
        ids = request.items.map(\.id)
        requestID = request.requestID
        atLeastAsFresh = request.atLeastAsFresh
    }
}

extension CheckEachRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__CheckManyRequest>) {
        unsafe portvakt__v1__check_many_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__CheckManyRequest>, _ reader: WireReader) throws(WireError) {
        self.init(try unsafe CheckManyRequest(form, reader))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__CheckManyRequest>, _ writer: WireWriter) {
        let items = zip(ids, places).map { CheckManyRequest.Item(id: $0, subjects[Int($1)]) }
        unsafe CheckManyRequest(question, items: items, requestID: requestID, atLeastAsFresh: atLeastAsFresh)
            .write(form, writer)
    }

    package static func unpackedAtOnce(_ bytes: UnsafeRawBufferPointer, _ coder: WireCoder) -> CheckEachRequest? {
        unsafe UnpackedItems(bytes, coder)?.request
    }
}

/// A request about entries of a log while it is unpacked from its bytes: labels that are alike byte for byte are taken apart once.
///
/// protobuf-c's way, with a value of labels for each item, took a tenth of the server's time. Labels and question still are
/// protobuf-c's, with all its checks; and whatever is not of the plain shape (a field twice or unknown, an id that is none, an item that
/// is a whole question) is left to it altogether: it names what is wrong.
private struct UnpackedItems {
    private var question: Question?
    private var ids: [Identifier] = []
    private var labels = LabelTable()
    private var places: [Int32] = []
    private var requestID: Identifier?
    private var freshness: UInt64?

    /// `nil` when the bytes are not of the plain shape.
    @unsafe init?(_ bytes: UnsafeRawBufferPointer, _ coder: WireCoder) {
        var reader = unsafe PackedReader(bytes)
        while unsafe !reader.isAtEnd {
            guard let tag = unsafe reader.byte(), unsafe take(tag, &reader, coder) else { return nil }
        }
        guard !ids.isEmpty, ids.count <= WireLimits.questions, let question, question.entry == nil,
            CheckManyRequest.Item.firstRepetition(count: ids.count, { ids[$0] }) == nil
        else { return nil }
    }

    var request: CheckEachRequest {
        CheckEachRequest(
            question: question, ids: ids, subjects: labels.values.map { .entry($0) }, places: places,
            requestID: requestID, atLeastAsFresh: Revision(freshness ?? 0))
    }

    private mutating func take(_ tag: UInt8, _ reader: inout PackedReader, _ coder: WireCoder) -> Bool {
        switch tag {
        case PackedTag.of(1, 2) where question == nil:
            guard let bytes = unsafe reader.bytes() else { return false }
            question = try? unsafe coder.decode(from: bytes)
            return question != nil
        case PackedTag.of(2, 2):
            guard let bytes = unsafe reader.bytes() else { return false }
            return unsafe takeItem(bytes, coder)
        case PackedTag.of(3, 2) where requestID == nil:
            guard let bytes = unsafe reader.bytes() else { return false }
            requestID = unsafe Self.identifier(bytes)
            return requestID != nil
        case PackedTag.of(4, 0) where freshness == nil:
            freshness = unsafe reader.varint()
            return freshness != nil
        default: return false
        }
    }

    /// An item is its id and its labels, in this order and nothing else.
    private mutating func takeItem(_ bytes: UnsafeRawBufferPointer, _ coder: WireCoder) -> Bool {
        var reader = unsafe PackedReader(bytes)
        guard unsafe reader.byte() == PackedTag.of(1, 2), let id = unsafe reader.bytes().flatMap(Self.identifier),
            unsafe reader.byte() == PackedTag.of(2, 2), let packed = unsafe reader.bytes(), unsafe reader.isAtEnd,
            let place = unsafe labels.place(of: packed, coder)
        else { return false }
        ids.append(id)
        places.append(place)
        return true
    }

    private static func identifier(_ bytes: UnsafeRawBufferPointer) -> Identifier? {
        try? unsafe Identifier(utf8: bytes.assumingMemoryBound(to: UInt8.self))
    }
}

/// The different labels of a request, found by their bytes, which lie in the request and outlive the table.
@safe private struct LabelTable {
    private(set) var values: [EntryLabels] = []
    private var packed: [UnsafeRawBufferPointer] = unsafe []
    /// A part of the hash of the bytes, and the place and one; 0 where there is none. At most half of it is taken.
    private var slots = [(hash: UInt32, place: Int32)](repeating: (0, 0), count: 64)

    /// - Parameter bytes: that stay where they are as long as the table is used.
    /// - Returns: `nil` when they are no labels.
    mutating func place(of bytes: UnsafeRawBufferPointer, _ coder: WireCoder) -> Int32? {
        let hash = UInt32(truncatingIfNeeded: unsafe KeyedHash.of(bytes) >> 16)
        var slot = Int(hash) & (slots.count - 1)
        while slots[slot].place != 0 {
            let place = slots[slot].place - 1
            if slots[slot].hash == hash, unsafe packed[Int(place)].elementsEqual(bytes) { return place }
            slot = (slot + 1) & (slots.count - 1)
        }
        guard let labels = try? unsafe coder.decode(EntryLabels.self, from: bytes) else { return nil }
        values.append(labels)
        unsafe packed.append(bytes)
        slots[slot] = (hash, Int32(values.count))
        if values.count * 2 > slots.count { grow() }
        return Int32(values.count - 1)
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: (0, 0), count: old.count * 2)
        for entry in old where entry.place != 0 {
            var slot = Int(entry.hash) & (slots.count - 1)
            while slots[slot].place != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = entry
        }
    }
}
