import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger

@Suite("A witness")
struct WitnessTests {
    private static let stream = StreamID("decisions/node-1")!

    /// A store with so many decisions.
    private func store(_ count: Int) throws -> MemoryStore {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        let loop = TestLoop()
        let answers = Answers()
        let lane = ledger.lane { loop.enqueue($0) }
        for number in 0..<count { lane.append(try LedgerBenchmark.sample(number)) { answers.add($0) } }
        #expect(loop.turn { answers.count == count })
        ledger.stop()
        return store
    }

    private func note(_ store: any LedgerStore, _ size: UInt64, _ key: SigningKey) throws -> String {
        let root = try LedgerVerifier.root(of: Self.stream, size: size, in: store)
        return try Checkpoint(origin: "log.example/\(Self.stream)", size: size, root: root).signed(by: key)
    }

    @Test("It cosigns what grows, says what it has seen otherwise, and never signs two histories")
    func protocolAnswers() throws {
        try withFolder { folder in
            let (log, stranger) = (
                try SigningKey.generate(name: "log.example"), try SigningKey.generate(name: "x.example")
            )
            let (store, other) = (try store(700), try store(700))
            func witness(_ key: SigningKey) throws -> Witness {
                try Witness(key: key, logs: KeyRing([log.verifier]), stateFile: folder + "/state")
            }
            let key = try SigningKey.generate(name: "witness.example")
            var witness = try witness(key)
            func ask(_ store: any LedgerStore, _ size: UInt64, from old: UInt64, by signer: SigningKey? = nil) throws
                -> Witness.Answer
            {
                let note = try note(store, size, signer ?? log)
                let request = try #require(try WitnessRequest(store, stream: Self.stream, note: note, from: old))
                return witness.addCheckpoint([UInt8](request.text.utf8), seconds: 1_790_000_000)
            }
            let first = try ask(store, 100, from: 0)
            #expect(first.status == 200)
            let signed = try #require(
                Checkpoint.note(try note(store, 100, log), cosigned: first.body, by: [witness.verifier]))
            #expect(Checkpoint.witnesses(of: signed, among: [witness.verifier]) == ["witness.example"])
            #expect(try Checkpoint(note: signed, verifiedBy: [log.verifier]).size == 100)
            // A witness's signature alone is not the log's.
            #expect(throws: Checkpoint.Problem.notSigned) {
                try Checkpoint(note: signed, verifiedBy: [witness.verifier])
            }
            #expect(try ask(store, 700, from: 0) == .init(409, "100\n", contentType: "text/x.tlog.size"))
            #expect(try ask(store, 700, from: 100).status == 200)
            #expect(try ask(store, 700, from: 700).status == 200)
            // Started again, it remembers; the other history and the past are refused.
            witness = try Witness(key: key, logs: KeyRing([log.verifier]), stateFile: folder + "/state")
            #expect(try ask(other, 700, from: 700).status == 409)
            #expect(try ask(store, 600, from: 100) == .init(409, "700\n", contentType: "text/x.tlog.size"))
            #expect(try ask(store, 700, from: 700, by: stranger).status == 403)
            let forged = try note(other, 700, SigningKey.generate(name: "log.example"))
            #expect(witness.addCheckpoint([UInt8]("old 700\n\n\(forged)".utf8), seconds: 1).status == 403)
        }
    }

    @Test("A checkpoint that does not begin with what was cosigned is refused")
    func anotherHistory() throws {
        try withFolder { folder in
            let log = try SigningKey.generate(name: "log.example")
            let (store, other) = (try store(300), try store(500))
            let witness = try Witness(
                key: try SigningKey.generate(name: "w"), logs: KeyRing([log.verifier]), stateFile: folder + "/state")
            let first = try #require(
                try WitnessRequest(store, stream: Self.stream, note: try note(store, 300, log), from: 0))
            #expect(witness.addCheckpoint([UInt8](first.text.utf8), seconds: 1).status == 200)
            let second = try #require(
                try WitnessRequest(other, stream: Self.stream, note: try note(other, 500, log), from: 300))
            #expect(witness.addCheckpoint([UInt8](second.text.utf8), seconds: 1).status == 422)
        }
    }

    @Test(
        "What is smaller than the old size, and a proof where none is needed, are refused; from an empty log there is none"
    )
    func needlessProofs() throws {
        try withFolder { folder in
            let log = try SigningKey.generate(name: "log.example")
            let store = try store(100)
            let witness = try Witness(
                key: try SigningKey.generate(name: "w"), logs: KeyRing([log.verifier]), stateFile: folder + "/state")
            let hash = Base64.encode(Digest.zero.bytes) + "\n"
            func ask(_ size: UInt64, from old: UInt64, hashes: Int = 0) throws -> Int {
                let path = String(repeating: hash, count: hashes)
                let body = "old \(old)\n\(path)\n\(try note(store, size, log))"
                return witness.addCheckpoint([UInt8](body.utf8), seconds: 1).status
            }
            func grow(_ size: UInt64, from old: UInt64) throws -> Int {
                let request = try WitnessRequest(
                    store, stream: Self.stream, note: try note(store, size, log), from: old)
                return witness.addCheckpoint([UInt8](try #require(request).text.utf8), seconds: 1).status
            }
            #expect(try ask(0, from: 0, hashes: 1) == 422)
            #expect(try ask(0, from: 0) == 200)
            #expect(try ask(90, from: 0, hashes: 1) == 422)
            #expect(try ask(90, from: 0, hashes: 63) == 422)
            #expect(try ask(90, from: 0, hashes: 64) == 400)
            #expect(try grow(90, from: 0) == 200)
            #expect(try ask(90, from: 90, hashes: 1) == 422)
            #expect(try ask(80, from: 90) == 400)
            #expect(try WitnessRequest(store, stream: Self.stream, note: note(store, 80, log), from: 90) == nil)
            #expect(try grow(100, from: 90) == 200)
        }
    }

    @Test("A known log's key does not sign for another, and no checkpoint makes the state unreadable")
    func hostileLogs() throws {
        try withFolder { folder in
            let (log, other) = (
                try SigningKey.generate(name: "log.example"), try SigningKey.generate(name: "other.example")
            )
            let key = try SigningKey.generate(name: "w")
            let logs = KeyRing([log.verifier, other.verifier])
            let store = try store(100)
            let witness = try Witness(key: key, logs: logs, stateFile: folder + "/state")
            func ask(_ note: String, from old: UInt64 = 0) -> Int {
                witness.addCheckpoint([UInt8]("old \(old)\n\n\(note)".utf8), seconds: 1).status
            }
            #expect(ask(try note(store, 100, other)) == 403)
            let root = try LedgerVerifier.root(of: Self.stream, size: 100, in: store)
            let cut = Checkpoint(
                origin: "log.example/\(Self.stream)", size: 100, root: root, extensions: ["\u{2014} x AAAA"])
            #expect(ask(try cut.signed(by: log)) == 400)
            #expect(ask(try note(store, 100, log)) == 200)
            // What it has kept is read again.
            let again = try Witness(key: key, logs: logs, stateFile: folder + "/state")
            let body = "old 100\n\n\(try note(store, 100, log))"
            #expect(again.addCheckpoint([UInt8](body.utf8), seconds: 2).status == 200)
        }
    }

    @Test(
        "Requests that make no sense are refused",
        arguments: [
            "", "old", "old 1", "old 01\n\nx", "old 0\n!!!\n\nx", "old 0\n\n", "old 0\n\nno note\n", "old -1\n\nx\n",
            "old 0\nAAAA\n\nx\n",
        ])
    func malformed(_ body: String) throws {
        try withFolder { folder in
            let witness = try Witness(
                key: try SigningKey.generate(name: "w"),
                logs: KeyRing([try SigningKey.generate(name: "log.example").verifier]), stateFile: folder + "/state")
            #expect(witness.addCheckpoint([UInt8](body.utf8), seconds: 1).status == 400)
        }
    }

    @Test("A cosignature is Ed25519 over the header, the time and the note, under the id of a witness's key")
    func knownForm() throws {
        // C2SP tlog-cosignature: SHA-256(name ‖ 0x0A ‖ 0x04 ‖ public key), first four bytes.
        let key = try SigningKey(name: "witness.example/w1", seed: [UInt8](repeating: 7, count: 32))
        let verifier = key.verifier.ofWitness
        #expect(VerifierKey(verifier.description) == verifier)
        #expect(verifier.id != key.verifier.id)
        let note = SignedNote(text: "log.example\n5\nroot\n")
        let line = try Cosignature.line(note, by: key, seconds: 1_679_315_147)
        let data = try #require(Base64.decode(line.dropLast().split(separator: " ")[2]))
        #expect(data.count == 4 + 8 + 64)
        #expect([UInt8](data[4..<12]) == [0x00, 0x00, 0x00, 0x00, 0x64, 0x18, 0x50, 0xCB])
        let message = [UInt8]("cosignature/v1\ntime 1679315147\nlog.example\n5\nroot\n".utf8)
        #expect(key.verifier.isValid([UInt8](data[12...]), of: message))
    }

    @Test("A key that was replaced: what it signed stays good, and the daemon's guard takes both")
    func rotation() throws {
        try withFolder { folder in
            let path = folder + "/key"
            let old = try SigningKey.generate(name: "log.example")
            try old.save(path: path)
            let store = try store(50)
            let guardFile = folder + "/guard"
            let before = try note(store, 50, old)
            try SmallFile.replace(guardFile, [UInt8](before.utf8))
            let new = try SigningKey.rotate(path: path)
            let ring = try SigningKey.ring(path: path)
            #expect(ring.keys == [new.verifier, old.verifier])
            #expect(try Checkpoint(note: before, verifiedBy: ring.keys).size == 50)
            #expect(throws: LedgerError.self) {
                try Checkpointer(origin: "log.example", key: new, guardFile: guardFile)
            }
            let checkpoints = try Checkpointer(
                origin: "log.example", key: new, retired: ring.keys, guardFile: guardFile)
            let ledger = try openLedger(store, checkpoints: checkpoints)
            ledger.stop()
            let third = try SigningKey.rotate(path: path)
            #expect(try SigningKey.ring(path: path).keys == [third.verifier, new.verifier, old.verifier])
            #expect(KeyRing(try SigningKey.ring(path: path).text)?.keys.count == 3)
        }
    }
}
