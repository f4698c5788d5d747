public import PortvaktCore
public import PortvaktYAML

/// The page about a folder's profiles: every value, list and rule with its sources, where a reader finds any of them.
public enum RulesPage {
    /// The profile that the others extend.
    private static let base = "nasjonal"

    /// The page as Markdown, ending in a line break.
    /// - Throws: ``DocumentErrors`` for profiles that cannot be read.
    public static func text(of folder: ProfileFolder) throws(DocumentErrors) -> String {
        let document = try folder.document(named: base)
        var lines = [introduction]
        for section in sections {
            guard let node = document[section.key] else { continue }
            lines += ["", "## \(section.title)", "", section.about, ""]
            lines += ["| Name | What it says | Sources |", "|---|---|---|"]
            lines += rows(node)
        }
        for name in try folder.names() where name != base {
            let own = try YAMLFile.read("\(folder.path)/\(name).yaml").document
            lines += ["", "## What `\(name)` changes", "", "| Name | What it says | Sources |", "|---|---|---|"]
            for section in sections {
                if let node = own[section.key] { lines += rows(node) }
            }
        }
        return (lines + [examples]).joined(separator: "\n") + "\n"
    }

    private struct Section {
        var key: String
        var title: String
        var about: String
    }

    private static let sections = [
        Section(
            key: "parameters", title: "Single values",
            about:
                "Ages in whole years, windows, limits and lists. A value that changes on a date shows each with its beginning."
        ),
        Section(
            key: "consent_rows", title: "Who must consent",
            about: "A row of the matrix in bands of age: from which age who must consent, `parents`, `both` or `self`."),
        Section(
            key: "categories", title: "Categories of entries", about: "The row that an entry of this category uses."),
        Section(
            key: "purposes", title: "Purposes of consents",
            about:
                "`row` replaces the category's for meetings and plans; `reads`: a log is read for it; `oral`: oral documented may do."
        ),
        Section(key: "regimes", title: "Secrecy", about: "By the service that gives."),
        Section(key: "services", title: "Services", about: "Each with its regime and the category of what it writes."),
        Section(key: "meetings", title: "Meetings", about: "What each type asks for, who leads it, what it may do."),
        Section(key: "grounds", title: "Grounds to tell", about: "Outbound: none gives anybody a right to read."),
        Section(key: "actions", title: "Actions", about: "What each asks for before any basis is looked for."),
        Section(
            key: "rules", title: "Rules that stand in the engine",
            about: "One place each in the code, under the same name in an explanation."),
    ]

    // MARK: Tables

    private static func rows(_ node: DocumentNode) -> [String] {
        guard case .mapping(let entries) = node.content else { return [] }
        return entries.map { entry in
            "| `\(entry.key)` | \(words(entry.value)) | \(sources(entry.value)) |"
        }
    }

    private static func sources(_ node: DocumentNode) -> String {
        guard case .list(let tags)? = node["source"]?.content else { return "" }
        return tags.map(plain).joined(separator: " ")
    }

    /// The entry's keys but its sources: a single `value` or `text` by itself.
    private static func words(_ node: DocumentNode) -> String {
        guard case .mapping(let entries) = node.content else { return plain(node) }
        let told = entries.filter { $0.key != "source" }
        if told.count == 1, ["value", "text"].contains(told[0].key) { return plain(told[0].value) }
        return told.map { "\($0.key): \(plain($0.value))" }.joined(separator: "; ")
    }

    private static func plain(_ node: DocumentNode) -> String {
        switch node.content {
        case .empty: ""
        case .text(let text): text.replacing("|", with: "\\|")
        case .list(let nodes):
            nodes.map { node in
                guard case .mapping = node.content else { return plain(node) }
                return "(\(words(node)))"
            }.joined(separator: ", ")
        case .mapping(let entries): "{" + entries.map { "\($0.key): \(plain($0.value))" }.joined(separator: ", ") + "}"
        }
    }
}
