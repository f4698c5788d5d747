@testable import PortvaktAuthZEN

/// Random values from a seed (SplitMix64).
struct Seeded: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init(_ seed: UInt64 = .random(in: .min ... .max)) {
        self.seed = seed
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Any value, nested at most so deep.
    mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &self) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &self))
        case 2: return .number(Int.random(in: -1_000_000...1_000_000, using: &self))
        case 3, 4: return .text(text())
        case 5: return .list((0..<Int.random(in: 0...4, using: &self)).map { _ in value(depth: depth - 1) })
        default:
            var names: Set<String> = []
            while names.count < Int.random(in: 0...4, using: &self) { names.insert(text()) }
            return .object(names.sorted().map { JSONValue.Member($0, value(depth: depth - 1)) })
        }
    }

    /// Text of any scalars, control characters and those beyond the first plane too.
    mutating func text() -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...8, using: &self) {
            let limits: [UInt32] = [0x7F, 0x24F, 0xFFFF, 0x10FFFF]
            let number = UInt32.random(in: 0...limits[Int.random(in: 0..<4, using: &self)], using: &self)
            if let scalar = Unicode.Scalar(number) { text.unicodeScalars.append(scalar) }
        }
        return text
    }
}
