internal import PortvaktCore

/// Compares the openings that a stream of decisions lacks with the erasures that are recorded in it: an opening that somebody
/// emptied in the file looks as an erased one does, and no root tells them apart.
///
/// An erasure names its entries. A retention run gives numbers only, so it explains as many openings before it as it says. An act
/// whose own opening is gone says nothing any more, and explains what stands before it; a later act must explain its own.
struct ErasureAccount {
    private struct Run {
        var index: UInt64
        /// Openings that it may have erased.
        var count: UInt64
    }

    private let stream: StreamID
    private var missing: [UInt64] = []
    private var named: Set<UInt64> = []
    private var runs: [Run] = []

    init(of stream: StreamID) { self.stream = stream }

    /// Entries are taken in their order.
    mutating func take(_ index: UInt64, _ leaf: UnsafeRawBufferPointer, _ opening: UnsafeRawBufferPointer) {
        if unsafe opening.isEmpty { missing.append(index) }
        // An entry's kind stands behind its version.
        guard leaf.count > 1, unsafe leaf[1] == EntryKind.audit.rawValue else { return }
        take(Entry(stream: stream, index: index, leaf: unsafe [UInt8](leaf), opening: unsafe [UInt8](opening)))
    }

    private mutating func take(_ entry: Entry) {
        guard let summary = try? EntryCodec.summary(ofLeaf: entry.leaf), case .audit(let call, _) = summary.details,
            call == .erased || call == .retention
        else { return }
        guard !entry.isErased else { return runs.append(Run(index: entry.index, count: .max)) }
        guard case .audit(let record)? = try? EntryCodec.uncheckedBody(of: entry, summary) else { return }
        if call == .retention {
            if let count = record.erasedByRetention { runs.append(Run(index: entry.index, count: count)) }
        } else {
            for place in record.entries where place.stream == stream && place.index < entry.index {
                named.insert(place.index)
            }
        }
    }

    /// The first entry whose opening is gone and which no recorded act explains.
    func finding() -> (index: UInt64, what: String)? {
        var first: UInt64?
        var (later, room) = (runs[...], UInt64(0))
        // From the end: only what is recorded behind an entry explains it.
        for index in missing.reversed() where !named.contains(index) {
            while let run = later.last, run.index > index {
                let (sum, isOver) = room.addingReportingOverflow(run.count)
                room = isOver ? .max : sum
                later.removeLast()
            }
            if room == 0 { first = index } else if room < .max { room -= 1 }
        }
        guard let first else { return nil }
        return (first, "its opening is gone, and no erasure or retention that is recorded behind it explains that")
    }
}

extension AuditRecord {
    /// What stands before the numbers of a retention run that erases, one for each class: `decisions=12 security=0`.
    package static let retentionErased = "erased: "

    /// How many openings a retention run erased, as its entry says; `nil` when it only counted.
    var erasedByRetention: UInt64? {
        guard text.hasPrefix(Self.retentionErased) else { return nil }
        let words = text.dropFirst(Self.retentionErased.count).prefix { $0 != ";" }
        return words.split(separator: " ").reduce(0) { sum, word in
            sum + (word.split(separator: "=").last.flatMap { UInt32($0) }.map(UInt64.init) ?? 0)
        }
    }
}
