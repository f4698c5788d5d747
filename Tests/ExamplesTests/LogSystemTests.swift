import Foundation
import Testing

@Suite("The example of a log system", .timeLimit(.minutes(10)))
struct LogSystemTests {
    @Test(
        "Each reader sees the entries that the gate allows, and each entry that was asked about is a decision of its own"
    )
    func reading() async throws {
        let town = try await Municipality()
        try await town.openLog()
        // Who reads, how many entries they see, and which they must not see.
        let readers: [(reader: String, shown: Int, hidden: [String])] = [
            ("employment:radgiver", 2, ["Notat 3"]), ("person:mor", 2, ["Notat 2"]),
            ("person:far", 1, ["Notat 2", "Notat 3"]), ("person:barn", 2, ["Notat 3"]),
        ]
        for (reader, shown, hidden) in readers {
            let result = try await town.log("show", "sak", "--as", reader)
            #expect(result.status == 0 && result.says("\(shown) shown, \(3 - shown) not"), "\(reader): \(result.text)")
            for text in hidden { #expect(!result.says(text), "\(reader) sees \(text)") }
        }
        let decided = try await town.portvakt("audit", "query", "--case", "sak", "--action", "log.read", "--json")
        let text = try JSONSerialization.jsonObject(with: Data(decided.text.utf8)) as? [String: Any]
        #expect((text?["entries"] as? [Any])?.count == 3 * readers.count)
    }

    @Test("To somebody outside, a log that is there and one that is not are the same")
    func outside() async throws {
        let town = try await Municipality()
        try await town.openLog()
        let there = try await town.log("show", "sak", "--as", "employment:kontakt")
        let nowhere = try await town.log("show", "sak-2", "--as", "employment:kontakt")
        #expect(there.status == 1 && there.text == "No: there is no such thing\n" && nowhere.text == there.text)
    }

    @Test("A log is opened, handed over and closed, and whoever may not is refused with the reason")
    func life() async throws {
        let town = try await Municipality()
        let early = try await town.log("open", "sak", "--as", "employment:larer")
        #expect(early.status == 1 && early.says("deny.no_consent"))
        #expect(early.says("missing: a consent from person:mor") && early.says("missing: a consent from person:far"))
        try await town.consent("a", to: "skole,ppt")
        let opened = try await town.log("open", "sak", "--as", "employment:larer")
        #expect(opened.status == 0 && opened.says("allow.consent") && opened.says("To do: hear what the child thinks"))
        let labels = ["--author", "skole", "--about", "barn"]
        #expect(try await write(town, "Notat 1", labels, "larer").status == 0)

        let offered = try await town.log("hand-over", "sak", "larer-2", "--as", "employment:larer")
        #expect(offered.status == 0, "\(offered.text)")
        let other = try await write(town, "Notat 2", labels, "larer-2")
        #expect(other.status == 1 && !other.says("is written"))
        let thief = try await town.log("accept", "sak", "--as", "employment:radgiver")
        #expect(thief.status == 1, "\(thief.text)")
        let accepted = try await town.log("accept", "sak", "--as", "employment:larer-2")
        #expect(accepted.status == 0, "\(accepted.text)")
        #expect(try await write(town, "Notat 2", labels, "larer-2").status == 0)
        let before = try await write(town, "Notat 3", labels, "larer")
        #expect(before.status == 1 && !before.says("is written"))

        let closed = try await town.log("close", "sak", "--as", "person:mor")
        #expect(closed.status == 0 && closed.says("allow.parent"), "\(closed.text)")
        let after = try await town.log("show", "sak", "--as", "employment:larer-2")
        #expect(after.status == 1 && after.says("deny.log_closed") && !after.says("Notat"))
        let family = try await town.log("show", "sak", "--as", "person:far")
        #expect(family.status == 0 && family.says("2 shown, 0 not"), "\(family.text)")
    }

    private func write(
        _ town: Municipality, _ text: String, _ labels: [String], _ writer: String
    ) async throws -> Programs.Result {
        try await town.log(
            "write", "sak", text, labels[0], labels[1], labels[2], labels[3], "--as", "employment:\(writer)")
    }

    @Test(
        "A fagmøte is held with both parents' consent to it; who is in no consent is not let in, and not invited any more"
    )
    func fagmote() async throws {
        let town = try await Municipality()
        try await town.openLog()
        let hold = {
            try await town.log(
                "hold", "fagmote", "mote", "--case", "sak", "--purpose", "fagmote_uten_familie", "--invite",
                "unit:ppt,unit:barnevern", "--as", "employment:larer")
        }
        let early = try await hold()
        #expect(early.status == 1 && early.says("deny.consent_scope_purpose"), "\(early.text)")
        let father = try await town.log(
            "consent", "f-far", "--case", "sak", "--giver", "far", "--capacity", "foreldreansvar", "--to", "skole,ppt",
            "--purposes", "fagmote_uten_familie", "--until", Municipality.soon)
        #expect(father.status == 0)
        let one = try await hold()
        #expect(one.status == 1 && one.says("missing: a consent from person:mor"), "\(one.text)")
        try await town.consent("m", to: "skole,ppt", for: "fagmote_uten_familie")
        let held = try await hold()
        #expect(held.status == 0 && held.says("unit:ppt may come in"), "\(held.text)")
        #expect(held.says("unit:barnevern may not come in: refused (deny.consent_scope_service)"))
        let meeting = try await town.portvakt("registry", "show", "meeting", "mote", "--json")
        #expect(meeting.says("ppt") && !meeting.says("barnevern"), "\(meeting.text)")
        let recorded = try await town.log(
            "record", "mote", "sak", "Tiltak 1", "--purpose", "fagmote_uten_familie", "--author", "skole", "--about",
            "barn", "--as", "employment:larer")
        #expect(recorded.status == 0, "\(recorded.text)")
        #expect(try await town.log("end", "mote", "--as", "employment:larer").status == 0)
        let over = try await town.log(
            "record", "mote", "sak", "Tiltak 2", "--purpose", "fagmote_uten_familie", "--author", "skole", "--about",
            "barn", "--as", "employment:radgiver")
        #expect(over.status == 1, "\(over.text)")
    }

    @Test("Without Portvakt nothing is shown, and the program says that there was no answer")
    func noDaemon() async throws {
        let town = try await Municipality()
        try await town.openLog()
        town.daemon.stop()
        let result = try await town.log("show", "sak", "--as", "person:barn")
        #expect(
            result.status == 2 && result.says("no server could be reached") && !result.says("Notat"), "\(result.text)")
    }

