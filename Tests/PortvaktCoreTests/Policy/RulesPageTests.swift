import Foundation
import PortvaktCore
import PortvaktScenarios
import PortvaktYAML
import Testing

@Suite("The page about the rules")
struct RulesPageTests {
    private let folder = ProfileFolder(path: TestFolders.policies)

    @Test("docs/rules.md is what the profiles say now; `portvakt policy rules > docs/rules.md` makes it")
    func current() throws {
        let committed = try String(contentsOfFile: Profiles.path("docs/rules.md"), encoding: .utf8)
        #expect(try RulesPage.text(of: folder) == committed, "run: portvakt policy rules > docs/rules.md")
    }

    @Test("names every rule, and every single value, of the base profile")
    func whole() throws {
        let page = try RulesPage.text(of: folder)
        let now = instant("2026-11-21")
        for parameter in Profiles.nasjonal.parameters(at: now) { #expect(page.contains("`\(parameter.name)`")) }
        for rule in Profiles.nasjonal.rules(at: now) where !rule.text.isEmpty {
            #expect(page.contains("| `\(rule.id)` | \(rule.text) | \(rule.sources.joined(separator: " ")) |"))
        }
    }

    @Test("its three examples are valid profiles, and change what they say")
    func examples() throws {
        let page = try RulesPage.text(of: folder)
        let later = instant("2027-06-01")
        let steps = try #require(page.components(separatedBy: "## Three changes, step by step").last)
        // Indented blocks, without the one of commands.
        let blocks = steps.components(separatedBy: "\n\n").filter { block in
            block.hasPrefix("    ") && !block.contains("portvakt policy")
        }
        #expect(blocks.count == 3)
        var texts: [String] = []
        for block in blocks {
            let change = block.split(separator: "\n").map { $0.dropFirst(4) }.joined(separator: "\n")
            let text = "format: portvakt-policy/1\nname: kommune\nextends: nasjonal\n\(change)\n"
            let profile = try folder.validate(Array(text.utf8))
            #expect(profile.rules(at: later).count >= Profiles.nasjonal.rules(at: later).count)
            #expect(profile.hash != Profiles.nasjonal.hash)
            texts.append(change)
        }
        // The first one: a fifteen-year-old's own consent carries a log from the day that it names, not before.
        var world = TestWorld()
        world.person("ungdom", born: "2011-06-01")
        world.foreldreansvar("mor", over: "ungdom")
        world.register(
            .caseRecord(
                Case(id: id("u"), subject: id("ungdom"), controller: id("kommune-a"), level: 2, holder: id("larer"))))
        world.grant("u-ppt", to: .employment(id("ppt")), on: "u")
        world.consent("u-egen", by: "ungdom", capacity: .`self`, on: "u")
        let first = "format: portvakt-policy/1\nname: kommune\nextends: nasjonal\n\(texts[0])\n"
        let profile = try folder.validate(Array(first.utf8))
        let question = Question.employee("ppt", .logRead, on: "u")
        let day = instant("2027-01-01")
        #expect(world.decide(question, at: day.advanced(byMilliseconds: -1), under: profile).effect == .deny)
        #expect(world.decide(question, at: day, under: profile).effect == .allow)
        #expect(world.decide(question, at: day).effect == .deny)
    }
}
