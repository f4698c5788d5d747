/// A table for people: a header, and columns as wide as their widest cell.
struct Table {
    enum Alignment: Sendable {
        case left
        case right
    }

    struct Column {
        var title: String
        var alignment: Alignment
    }

    /// Spaces between two columns.
    static let gap = 2

    let columns: [Column]
    private(set) var rows: [[Cell]] = []

    struct Cell: ExpressibleByStringLiteral {
        var text: String
        var style: Style?

        init(_ text: String, _ style: Style? = nil) {
            self.text = text.printable
            self.style = style
        }

        init(stringLiteral value: String) { self.init(value) }
    }

    /// - Parameter titles: a title that ends in `#` heads a column of numbers, set to the right.
    init(_ titles: String...) {
        columns = titles.map { title in
            title.hasSuffix("#")
                ? Column(title: String(title.dropLast()), alignment: .right) : Column(title: title, alignment: .left)
        }
    }

    mutating func add(_ cells: Cell...) {
        rows.append(cells)
    }

    mutating func add(_ cells: [String]) {
        rows.append(cells.map { Cell($0) })
    }

    func lines(coloured: Bool) -> [String] {
        let widths = columns.indices.map { index in
            max(columns[index].title.count, rows.map { index < $0.count ? $0[index].text.count : 0 }.max() ?? 0)
        }
        let header = columns.map { Cell($0.title, .dim) }
        return ([header] + rows).map { row in line(row, widths, coloured) }
    }

    private func line(_ row: [Cell], _ widths: [Int], _ coloured: Bool) -> String {
        var text = ""
        for (index, cell) in row.enumerated() {
            let padding = String(repeating: " ", count: max(0, widths[index] - cell.text.count))
            let shown = cell.style?.applied(to: cell.text, when: coloured) ?? cell.text
            let isLast = index == row.count - 1
            switch columns[index].alignment {
            case .right: text += padding + shown
            case .left: text += isLast ? shown : shown + padding
            }
            if !isLast { text += String(repeating: " ", count: Self.gap) }
        }
        return text
    }
}