    @Test("Who has no foreldreansvar cannot consent here, and a wrong command is told from a refusal")
    func wrong() async throws {
        let town = try await Municipality()
        let stranger = try await town.log(
            "consent", "x", "--case", "sak", "--giver", "barn", "--capacity", "self", "--to", "skole", "--purposes",
            "samordning", "--until", Municipality.soon)
        #expect(stranger.status == 1 && stranger.says("deny.capacity_age"), "\(stranger.text)")
        let typed = try await town.log("open", "sak", "--as", "larer")
        #expect(typed.status == 64 && typed.says("employment:ID"), "\(typed.text)")
        let word = try await town.log("hold", "kaffe", "mote", "--as", "employment:larer")
        #expect(word.status == 64 && word.says("fagmote"), "\(word.text)")
    }

    @Test("The lines that docs/examples.md shows are the program's own")
    func documented() throws {
        let read = { (name: String) in
            try String(contentsOf: Programs.repository.appendingPathComponent(name), encoding: .utf8)
        }
        let trimmed = { (text: String) in
            text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let source = Set(trimmed(try read("Examples/Stafettlogg/Stafettlogg.swift")))
        let blocks = try read("docs/examples.md").components(separatedBy: "```swift\n").dropFirst()
        #expect(blocks.count == 2)
        for block in blocks {
            for line in trimmed(block.components(separatedBy: "```")[0]) {
                #expect(source.contains(line), "not in the program: \(line)")
            }
        }
    }
}
