/// Writes figures in the Prometheus text format (version 0.0.4). Labels are closed words, never an id of anybody.
public struct MetricsText {
    public enum Kind: String {
        case counter
        case gauge
    }

    public private(set) var text = ""

    public init() {}

    /// One figure without labels.
    public mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: some BinaryInteger) {
        head(name, kind, help)
        text += "\(name) \(value)\n"
    }

    /// One figure for each value of a label.
    public mutating func add(
        _ name: String, _ kind: Kind, _ help: String, by label: String, _ values: [(String, UInt64)]
    ) {
        head(name, kind, help)
        for (word, value) in values { text += "\(name){\(label)=\"\(word)\"} \(value)\n" }
    }

    private mutating func head(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }
}
