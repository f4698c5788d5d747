/// A page that only shows: a heading, remarks, a list. No script, nothing from elsewhere.
public struct WebPage: Sendable {
    /// One item of the list.
    public struct Item: Sendable {
        public var text: String
        /// Smaller, below it.
        public var note: String

        public init(_ text: String, note: String) {
            self.text = text
            self.note = note
        }
    }

    public var title: String
    public var remarks: [String]
    public var items: [Item]

    public init(title: String, remarks: [String] = [], items: [Item] = []) {
        self.title = title
        self.remarks = remarks
        self.items = items
    }

    /// Readable on a telephone: one column, the reader's own letters, nothing wider than the window.
    private static let style = """
        body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 1rem auto; padding: 0 1rem; color: #1a1a1a;
        overflow-wrap: anywhere } h1 { font-size: 1.4rem } li { margin: 0 0 .8rem } small { display: block; color: #505050 }
        """

    public var html: String {
        let paragraphs = remarks.map { "<p>\(Self.escaped($0))</p>\n" }.joined()
        let list = items.map { "<li>\(Self.escaped($0.text))<small>\(Self.escaped($0.note))</small></li>\n" }.joined()
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(Self.escaped(title))</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <main>
            <h1>\(Self.escaped(title))</h1>
            \(paragraphs)<ul>
            \(list)</ul>
            </main>
            </body>
            </html>

            """
    }

    private static func escaped(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.append(character)
            }
        }
        return out
    }
}
