internal import PortvaktCore
internal import PortvaktWire

/// A statement as one HTML page: for paper (A4), a phone, and a screen reader. No script, nothing from outside.
struct StatementPage {
    /// Lines of the same kind within so many milliseconds are one row: opening a log asks about each of its entries.
    static let together: Int64 = 60_000

    let statement: Statement
    let language: Language

    var html: String {
        """
        <!DOCTYPE html>
        <html lang="\(language.word)">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <meta name="robots" content="noindex">
        <title>\(text(.title))</title>
        <style>
        \(Self.style)
        </style>
        </head>
        <body>
        <main>
        <h1>\(text(.title))</h1>
        <p>\(text(.intro))</p>
        \(facts)
        \(section(.accesses, intro: nil, rows(statement.accesses)))
        \(section(.refusals, intro: .refusalsIntro, rows(statement.refusals)))
        \(proof)
        <p>\(text(.questions))</p>
        </main>
        </body>
        </html>
        """
    }

    private func text(_ text: StatementText) -> String { Self.escaped(Catalogue.text(for: text, in: language)) }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }

    private func time(_ instant: Instant) -> String {
        "<time datetime=\"\(instant.rfc3339)\">\(LineWords.time(instant, language))</time>"
    }

    // MARK: What it is

    private var facts: String {
        let request = statement.request
        let asker = request.asker == .person(request.subject) ? text(.you) : Self.escaped(request.asker.shown)
        let from = request.time.from == .distantPast ? text(.always) : time(request.time.from)
        let until = request.time.until == .distantFuture ? "" : " \(text(.until)) \(time(request.time.until))"
        var rows = [
            (text(.about), Self.escaped(request.subject.text)), (text(.asked), asker),
            (text(.on), time(statement.answer.decidedAt)), (text(.period), from + until),
        ]
        if statement.awaiting > 0 { rows.append((text(.emergency), "\(text(.awaiting)) \(statement.awaiting)")) }
        let boundary =
            statement.isComplete
            ? "\(text(.complete)) \(time(statement.head.completeToTime))." : text(.incomplete)
        return "<dl>\n" + rows.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" }.joined(separator: "\n")
            + "\n</dl>\n<p class=\"boundary\"><strong>\(boundary)</strong></p>"
    }

    // MARK: The lines

    /// Lines that are shown as one row.
    private struct Row {
        var line: StatementLine
        var count: Int

        func takes(_ other: StatementLine) -> Bool {
            line.unit == other.unit && line.role == other.role && line.employment == other.employment
                && line.person == other.person && line.action == other.action && line.purpose == other.purpose
                && line.reason == other.reason && line.emergency == other.emergency
                && line.time.milliseconds - other.time.milliseconds <= StatementPage.together
        }
    }

    private func rows(_ lines: [StatementLine]) -> [String] {
        var rows: [Row] = []
        for line in lines {
            if let last = rows.last, last.takes(line) {
                rows[rows.count - 1].count += 1
            } else {
                rows.append(Row(line: line, count: 1))
            }
        }
        return rows.map(html)
    }

    private func html(_ row: Row) -> String {
        let words = LineWords(row.line, statement, language)
        let times = row.count > 1 ? " (\(row.count) \(text(.times)))" : ""
        func cell(_ label: StatementText, _ content: String) -> String {
            "<td role=\"cell\" data-label=\"\(text(label))\">\(content)</td>"
        }
        let cells = [
            "<th role=\"rowheader\" scope=\"row\" data-label=\"\(text(.when))\">\(time(row.line.time))</th>",
            cell(.who, who(words)),
            cell(.what, Self.escaped(words.what) + times), cell(.purpose, Self.escaped(words.purpose)),
            cell(.basis, Self.escaped(words.basis)), cell(.emergency, row.line.emergency ? text(.yes) : text(.no)),
        ]
        return "<tr role=\"row\"\(row.line.emergency ? " class=\"emergency\"" : "")>\(cells.joined())</tr>"
    }

    /// Ids have no spaces: they may break anywhere, words may not.
    private func who(_ words: LineWords) -> String {
        let role = words.role.isEmpty ? "" : "<br>\(Self.escaped(words.role))"
        return "<span class=\"id\">\(Self.escaped(words.who))</span>\(role)"
    }

    private func section(_ heading: StatementText, intro: StatementText?, _ rows: [String]) -> String {
        let id = heading.word
        let start = "<section aria-labelledby=\"\(id)\">\n<h2 id=\"\(id)\">\(text(heading))</h2>\n"
        guard !rows.isEmpty else { return start + "<p>\(text(.none))</p>\n</section>" }
        let columns: [StatementText] = [.when, .who, .what, .purpose, .basis, .emergency]
        let head = columns.map { "<th role=\"columnheader\" scope=\"col\">\(text($0))</th>" }.joined()
        return start + (intro.map { "<p>\(text($0))</p>\n" } ?? "") + """
            <table role="table">
            <caption>\(text(heading)): \(text(.caption))</caption>
            <thead role="rowgroup"><tr role="row">\(head)</tr></thead>
            <tbody role="rowgroup">
            \(rows.joined(separator: "\n"))
            </tbody>
            </table>
            </section>
            """
    }

    // MARK: What it rests on

    private var proof: String {
        let note = statement.head.checkpoint
        let start = "<section aria-labelledby=\"proof\">\n<h2 id=\"proof\">\(text(.proofHeading))</h2>\n"
        guard !note.isEmpty else { return start + "<p>\(text(.unproved))</p>\n</section>" }
        return start
            + "<p>\(text(.proofText))</p>\n<h3>\(text(.checkpoint))</h3>\n<pre>\(Self.escaped(note))</pre>\n</section>"
    }

    /// Black on white and no picture: it must survive a copying machine. Below 40 em the rows become cards, with each
    /// cell's heading before it; the roles keep it a table for a screen reader.
    private static let style = """
        :root { color-scheme: light; }
        body { font: 100%/1.5 system-ui, sans-serif; color: #111; background: #fff; margin: 0; }
        main { max-width: 62rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.6rem; line-height: 1.2; }
        h2 { font-size: 1.25rem; margin-top: 2rem; }
        h3 { font-size: 1rem; }
        dl { display: grid; gap: .25rem 1rem; margin: 1rem 0; }
        dl div { display: flex; flex-wrap: wrap; gap: 0 .5rem; }
        dt { font-weight: 600; min-width: 8rem; }
        dd { margin: 0; overflow-wrap: anywhere; }
        .boundary { border-left: .25rem solid #1a5; padding-left: .75rem; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; }
        caption { text-align: left; font-weight: 600; padding: .5rem 0; }
        th, td { text-align: left; vertical-align: top; padding: .4rem .5rem; border-bottom: 1px solid #999; }
        .id { overflow-wrap: anywhere; }
        td:nth-child(2) { min-width: 7rem; }
        thead th { border-bottom: 2px solid #111; }
        tbody th { font-weight: 400; }
        tr.emergency td, tr.emergency th { background: #fff3cd; }
        pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; border: 1px solid #999; padding: .5rem; }
        @media screen and (max-width: 40em) {
          thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          table, tbody, tr, th, td, caption { display: block; }
          tbody tr { border: 1px solid #767676; border-radius: .25rem; margin-bottom: .75rem; padding: .25rem 0; }
          tbody th, td { border: 0; padding: .15rem .75rem; display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .5rem; }
          tbody th::before, td::before { content: attr(data-label); font-weight: 600; }
        }
        @page { size: A4; margin: 15mm; }
        @media print {
          main { max-width: none; padding: 0; }
          body { font-size: 10pt; }
          table { font-size: 8.5pt; }
          thead { display: table-header-group; }
          tr { break-inside: avoid; }
          h2, caption { break-after: avoid; }
        }
        """
}
