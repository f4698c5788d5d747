internal import PortvaktCore

/// Reads the lists of records (`controllers`, `units`, …) of a document. See docs/import.md for the keys.
struct RecordReader {
    let references: References

    /// All lists of a mapping, in the order in which they can be registered.
    func records(_ lists: ValueReader) -> [LocatedRecord] {
        lists.mapping { mapping in RecordList.allCases.flatMap { records(of: $0, in: mapping) } } ?? []
    }

    /// One list, when the mapping has it.
    func records(of list: RecordList, in mapping: MappingReader) -> [LocatedRecord] {
        guard let value = mapping.optional(list.rawValue) else { return [] }
        if case .empty = value.node.content { return [] }
        let read = value.list { element in
            element.mapping { mapping in
                record(of: list, in: mapping).map { LocatedRecord($0.record, at: element.node.place, $0) }
            }
        }
        return read.map { Self.ordered($0, in: list) } ?? []
    }

    /// A record with what happened to it, before its place is known.
    struct Dated {
        var record: Record
        var registeredAt = Instant.distantPast
        var followUps: [LocatedRecord.FollowUp] = []

        init(_ record: Record) { self.record = record }
    }

    private func record(of list: RecordList, in mapping: MappingReader) -> Dated? {
        switch list {
        case .controllers: controller(mapping).map { Dated(.controller($0)) }
        case .units: unit(mapping).map { Dated(.unit($0)) }
        case .persons: person(mapping).map { Dated(.person($0)) }
        case .relations: relation(mapping).map { Dated(.relation($0)) }
        case .employments: employment(mapping).map { Dated(.employment($0)) }
        case .authorities: authority(mapping).map { Dated(.authority($0)) }
        case .capacities: capacity(mapping).map { Dated(.capacity($0)) }
        case .cases: caseRecord(mapping).map { Dated(.caseRecord($0)) }
        case .handovers: handover(mapping).map { Dated(.handover($0)) }
        case .meetings: meeting(mapping).map { Dated(.meeting($0)) }
        case .grants: grant(mapping)
        case .consents: consent(mapping)
        case .objections: objection(mapping).map { Dated(.objection($0)) }
        case .restrictions: restriction(mapping).map { Dated(.restriction($0)) }
        case .discussions: discussion(mapping).map { Dated(.discussion($0)) }
        case .systems: system(mapping).map { Dated(.system($0)) }
        }
    }

    /// A unit that replaces another comes after it, wherever the file has it.
    private static func ordered(_ records: [LocatedRecord], in list: RecordList) -> [LocatedRecord] {
        guard list == .units else { return records }
        var waiting = records
        var placed: Set<Identifier> = []
        var ordered: [LocatedRecord] = []
        let own = Set(records.map(\.record.identifier))
        while !waiting.isEmpty {
            let (ready, rest) = waiting.partitioned { located in
                guard case .unit(let unit) = located.record, let older = unit.namedIn?.identifier else { return true }
                return placed.contains(older) || !own.contains(older)
            }
            // A circle of renamings is for the registration to refuse.
            guard !ready.isEmpty else { return ordered + rest }
            ordered += ready
            placed.formUnion(ready.map(\.record.identifier))
            waiting = rest
        }
        return ordered
    }

    /// The record's own id, or one made from the list and the place for the lists where FORMAT gives none.
    func id<Kind>(_ mapping: MappingReader, or prefix: String) -> ID<Kind>? {
        if let given = mapping.optional("id") { return given.id() }
        return try? ID("\(prefix)-l\(mapping.place.line)c\(mapping.place.column)")
    }

    /// `from` and `until`.
    func validity(_ mapping: MappingReader) -> Validity {
        Validity(
            from: mapping.optional("from")?.instant() ?? .distantPast,
            until: mapping.optional("until")?.instant() ?? .distantFuture)
    }

    /// A list that is empty when the key is missing.
    func list<Element>(_ value: ValueReader?, _ element: (ValueReader) -> Element?) -> [Element] {
        value?.list(element) ?? []
    }
}

extension LocatedRecord {
    fileprivate init(_ record: Record, at place: SourcePlace, _ dated: RecordReader.Dated) {
        self.init(record, at: place, registeredAt: dated.registeredAt, followUps: dated.followUps)
    }
}

extension Array {
    fileprivate func partitioned(_ belongs: (Element) -> Bool) -> (yes: [Element], no: [Element]) {
        var parts: (yes: [Element], no: [Element]) = ([], [])
        for element in self {
            if belongs(element) { parts.yes.append(element) } else { parts.no.append(element) }
        }
        return parts
    }
}
