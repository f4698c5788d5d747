import Foundation
import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger

@Suite("Exports and proofs for strangers")
struct ExportTests {
    let stream = StreamID("decisions/node-1")!

    /// A ledger with so many decisions and a checkpoint over all of them.
    private func ledger(_ count: Int, _ folder: String, _ key: SigningKey) throws -> (Ledger, MemoryStore) {
        let store = MemoryStore()
        func open() throws -> Ledger {
            try openLedger(
                store, checkpoints: Checkpointer(origin: "portvakt.example", key: key, guardFile: folder + "/guard"))
        }
        let first = try open()
        let answers = Answers()
        let lane = first.lane { $0() }
        for number in 0..<count { lane.append(try LedgerBenchmark.sample(number)) { answers.add($0) } }
        first.stop()
        #expect(answers.durable.count == count)
        return (try open(), store)
    }

    @Test("Tiles have the names that the format gives them")
    func names() {
        #expect(TilePath.path(1_234_067, 256) == "x001/x234/067")
        #expect(TilePath.path(0, 256) == "000")
        #expect(TilePath.path(999, 1) == "999.p/1")
        #expect(TilePath.path(1000, 255) == "x001/000.p/255")
        #expect(TilePath.hashes(level: 1, number: 5, width: 256) == "tile/1/005")
        #expect(TilePath.entries(number: 273, width: 112) == "tile/entries/273.p/112")
    }

    @Test(
        "A stream's folder is two elements below the export's, and an ordinary name is kept as it is",
        arguments: [
            ("node-1", "node-1"), ("kommune_A.3", "kommune_A.3"), ("../../escape", "%2E%2E%2F%2E%2E%2Fescape"),
            ("..", "%2E%2E"), (".", "%2E"), (".hidden", "%2Ehidden"), ("a/../b", "a%2F..%2Fb"), ("/x", "%2Fx"),
            ("%2F", "%252F"), ("urn:x", "urn%3Ax"),
        ])
    func folders(_ owner: String, _ element: String) throws {
        let stream = StreamID(kind: .changes, owner: try Identifier(owner))
        #expect(LedgerExport(of: stream, below: "/out").folder == "/out/changes/" + element)
    }

