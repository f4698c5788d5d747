import PortvaktCore
import Testing

/// The texts of a statement: one catalogue, whole in three languages.
@Suite("The catalogue of a statement")
struct StatementTextTests {
    @Test("Every action, purpose, role and fixed text has a text in each language", arguments: Language.allCases)
    func complete(_ language: Language) {
        for action in Action.allCases { #expect(!Catalogue.text(for: action, in: language).isEmpty, "\(action)") }
        for purpose in Purpose.allCases { #expect(!Catalogue.text(for: purpose, in: language).isEmpty, "\(purpose)") }
        for role in EmploymentRole.allCases { #expect(!Catalogue.text(for: role, in: language).isEmpty, "\(role)") }
        for text in StatementText.allCases { #expect(!Catalogue.text(for: text, in: language).isEmpty, "\(text)") }
    }

    @Test("No two actions and no two purposes read the same")
    func distinct() {
        for language in Language.allCases {
            #expect(Set(Action.allCases.map { Catalogue.text(for: $0, in: language) }).count == Action.allCases.count)
            #expect(Set(Purpose.allCases.map { Catalogue.text(for: $0, in: language) }).count == Purpose.allCases.count)
        }
    }
}
