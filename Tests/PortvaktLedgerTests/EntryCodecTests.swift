import Testing

@testable import PortvaktCore
@testable import PortvaktLedger

/// Puts a framed, sealed entry together the way the committer does.
private func sealed(_ encode: (inout ByteWriter) throws -> Void, stream: StreamID, number: UInt64 = 7) throws -> Entry {
    var writer = ByteWriter()
    try encode(&writer)
    var bytes: [UInt8] = []
    writer.withBytes { bytes.append(contentsOf: $0) }
    var builder = BlockBuilder(slot: 0, firstIndex: number, firstNumber: number)
    builder.add(bytes[...], count: 1)
    try builder.seal(TreeHasher())
    let block = Block(
        stream: stream, sequence: 1, firstIndex: number, count: 1, changesBefore: 0, root: .zero,
        payload: builder.payload)
    return try #require(try block.entries().first)
}

@Suite("Entries as bytes")
struct EntryCodecTests {
    let decisions = StreamID("decisions/node-1")!
    let changes = StreamID("changes/kommune")!

    @Test("Every random decision comes back as it was, its facts stand in the leaf")
    func decisionsComeBack() throws {
        var random = SeededGenerator(seed: printedSeed("decisionsComeBack"))
        for _ in 0..<500 {
            let record = random.decisionRecord()
            let entry = try sealed({ try EntryCodec.encode(record, into: &$0) }, stream: decisions)
            #expect(try EntryCodec.body(of: entry) == .decision(record))
            let summary = try EntryCodec.summary(ofLeaf: entry.leaf)
            #expect(summary.number == 7 && summary.time == record.at && summary.system == record.system)
            #expect(
                summary.details
                    == .decision(
                        effect: record.decision.effect, reasons: record.decision.reasons,
                        action: record.question.action,
                        purpose: record.question.purpose, revision: record.revision, policyHash: record.policyHash))
            #expect(try EntryCodec.requestID(inOpening: entry.opening) == record.requestID)
        }
    }

    @Test("Every random change comes back as it was", arguments: RecordKind.allCases)
    func changesComeBack(_ kind: RecordKind) throws {
        var random = SeededGenerator(seed: printedSeed("changesComeBack \(kind)"))
        for round in 0..<60 {
            var change = random.change()
            if round.isMultiple(of: 2) { change.event = .registered(random.record(kind)) }
            let entry = try sealed({ try EntryCodec.encode(change, into: &$0) }, stream: changes)
            #expect(try EntryCodec.body(of: entry) == .change(change))
        }
    }

    @Test("Two different values never have the same opening: a single bit changed is another record or no record")
    func bitsMatter() throws {
        var random = SeededGenerator(seed: printedSeed("bitsMatter"))
        for _ in 0..<20 {
            let record = random.decisionRecord()
            let entry = try sealed({ try EntryCodec.encode(record, into: &$0) }, stream: decisions)
            for place in EntryCodec.saltBytes..<entry.opening.count {
                var opening = entry.opening
                opening[place] ^= 1 << UInt8(random.number(0...7))
                let changed = Entry(stream: decisions, index: 7, leaf: entry.leaf, opening: opening)
                #expect(throws: EntryError.self) { try EntryCodec.body(of: changed) }
            }
        }
    }

    @Test("Hostile bytes give an error that names an offset, never a trap")
    func hostileBytes() throws {
        var random = SeededGenerator(seed: printedSeed("hostileBytes"))
        let hasher = try TreeHasher()
        for _ in 0..<2000 {
            let record = random.decisionRecord()
            let entry = try sealed({ try EntryCodec.encode(record, into: &$0) }, stream: decisions)
            var opening = entry.opening
            switch random.number(0...2) {
            case 0: opening.removeLast(random.number(1...opening.count - 1))
            case 1: opening[random.number(EntryCodec.saltBytes...opening.count - 1)] = UInt8(random.number(0...255))
            default: opening += [0]
            }
            // The commitment fits, so that the reading goes on into the damaged bytes.
            let leaf = entry.leaf.dropLast(32) + hasher.plain(opening).bytes
            let hostile = Entry(stream: decisions, index: 7, leaf: [UInt8](leaf), opening: opening)
            do {
                _ = try EntryCodec.body(of: hostile)
            } catch {
                #expect(error.offset >= 0 && error.offset <= opening.count + 1)
            }
        }
    }

    @Test("An erased entry still tells its facts, and says that the rest is erased")
    func erased() throws {
        var random = SeededGenerator(seed: 1)
        let entry = try sealed({ try EntryCodec.encode(random.decisionRecord(), into: &$0) }, stream: decisions)
        let erased = Entry(stream: decisions, index: 7, leaf: entry.leaf, opening: [])
        #expect(throws: EntryError(offset: 0, problem: .erased)) { try EntryCodec.body(of: erased) }
        #expect(try EntryCodec.summary(ofLeaf: erased.leaf) == EntryCodec.summary(ofLeaf: entry.leaf))
    }

    @Test("The activation of a profile is written with its reason under tag 10, without one under tag 8 as ever before")
    func activations() throws {
        let hash = [UInt8](repeating: 0xAB, count: 32)
        let name = try Identifier("lokal-15")
        func opening(_ reason: String?) throws -> [UInt8] {
            let change = Change(
                event: .profileActivated(
                    name: name, hash: hash, from: Instant(milliseconds: 1_790_000_000_000), reason: reason),
                registeredAt: Instant(milliseconds: 1_790_000_000_001), system: try ID("portvakt"),
                controller: try ID("kommune-a"))
            let entry = try sealed({ try EntryCodec.encode(change, into: &$0) }, stream: changes)
            #expect(try EntryCodec.body(of: entry) == .change(change))
            return Array(entry.opening)
        }
        // The tag stands before the name, which begins with its length.
        func tag(_ opening: [UInt8]) throws -> UInt8 {
            let name = [8] + Array("lokal-15".utf8)
            let place = try #require(opening.indices.first { opening[$0...].starts(with: name) })
            return opening[place - 1]
        }
        let with = try opening("vedtak-2026-14")
        let without = try opening(nil)
        #expect(try tag(with) == 10)
        #expect(try tag(without) == 8)
        #expect(with.suffix(14).elementsEqual("vedtak-2026-14".utf8))
        #expect(with.count > without.count)
    }

    @Test("A version that is not known is named")
    func unknownVersion() throws {
        var random = SeededGenerator(seed: 2)
        let entry = try sealed({ try EntryCodec.encode(random.decisionRecord(), into: &$0) }, stream: decisions)
        let newer = [2] + entry.leaf.dropFirst()
        #expect(throws: EntryError(offset: 0, problem: .unknownVersion(2))) { try EntryCodec.summary(ofLeaf: newer) }
    }

    @Test("A reason over the limit is refused, one at the limit is written")
    func longText() throws {
        var random = SeededGenerator(seed: 3)
        var record = random.decisionRecord()
        for (length, fits) in [(EntryCodec.maximumTextBytes, true), (EntryCodec.maximumTextBytes + 1, false)] {
            record.question.necessity = String(repeating: "x", count: length)
            var writer = ByteWriter()
            if fits {
                try EntryCodec.encode(record, into: &writer)
            } else {
                #expect(throws: EntryError.self) { try EntryCodec.encode(record, into: &writer) }
            }
        }
    }

    @Test("The fixed fields of a leaf stand where the format says")
    func layout() throws {
        let record = DecisionRecord(
            question: Question(actor: .person(try ID("p-1")), action: .logRead, object: .caseID(try ID("c-1"))),
            decision: Decision(effect: .deny, reasons: [.denyNoConsent], external: .deny, holdsUntil: .distantFuture),
            system: try ID("sys"), at: Instant(milliseconds: 0x0102_0304), revision: Revision(5),
            policyHash: [UInt8](repeating: 0xAA, count: 32))
        let entry = try sealed({ try EntryCodec.encode(record, into: &$0) }, stream: decisions, number: 9)
        let expected: [UInt8] =
            [1, 2] + [0, 0, 0, 0, 1, 2, 3, 4] + [0, 0, 0, 0, 0, 0, 0, 9] + [3] + Array("sys".utf8)
            + [
                Effect.deny.rawValue, 0, 1, Reason.denyNoConsent.rawValue, Action.logRead.rawValue,
                Purpose.samordning.rawValue,
            ]
            + [0, 0, 0, 0, 0, 0, 0, 5] + [32] + record.policyHash
        #expect(Array(entry.leaf.dropLast(32)) == expected)
    }

    @Test("A field that a record gains must be gained by the format: the number of fields is the one that is written")
    func fieldCounts() {
        var random = SeededGenerator(seed: 4)
        let expected: [RecordKind: Int] = [
            .controller: 2, .unit: 6, .person: 6, .relation: 5, .authority: 10, .capacity: 6, .employment: 6,
            .caseRecord: 13, .handover: 5, .grant: 14, .consent: 23, .meeting: 11, .objection: 4, .restriction: 5,
            .discussion: 4, .system: 6, .anonymousDiscussion: 5,
        ]
        for kind in RecordKind.allCases {
            let record = Mirror(reflecting: random.record(kind)).children.first!.value
            #expect(Mirror(reflecting: record).children.count == expected[kind], "\(kind)")
        }
        // Of these the value holds a box: what is in it counts.
        let question = random.question()
        withExtendedLifetime(question) {
            #expect(Mirror(reflecting: question.address.pointee).children.count == 18)
        }
        let fields = DecisionFields(
            effect: .deny, reasons: ShortWords(.denyAuth), external: .deny, obligations: ShortWords([], filler: .log),
            names: .written(RecordNames.Written()), holdsUntil: .distantFuture)
        #expect(Mirror(reflecting: fields).children.count == 9)
        #expect(Mirror(reflecting: RecordNames.Written()).children.count == 5)
        #expect(Mirror(reflecting: random.decisionRecord()).children.count == 7)
        #expect(Mirror(reflecting: random.change()).children.count == 6)
        #expect(Mirror(reflecting: random.labels()).children.count == 8)
    }
}
