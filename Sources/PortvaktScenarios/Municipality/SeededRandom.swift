/// SplitMix64 (Steele, Lea, Flood 2014): the same seed gives the same numbers on every machine.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    /// A generator for one thing of many, the same whatever was generated before it.
    public init(seed: UInt64, stream: UInt64) {
        var mixer = SeededRandom(seed: seed ^ (stream &* 0xD6E8_FEB8_6659_FD93))
        state = mixer.next()
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0 to `bound` - 1; 0 when the bound is not positive.
    public mutating func below(_ bound: Int) -> Int { bound <= 1 ? 0 : Int(next() % UInt64(bound)) }

    /// True so many times in a thousand.
    public mutating func chance(_ perThousand: Int) -> Bool { below(1000) < perThousand }

    /// One of the elements, by weight.
    public mutating func weighted<Element>(_ choices: KeyValuePairs<Element, Int>) -> Element {
        var draw = below(choices.reduce(0) { $0 + $1.value })
        for choice in choices {
            draw -= choice.value
            if draw < 0 { return choice.key }
        }
        return choices[0].key
    }
}
