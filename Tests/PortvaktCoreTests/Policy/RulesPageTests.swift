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
}
