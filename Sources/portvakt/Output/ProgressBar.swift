internal import Glibc
internal import PortvaktLedger

/// A bar on standard error while something takes long: only on a terminal, redrawn at most ten times a second.
struct ProgressBar {
    /// Nanoseconds between two drawings.
    static let interval: UInt64 = 100_000_000
    /// Cells of the bar at most.
    static let maximumWidth = 40

    let title: String
    let total: Int
    private let isShown: Bool
    private var lastDrawn: UInt64 = 0

    /// - Parameter total: how many steps there are; 0 when there is nothing to do.
    init(_ title: String, total: Int, isShown: Bool = Terminal.errorIsTerminal) {
        self.title = title
        self.total = total
        self.isShown = isShown && total > 0
    }

    mutating func update(_ done: Int) {
        guard isShown else { return }
        let now = Monotonic.now
        guard done >= total || now >= lastDrawn + Self.interval else { return }
        lastDrawn = now
        Output.toError("\r" + Self.line(title, done, total, columns: Terminal.columns))
    }

    /// Takes the bar away.
    func finish() {
        guard isShown else { return }
        Output.toError("\r\u{1B}[K")
    }

    /// One line, at most as wide as the terminal.
    static func line(_ title: String, _ done: Int, _ total: Int, columns: Int) -> String {
        let done = min(max(done, 0), total)
        let numbers = " \(done)/\(total)"
        let width = min(maximumWidth, columns - title.count - numbers.count - 4)
        guard width >= 4 else { return String((title + numbers).prefix(max(columns - 1, 0))) }
        let filled = total == 0 ? width : width * done / total
        return title + " [" + String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
            + "]" + numbers
    }
}
