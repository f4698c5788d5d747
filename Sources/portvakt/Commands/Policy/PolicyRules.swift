internal import ArgumentParser
internal import PortvaktScenarios
internal import PortvaktYAML

/// `portvakt policy rules`
struct PolicyRules: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Prints the page about the profiles: every value and rule with its sources, as Markdown.",
        discussion: """
            Example:
              portvakt policy rules --policies policies > docs/rules.md
            """)

    @OptionGroup var policies: PoliciesOptions

    func run() throws {
        print(try RulesPage.text(of: try policies.folder()), terminator: "")
    }
}
