import Foundation
import PortvaktCore
import Testing

@testable import PortvaktLedger

/// Speed of the parts, printed. See ``LedgerBenchmarkTests``.
@Suite(
    "Speed of the parts", .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["PORTVAKT_BENCH"] != nil, "PORTVAKT_BENCH is not set"))
struct EncodingBenchmarkTests {
    private func report(_ what: String, _ count: Int, _ body: () throws -> Void) rethrows {
        let clock = ContinuousClock()
        var best = Duration.seconds(1000)
        for _ in 0..<5 { best = try min(best, clock.measure(body)) }
        print("\(what): \(Int(best / .nanoseconds(1)) / count) ns")
    }

    @Test("Encoding, gathering, sealing and hashing, nanoseconds for each entry")
    func parts() throws {
        let records = try (0..<1024).map(LedgerBenchmark.sample)
        var writer = ByteWriter()
        try report("encode", records.count) {
            for record in records {
                writer.removeAll()
                try EncodingBenchmarkTests.encode(record, &writer)
            }
        }
        let stream = StreamID("decisions/node-1")!
        var gathered = Gathered()
        try report("encode and gather", records.count) {
            gathered = Gathered(reservingLike: gathered)
            for record in records {
                try EncodingBenchmarkTests.encode(record, &writer)
                gathered.take(&writer, stream: stream, request: nil)
            }
        }
        let hasher = try TreeHasher()
        try report("sort, seal, tree", records.count) {
            var table = StreamTable()
            var builder = CommitBuilder()
            try builder.add(gathered, &table, hasher)
            _ = try builder.finish(&table, hasher)
        }
        var block = BlockBuilder(slot: 0, firstIndex: 0, firstNumber: 0)
        block.add(gathered.bytes[...], count: records.count)
        report("seal", records.count) { try? block.seal(hasher) }
        print("bytes of an entry: \(gathered.bytes.count / records.count)")
    }

    private static func encode(_ record: DecisionRecord, _ writer: inout ByteWriter) throws {
        try EntryCodec.encode(record, into: &writer)
    }
}
