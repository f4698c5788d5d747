package import PortvaktCore

// The request that asks about a whole log, packed at once, as the answer of a check is: protobuf-c's way took a quarter of
// the caller's time. A test holds that the bytes are the same.

/// Entries of one log that are asked about, each with the caller's id: as the caller has them, since a list of items would copy them all.
package typealias AskedEntries = ArraySlice<(id: Identifier, labels: EntryLabels)>

extension WireCoder {
    /// Packs a request about entries.
    package func encodeEntries<Result>(
        _ question: Question?, _ entries: AskedEntries, requestID: Identifier?, atLeastAsFresh: Revision = .zero,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        var items = 0
        for (_, labels) in entries { items += unsafe PackedWriter.bound(of: labels) }
        let question = question.map { unsafe encode($0) { unsafe [UInt8]($0) } }
        let start = unsafe memory(of: items + (question?.count ?? 0) + Identifier.maximumLength + 32)
        var writer = unsafe PackedWriter(start)
        if let question { unsafe writer.message(1, question) }
        // A loop copies each element once; a subscript, and a span's, once for each of its fields that is read.
        for (id, labels) in entries { unsafe writer.write(id, labels) }
        if let requestID { unsafe writer.text(3, requestID) }
        unsafe writer.number(4, atLeastAsFresh.number)
        return unsafe body(UnsafeRawBufferPointer(start: start, count: writer.place - start))
    }
}

@unsafe extension PackedWriter {
    /// Bytes that an item takes at most: its texts (its id, the author, persons and topics), each with a tag and a length,
    /// and the rest.
    fileprivate static func bound(of labels: EntryLabels) -> Int {
        let texts = labels.about.count + labels.topics.count + 2
        return texts * (Identifier.maximumLength + 2) + 64
    }

    /// Field 2 of the request: an item about an entry.
    fileprivate mutating func write(_ id: Identifier, _ labels: EntryLabels) {
        let inner = unsafe Self.size(of: labels)
        unsafe tag(2, 2)
        unsafe varint(UInt64(PackedSize.size(ofText: id) + 1 + PackedSize.size(ofVarint: UInt64(inner)) + inner))
        unsafe text(1, id)
        unsafe tag(2, 2)
        unsafe varint(UInt64(inner))
        unsafe number(1, UInt64(labels.category.rawValue))
        for person in labels.about { unsafe text(2, person.identifier) }
        unsafe text(3, labels.author.identifier)
        for topic in labels.topics { unsafe text(4, topic.identifier) }
        unsafe number(5, UInt64(labels.withheld?.rawValue ?? 0))
        if let until = labels.withheldUntil {
            let number = UInt64(bitPattern: until.milliseconds)
            unsafe tag(6, 2)
            unsafe varint(UInt64(PackedSize.size(ofNumber: number)))
            unsafe self.number(1, number)
        }
        unsafe number(7, labels.neededForFa ? 1 : 0)
        unsafe number(8, labels.sameTreatment ? 1 : 0)
    }

    private static func size(of labels: EntryLabels) -> Int {
        var size = PackedSize.size(ofNumber: UInt64(labels.category.rawValue))
        for person in labels.about { size += PackedSize.size(ofText: person.identifier) }
        size += PackedSize.size(ofText: labels.author.identifier)
        for topic in labels.topics { size += PackedSize.size(ofText: topic.identifier) }
        size += PackedSize.size(ofNumber: UInt64(labels.withheld?.rawValue ?? 0))
        if let until = labels.withheldUntil {
            // A message of at most eleven bytes: its length takes one.
            size += 2 + PackedSize.size(ofNumber: UInt64(bitPattern: until.milliseconds))
        }
        return size + (labels.neededForFa ? 2 : 0) + (labels.sameTreatment ? 2 : 0)
    }
}