    @Test("Names of every kind are read back from their exports; a stream that is there twice is refused")
    func everyName() throws {
        try withFolder { folder in
            let key = try SigningKey.generate(name: "log.example/a")
            let names = ["changes/../../escape", "changes/.hidden", "changes/a/b", "changes/changes/a", "changes/b"]
            for name in names {
                let stream = try #require(StreamID(name))
                let note = try Checkpoint(origin: "log.example/a/\(name)", size: 0, root: TreeHasher().emptyRoot)
                    .signed(by: key)
                let export = LedgerExport(of: stream, below: folder + "/x/y/out")
                // Nothing stands in it, so no tile has made the folder.
                try FileManager.default.createDirectory(atPath: export.folder, withIntermediateDirectories: true)
                try export.write(
                    MemoryStore(), stream: stream, checkpoint: note, openings: true)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/x/y") == ["out"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/x") == ["y"])
            let found = try ExportReader.all(in: folder + "/x/y/out")
            #expect(found.map(\.stream.description) == names.sorted())
            for export in found {
                let verified = try LedgerExport(folder: export.folder).verify(by: KeyRing([key.verifier]))
                #expect(verified.checkpoint.stream(of: KeyRing([key.verifier])) == export.stream)
            }
            try FileManager.default.copyItem(
                atPath: folder + "/x/y/out/changes/b", toPath: folder + "/x/y/out/changes/c")
            let error = #expect(throws: LedgerError.self) { try ExportReader.all(in: folder + "/x/y/out") }
            #expect(error?.description.contains("changes/b") == true)
        }
    }

    @Test(
        "An export verifies with the public key alone, with and without openings", arguments: [1, 255, 256, 257, 1500])
    func exported(_ count: Int) throws {
        try withFolder { folder in
            let key = try SigningKey.generate(name: "portvakt.example")
            let (ledger, store) = try ledger(count, folder, key)
            let note = try #require(ledger.checkpoint(of: stream))
            for openings in [true, false] {
                let export = LedgerExport(folder: "\(folder)/export-\(openings)")
                try export.write(store, stream: stream, checkpoint: note, openings: openings)
                let (checkpoint, report) = try export.verify(by: KeyRing([key.verifier]))
                #expect(report.isGood && report.entries == UInt64(count) && checkpoint.size == UInt64(count))
                #expect(report.heads.map(\.root) == (try ledger.heads().map(\.root)))
                let stranger = try SigningKey.generate(name: "portvakt.example").verifier
                #expect(throws: LedgerError.self) { try export.verify(by: KeyRing([stranger])) }
            }
            ledger.stop()
        }
    }

    @Test("Each byte of each file of an export matters: a changed one is found")
    func changedFiles() throws {
        try withFolder { folder in
            var random = SeededGenerator(seed: printedSeed("changedFiles"))
            let key = try SigningKey.generate(name: "portvakt.example")
            let (ledger, store) = try ledger(600, folder, key)
            let note = try #require(ledger.checkpoint(of: stream))
            ledger.stop()
            let export = LedgerExport(folder: folder + "/export")
            try export.write(store, stream: stream, checkpoint: note, openings: true)
            let root = URL(fileURLWithPath: export.folder)
            let files = try FileManager.default.subpathsOfDirectory(atPath: export.folder)
                .filter { !root.appendingPathComponent($0).hasDirectoryPath }
                .filter { (try? Data(contentsOf: root.appendingPathComponent($0))) != nil }
            #expect(files.count == 11)
            for file in files {
                let url = root.appendingPathComponent(file)
                let good = try Data(contentsOf: url)
                for _ in 0..<6 {
                    var bad = good
                    bad[random.number(0...bad.count - 1)] ^= 1 << UInt8(random.number(0...7))
                    try bad.write(to: url)
                    #expect(!isGood(export, key), "\(file)")
                }
                try FileManager.default.removeItem(at: url)
                #expect(!isGood(export, key), "\(file) missing")
                try good.write(to: url)
                #expect(isGood(export, key))
            }
        }
    }

    @Test("An export over an older one leaves none of its unfinished tiles, nor openings that are not wanted")
    func exportedAgain() throws {
        try withFolder { folder in
            let key = try SigningKey.generate(name: "portvakt.example")
            let export = LedgerExport(folder: folder + "/export")
            func files() throws -> [String] {
                try FileManager.default.subpathsOfDirectory(atPath: export.folder).filter { path in
                    var isFolder: ObjCBool = false
                    _ = FileManager.default.fileExists(atPath: "\(export.folder)/\(path)", isDirectory: &isFolder)
                    return !isFolder.boolValue
                }.sorted()
            }
            let (first, store) = try ledger(300, folder, key)
            first.stop()
            let small = try Checkpoint(
                origin: "portvakt.example/\(stream)", size: 290,
                root: LedgerVerifier.root(of: stream, size: 290, in: store)
            ).signed(by: key)
            let note = try #require(first.checkpoint(of: stream))
            try export.write(store, stream: stream, checkpoint: small, openings: true)
            #expect(try files().contains("openings/001.p/34"))
            try export.write(store, stream: stream, checkpoint: note, openings: true)
            #expect(try files().filter { $0.contains("001.p/") && !$0.hasSuffix("/44") } == [])
            #expect(isGood(export, key))
            try Data("kept".utf8).write(to: URL(fileURLWithPath: export.folder + "/note.txt"))
            try export.write(store, stream: stream, checkpoint: note, openings: false)
            #expect(
                try files() == [
                    "checkpoint", "note.txt", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000",
                    "tile/entries/001.p/44",
                ])
            #expect(isGood(export, key))
        }
    }

    @Test("An export over an older one leaves that one whole until its own checkpoint is there, whenever it ends")
    func olderStaysWhole() throws {
        try withFolder { folder in
            let key = try SigningKey.generate(name: "portvakt.example")
            let export = LedgerExport(folder: folder + "/export")
            let (ledger, store) = try ledger(300, folder, key)
            let note = try #require(ledger.checkpoint(of: stream))
            try export.write(store, stream: stream, checkpoint: note, openings: true)
            // Names of the older export's files that show what becomes of them: written in place, they would show the new content.
            let manager = FileManager.default
            let kept = ["openings/000", "openings/001.p/44", "tile/entries/000", "tile/0/000", "checkpoint"]
            for (place, path) in kept.enumerated() {
                try manager.linkItem(atPath: "\(export.folder)/\(path)", toPath: "\(folder)/kept-\(place)")
            }
            func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }
            let before = try kept.indices.map { try bytes("\(folder)/kept-\($0)") }
            #expect(try ledger.erase([7, 290], of: stream) == 2)
            ledger.stop()
            // Ends in the middle, as when the disk is full: the last tile has no place.
            let blocked = export.folder + "/tile/entries/001.p/44"
            let entries = try bytes(blocked)
            try manager.removeItem(atPath: blocked)
            try manager.createDirectory(atPath: blocked + "/x", withIntermediateDirectories: true)
            #expect(throws: LedgerError.self) {
                try export.write(store, stream: stream, checkpoint: note, openings: true)
            }
            try manager.removeItem(atPath: blocked)
            try entries.write(to: URL(fileURLWithPath: blocked))
            #expect(isGood(export, key))
            try export.write(store, stream: stream, checkpoint: note, openings: true)
            #expect(isGood(export, key))
            #expect(try kept.indices.map { try bytes("\(folder)/kept-\($0)") } == before)
            #expect(try bytes(export.folder + "/openings/000").count < before[0].count)
            #expect(try manager.subpathsOfDirectory(atPath: export.folder).allSatisfy { !$0.hasSuffix(".new") })
        }
    }

    @Test("A checkpoint is written when the tiles are durable, not before, and not when they cannot be made so")
    func durableFirst() throws {
        try withFolder { folder in
            let key = try SigningKey.generate(name: "portvakt.example")
            let (ledger, store) = try ledger(300, folder, key)
            let note = try #require(ledger.checkpoint(of: stream))
            ledger.stop()
            let export = LedgerExport(of: stream, below: folder + "/out")
            let tiles = try export.writeTiles(store, stream: stream, checkpoint: note, openings: true)
            let error = #expect(throws: LedgerError.self) { try ExportReader.all(in: folder + "/out") }
            #expect(error?.description.contains("has entries and no checkpoint") == true)
            func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(export.folder)/\(path)") }
            let full = LedgerError.file(path: export.folder, problem: "could not be made durable: No space left")
            #expect(throws: full) {
                try tiles.finish { synced throws(LedgerError) in
                    #expect(synced == export.folder && isThere("openings/001.p/44") && isThere("tile/1/000.p/1"))
                    throw full
                }
            }
            #expect(!isThere("checkpoint"))
            try tiles.finish()
            #expect(isGood(export, key))
        }
    }

    @Test("A folder that cannot be read is not passed over: a stream may be in it")
    func unreadableFolder() throws {
        try withFolder { folder in
            let key = try SigningKey.generate(name: "portvakt.example")
            let (ledger, store) = try ledger(3, folder, key)
            let note = try #require(ledger.checkpoint(of: stream))
            ledger.stop()
            let out = folder + "/out"
            try LedgerExport(of: stream, below: out).write(store, stream: stream, checkpoint: note, openings: true)
            // A file, and a link to nothing, hold no stream. A link to itself cannot be opened, whoever asks.
            try Data("kept".utf8).write(to: URL(fileURLWithPath: out + "/note.txt"))
            let manager = FileManager.default
            try manager.createSymbolicLink(atPath: out + "/nothing", withDestinationPath: "away")
            #expect(try ExportReader.all(in: out).count == 1)
            try manager.createSymbolicLink(atPath: out + "/loop", withDestinationPath: "loop")
            let error = #expect(throws: LedgerError.self) { try ExportReader.all(in: out) }
            #expect(error?.description.contains("\(out)/loop could not be opened") == true)
        }
    }

    @Test("What was signed of another size is compared: another history of the same key is found, and an old one")
    func otherHistory() throws {
        try withFolder { folder in
            let key = try SigningKey.generate(name: "portvakt.example")
            let (ledger, store) = try ledger(300, folder, key)
            let note = try #require(ledger.checkpoint(of: stream))
            ledger.stop()
            let export = LedgerExport(folder: folder + "/export")
            try export.write(store, stream: stream, checkpoint: note, openings: true)
            let ring = KeyRing([key.verifier])
            for size in [1, 255, 256, 257, 299, 300] as [UInt64] {
                let root = try LedgerVerifier.root(of: stream, size: size, in: store)
                let kept = GuardedHead(stream: stream, size: size, root: root)
                #expect(try export.verify(by: ring, signed: [kept]).report.isGood)
                let other = GuardedHead(stream: stream, size: size, root: .zero)
                #expect(try export.verify(by: ring, signed: [other]).report.findings.map(\.index) == [size - 1])
            }
            let later = GuardedHead(stream: stream, size: 301, root: .zero)
            #expect(try export.verify(by: ring, signed: [later]).report.findings.map(\.index) == [300])
        }
    }

    @Test("An export that is whole in itself is not that of a checkpoint over another history of its size")
    func otherCheckpoint() throws {
        try withFolder { folder in
            let key = try SigningKey.generate(name: "portvakt.example")
            for name in ["a", "b"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
                let (ledger, store) = try ledger(300, "\(folder)/\(name)", key)
                let note = try #require(ledger.checkpoint(of: stream))
                ledger.stop()
                let export = LedgerExport(folder: "\(folder)/\(name)/export")
                try export.write(store, stream: stream, checkpoint: note, openings: true)
                #expect(isGood(export, key))
            }
            let (own, other) = ("\(folder)/b/export/checkpoint", "\(folder)/a/export/checkpoint")
            try FileManager.default.removeItem(atPath: own)
            try FileManager.default.copyItem(atPath: other, toPath: own)
            let report = try LedgerExport(folder: "\(folder)/b/export").verify(by: KeyRing([key.verifier])).report
            #expect(report.findings.map(\.what) == ["the entries together are not what was signed"])
        }
    }

    @Test("A stream's export that has lost its checkpoint is not passed over")
    func withoutCheckpoint() throws {
        try withFolder { folder in
            let key = try SigningKey.generate(name: "portvakt.example")
            let (ledger, store) = try ledger(3, folder, key)
            let note = try #require(ledger.checkpoint(of: stream))
            ledger.stop()
            // A controller may be called what a part of an export is.
            for name in ["decisions/node-1", "changes/tile"] {
                let export = LedgerExport(of: try #require(StreamID(name)), below: folder + "/out")
                let own = try Checkpoint(origin: "portvakt.example/\(name)", size: 3, root: ledger.heads()[0].root)
                try export.write(
                    store, stream: stream, checkpoint: name == "decisions/node-1" ? note : own.signed(by: key),
                    openings: true)
            }
            #expect(try ExportReader.all(in: folder + "/out").count == 2)
            for name in ["decisions/node-1", "changes/tile"] {
                let path = "\(folder)/out/\(name)"
                try FileManager.default.moveItem(atPath: path + "/checkpoint", toPath: path + "/away")
                let error = #expect(throws: LedgerError.self) { try ExportReader.all(in: folder + "/out") }
                #expect(error?.description.contains("\(path) has entries and no checkpoint") == true)
                try FileManager.default.moveItem(atPath: path + "/away", toPath: path + "/checkpoint")
            }
        }
    }

    private func isGood(_ export: LedgerExport, _ key: SigningKey) -> Bool {
        do { return try export.verify(by: KeyRing([key.verifier])).report.isGood } catch { return false }
    }

    @Test("An export of a store that is not what was signed is refused")
    func notWhatWasSigned() throws {
        try withFolder { folder in
            let key = try SigningKey.generate(name: "portvakt.example")
            let (ledger, store) = try ledger(20, folder, key)
            ledger.stop()
            let export = LedgerExport(folder: folder + "/export")
            for (size, root) in [(UInt64(20), Digest.zero), (21, .zero)] {
                let note = try Checkpoint(origin: "portvakt.example/\(stream)", size: size, root: root).signed(by: key)
                #expect(throws: LedgerError.self) {
                    try export.write(store, stream: stream, checkpoint: note, openings: false)
                }
            }
            #expect(throws: LedgerError.file(path: export.folder + "/checkpoint", problem: "does not exist")) {
                try export.verify(by: KeyRing([key.verifier]))
            }
        }
    }

    @Test("A proof file proves its entry with the public key alone; changed, of another key or entry it does not")
    func proofFiles() throws {
        try withFolder { folder in
            var random = SeededGenerator(seed: printedSeed("proofFiles"))
            let key = try SigningKey.generate(name: "portvakt.example")
            let (ledger, _) = try ledger(300, folder, key)
            for index in [0, 17, 255, 256, 299] as [UInt64] {
                let file = try #require(try ledger.proofFile(of: index, in: stream))
                let text = file.text
                #expect(text.hasPrefix("c2sp.org/tlog-proof@v1\nextra "))
                #expect(try ProofFile(text) == file)
                // Less than the whole path leads nowhere, and more than it does not either.
                for path in [[], Array(file.path.dropLast()), file.path + [Digest.zero]] where path != file.path {
                    var other = file
                    other.path = path
                    #expect(throws: ProofFile.Problem.leadsElsewhere) { try other.verify(by: [key.verifier]) }
                }
                let (checkpoint, entry) = try file.verify(by: [key.verifier])
                #expect(checkpoint.size == 300 && entry.number == index)
                #expect(entry.time == (try LedgerBenchmark.sample(Int(index)).at))
                let stranger = try SigningKey.generate(name: "portvakt.example").verifier
                #expect(throws: ProofFile.Problem.checkpoint(.notSigned)) { try file.verify(by: [stranger]) }
                for _ in 0..<40 {
                    var bytes = Array(text.utf8)
                    bytes[random.number(0...bytes.count - 1)] ^= 1 << UInt8(random.number(0...6))
                    let changed = String(decoding: bytes, as: UTF8.self)
                    #expect(throws: ProofFile.Problem.self) { try ProofFile(changed).verify(by: [key.verifier]) }
                }
            }
            #expect(try ledger.proofFile(of: 300, in: stream) == nil)
            ledger.stop()
        }
    }

    @Test("A text that is no proof is refused with its line")
    func malformed() {
        for (text, line) in [
            ("", 1), ("c2sp.org/tlog-proof@v2\n", 1), ("c2sp.org/tlog-proof@v1\n", 2),
            ("c2sp.org/tlog-proof@v1\nindex 1\n\nx", 2), ("c2sp.org/tlog-proof@v1\nextra AAAA\nindex 01\n\nx", 3),
            ("c2sp.org/tlog-proof@v1\nextra AAAA\nindex 1\nAAAA\n\nx", 4),
            ("c2sp.org/tlog-proof@v1\nextra AAAA\nindex 1", 4),
        ] { #expect(throws: ProofFile.Problem.malformed(line: line)) { try ProofFile(text) } }
    }

    @Test("A path has 63 hashes at most: no tree needs more")
    func longestPath() throws {
        func text(_ hashes: Int) -> String {
            let hash = Data(repeating: 7, count: 32).base64EncodedString() + "\n"
            return "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 1\n" + String(repeating: hash, count: hashes) + "\nx"
        }
        #expect(try ProofFile(text(63)).path.count == 63)
        #expect(throws: ProofFile.Problem.malformed(line: 67)) { try ProofFile(text(64)) }
    }
}
