import Foundation
import PortvaktCore
import Testing

@testable import PortvaktLedger

@Suite("Checkpoints and signed notes")
struct CheckpointTests {
    // The example of Go's golang.org/x/mod/sumdb/note package, which made the format.
    let note = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        \u{2014} PeterNeumann \
        x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=

        """
    let verifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

    @Test("A note that another program signed is accepted with its key, and only as it is")
    func knownNote() throws {
        let key = try #require(VerifierKey(verifier))
        #expect(key.description == verifier)
        let signed = try #require(SignedNote(note))
        #expect(signed.isSigned(byOneOf: [key]))
        #expect(signed.description == note)
        let other = try SigningKey.generate(name: "PeterNeumann").verifier
        #expect(!signed.isSigned(byOneOf: [other]))
        let changed = try #require(SignedNote(note.replacingOccurrences(of: "answer", with: "Answer")))
        #expect(!changed.isSigned(byOneOf: [key]))
    }

    @Test(
        "A wrong signature of a known key spoils the note, whatever stands beside it; a key signs under its name alone")
    func wrongBesideRight() throws {
        let (one, two) = (try SigningKey.generate(name: "one.example"), try SigningKey.generate(name: "two.example"))
        var good = SignedNote(text: "text\n")
        try good.sign(with: one)
        try good.sign(with: two)
        let keys = [one.verifier, two.verifier]
        #expect(good.isSigned(byOneOf: keys))
        for place in 0...1 {
            var bad = good
            bad.signatures[place].bytes[5] ^= 1
            #expect(!bad.isSigned(byOneOf: keys), "signature \(place)")
            #expect(bad.isSigned(byOneOf: [keys[1 - place]]), "of one that nobody knows, it says nothing")
            var twice = good
            twice.signatures.append(bad.signatures[place])
            #expect(!twice.isSigned(byOneOf: [keys[place]]))
        }
        var renamed = good
        renamed.signatures[0].name = "two.example"
        #expect(!renamed.isSigned(byOneOf: [one.verifier]))
    }

    @Test("A note is text of limited length without control characters, and a signature has a key's name")
    func noNotes() throws {
        let key = try SigningKey.generate(name: "one.example")
        func note(_ text: String) throws -> String {
            var note = SignedNote(text: text)
            try note.sign(with: key)
            return note.description
        }
        let line = try note("a\n").utf8.count - 2
        let longest = String(repeating: "a", count: SignedNote.maximumBytes - line - 1)
        #expect(try SignedNote(note(longest + "\n")) != nil)
        #expect(try SignedNote(note(longest + "a\n")) == nil)
        for text in ["a\u{1}b\n", "a\tb\n", "a\r\n"] { #expect(try SignedNote(note(text)) == nil) }
        let good = try note("a\n")
        for name in ["", "one+example", "one\u{a0}example"] {
            #expect(SignedNote(good.replacingOccurrences(of: "one.example", with: name)) == nil, "\(name)")
        }
    }

    @Test("A signed text is of the kind that its first line says, and is opened as no other")
    func signedTexts() throws {
        let key = try SigningKey.generate(name: "one.example")
        let note = try SignedText.sign(kind: "kind-a/v1", "a\nb", with: key)
        #expect(SignedText.open(note, kind: "kind-a/v1", keys: [key.verifier]) == "a\nb")
        for kind in ["kind-b/v1", "kind-a/v", "kind-a/v10"] {
            #expect(SignedText.open(note, kind: kind, keys: [key.verifier]) == nil, "\(kind)")
        }
        let other = try SigningKey.generate(name: "one.example").verifier
        #expect(SignedText.open(note, kind: "kind-a/v1", keys: [other]) == nil)
    }

    @Test("A key's text with a wrong id, algorithm or length is no key")
    func badKeys() {
        for text in [
            "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "PeterNeumann+c74f20a3+", "", "a+b+c",
            "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a3+AhpcMQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ] { #expect(VerifierKey(text) == nil, "\(text)") }
    }

    @Test("A checkpoint signed is read back; wrong keys, other texts and broken lines are refused")
    func checkpoints() throws {
        let key = try SigningKey.generate(name: "portvakt.example")
        let root = try TreeHasher().leaf([1])
        let checkpoint = Checkpoint(origin: "portvakt.example/decisions/node-1", size: 12, root: root)
        let text = try checkpoint.signed(by: key)
        #expect(
            text.hasPrefix(
                "portvakt.example/decisions/node-1\n12\n\(Base64.encode(root.bytes))\n\n\u{2014} portvakt.example "))
        #expect(try Checkpoint(note: text, verifiedBy: [key.verifier]) == checkpoint)
        let stranger = try SigningKey.generate(name: "portvakt.example").verifier
        #expect(throws: Checkpoint.Problem.notSigned) { try Checkpoint(note: text, verifiedBy: [stranger]) }
        #expect(try Checkpoint(note: text, verifiedBy: [stranger, key.verifier]) == checkpoint)
        #expect(throws: Checkpoint.Problem.notSigned) {
            try Checkpoint(note: text.replacingOccurrences(of: "\n12\n", with: "\n13\n"), verifiedBy: [key.verifier])
        }
        #expect(throws: Checkpoint.Problem.notANote) { try Checkpoint(note: "hello\n", verifiedBy: [key.verifier]) }
        var note = SignedNote(text: "origin\n012\n\(Base64.encode(root.bytes))\n")
        try note.sign(with: key)
        #expect(throws: Checkpoint.Problem.notACheckpoint) {
            try Checkpoint(note: note.description, verifiedBy: [key.verifier])
        }
    }

    @Test("The key of one log does not sign for another, though both are trusted")
    func otherLogs() throws {
        let root = try TreeHasher().leaf([1])
        let names = ["log.example", "other.example", "log.exam", "log.example/decisions"]
        let keys = try names.map { try SigningKey.generate(name: $0) }
        let trusted = keys.map(\.verifier)
        let checkpoint = Checkpoint(origin: "log.example/decisions/node-1", size: 12, root: root)
        #expect(try Checkpoint(note: checkpoint.signed(by: keys[0]), verifiedBy: trusted) == checkpoint)
        for other in keys.dropFirst() {
            let note = try checkpoint.signed(by: other)
            #expect(throws: Checkpoint.Problem.otherLog, "\(other.verifier.name)") {
                try Checkpoint(note: note, verifiedBy: trusted)
            }
        }
        // Beside the log's own signature another's does no harm.
        var both = SignedNote(text: checkpoint.text)
        try both.sign(with: keys[1])
        try both.sign(with: keys[0])
        #expect(try Checkpoint(note: both.description, verifiedBy: trusted) == checkpoint)
        // An origin that is a key's name alone names no stream.
        let bare = try Checkpoint(origin: "log.example", size: 12, root: root).signed(by: keys[0])
        #expect(throws: Checkpoint.Problem.otherLog) { try Checkpoint(note: bare, verifiedBy: trusted) }
    }

    @Test("A checkpoint with a line that looks like a signature is none: a file of notes would be cut there")
    func linesLikeSignatures() throws {
        let key = try SigningKey.generate(name: "log.example")
        let root = try TreeHasher().leaf([1])
        for line in ["\u{2014} x AAAA", "\u{2014} "] {
            let note = try Checkpoint(
                origin: "log.example/decisions/node-1", size: 12, root: root, extensions: ["fine", line]
            ).signed(by: key)
            #expect(throws: Checkpoint.Problem.notACheckpoint) {
                try Checkpoint(note: note, verifiedBy: [key.verifier])
            }
        }
        for lines in [["", "x"], ["x", ""], [""]] {
            let note = try Checkpoint(
                origin: "log.example/decisions/node-1", size: 12, root: root, extensions: lines
            ).signed(by: key)
            #expect(throws: (any Error).self, "an empty line") {
                try Checkpoint(note: note, verifiedBy: [key.verifier])
            }
        }
        let fine = Checkpoint(
            origin: "log.example/decisions/node-1", size: 12, root: root, extensions: ["\u{2014}x AAAA"])
        #expect(try Checkpoint(note: fine.signed(by: key), verifiedBy: [key.verifier]) == fine)
    }

    @Test("A key file is for its owner only, and is not written over")
    func keyFiles() throws {
        try withFolder { folder in
            let key = try SigningKey.generate(name: "portvakt.example")
            let path = folder + "/ledger.key"
            try key.save(path: path)
            #expect(try SigningKey.load(path: path).verifier == key.verifier)
            #expect(throws: LedgerError.self) { try key.save(path: path) }
            chmod(path, 0o640)
            #expect(throws: LedgerError.file(path: path, problem: "may be read by others than its owner: chmod 600 it"))
            {
                try SigningKey.load(path: path)
            }
            #expect(throws: LedgerError.file(path: path + "x", problem: "does not exist")) {
                try SigningKey.load(path: path + "x")
            }
            try Data("PRIVATE+KEY+x+00000000+AAAA\n".utf8).write(to: URL(fileURLWithPath: path))
            chmod(path, 0o600)
            #expect(throws: LedgerError.self) { try SigningKey.load(path: path) }
        }
    }

    @Test("Base64 reads what Foundation writes, and nothing that is not the one encoding")
    func base64() {
        var random = SeededGenerator(seed: printedSeed("base64"))
        for length in 0..<70 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Data(bytes).base64EncodedString()
            #expect(Base64.encode(bytes) == text)
            #expect(Base64.decode(text) == bytes)
        }
        for text in ["A", "AA", "AAA", "A===", "====", "AB==", "AAB=", "AA=A", "AAAA=", "AA==AAAA", "AA A", "AA\n="] {
            #expect(Base64.decode(text) == nil, "\(text)")
        }
    }
}

/// Runs the body with a new folder, and leaves nothing behind.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = try TemporaryFolder()
    return try withExtendedLifetime(folder) { try body(folder.path) }
}

/// A temporary folder that is gone when its owner is.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory.appendingPathComponent("portvakt-ledger-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
        // Who takes the folder itself for a ledger locks it beside.
        try? FileManager.default.removeItem(atPath: path + ".lock")
    }
}
