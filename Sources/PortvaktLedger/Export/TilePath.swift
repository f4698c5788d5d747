/// Where C2SP `tlog-tiles` puts a tile, below the folder of an export.
enum TilePath {
    /// Hashes, or entries, of a full tile.
    static let width = 256

    /// `tile/<level>/<number>`, with `.p/<width>` when it is not full.
    static func hashes(level: Int, number: UInt64, width: Int) -> String {
        "tile/\(level)/\(path(number, width))"
    }

    /// `tile/entries/<number>`: the leaves, each with its length in two bytes.
    static func entries(number: UInt64, width: Int) -> String { "tile/entries/\(path(number, width))" }

    /// `openings/<number>`, beside the format: what the leaves commit to, each with its length in four bytes.
    static func openings(number: UInt64, width: Int) -> String { "openings/\(path(number, width))" }

    /// Three digits to an element, all but the last with an `x` before them.
    static func path(_ number: UInt64, _ width: Int) -> String {
        var elements: [String] = []
        var rest = number
        repeat {
            let digits = String(rest % 1000)
            elements.append(String(repeating: "0", count: 3 - digits.count) + digits)
            rest /= 1000
        } while rest > 0
        let text = elements.dropFirst().reversed().map { "x\($0)/" }.joined() + elements[0]
        return width == Self.width ? text : "\(text).p/\(width)"
    }
}
