import Foundation

/// SplitMix64: the same seed gives the same test.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func chance() -> Bool { Bool.random(using: &self) }
    mutating func word<Word: CaseIterable>(_ type: Word.Type = Word.self) -> Word {
        Word.allCases.randomElement(using: &self)!
    }
    mutating func optional<Value>(_ value: (inout SeededGenerator) -> Value) -> Value? { chance() ? value(&self) : nil }
    mutating func list<Value>(_ value: (inout SeededGenerator) -> Value) -> [Value] {
        (0..<number(0...3)).map { _ in value(&self) }
    }
}

/// A seed for this run, printed so that a failure can be run again with `PORTVAKT_SEED`.
func printedSeed(_ name: String) -> UInt64 {
    let given = ProcessInfo.processInfo.environment["PORTVAKT_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0...UInt64.max)
    print("\(name): seed \(seed)")
    return seed
}
