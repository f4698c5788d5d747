internal import PortvaktCore

/// Where C2SP `tlog-tiles` puts a tile, below the folder of an export, and where that folder is among those of other streams.
enum TilePath {
    /// Hashes, or entries, of a full tile.
    static let width = 256

    /// The folders of an export: tiles, and what stands beside the format.
    static let parts = ["tile", "openings"]
    /// The folder of an export that every one with an entry has.
    static let leaves = "tile/entries"

    /// `tile/<level>/<number>`, with `.p/<width>` when it is not full.
    static func hashes(level: Int, number: UInt64, width: Int) -> String {
        "tile/\(level)/\(path(number, width))"
    }

    /// `tile/entries/<number>`: the leaves, each with its length in two bytes.
    static func entries(number: UInt64, width: Int) -> String { "\(leaves)/\(path(number, width))" }

    /// `openings/<number>`, beside the format: what the leaves commit to, each with its length in four bytes.
    static func openings(number: UInt64, width: Int) -> String { "openings/\(path(number, width))" }

    /// `<kind>/<owner>`: two elements for every stream, whatever its owner is called. A name never leads out of the folder or
    /// into another stream's, and none is hidden from whoever looks the folder through.
    static func stream(_ stream: StreamID) -> String { "\(stream.kind.word)/\(element(stream.owner.text))" }

    /// One element of a path: everything but letters, digits, `_`, `-` and inner dots as `%` and two digits (RFC 3986
    /// section 2.1); a name that begins with a dot has none of its dots left.
    static func element(_ name: String) -> String {
        let keepsDots = name.utf8.first != UInt8(ascii: ".")
        return name.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                String(UnicodeScalar(byte))
            case UInt8(ascii: ".") where keepsDots: "."
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }

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
