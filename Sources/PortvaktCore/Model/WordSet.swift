/// A set of words of one vocabulary, as bits: a word is looked up in it without touching memory elsewhere.
///
/// Every vocabulary that is used so has raw values below ``capacity``.
struct WordSet<Word: Vocabulary>: Hashable, Sendable, BitwiseCopyable, ExpressibleByArrayLiteral {
    /// The highest raw value and one more.
    static var capacity: Int { UInt64.bitWidth }

    private var bits: UInt64 = 0

    init(_ words: some Sequence<Word>) { for word in words { insert(word) } }

    init(arrayLiteral elements: Word...) { self.init(elements) }

    var isEmpty: Bool { bits == 0 }

    /// How many words are in it.
    var count: Int { bits.nonzeroBitCount }

    @inline(__always)
    func contains(_ word: Word) -> Bool { bits & Self.bit(of: word) != 0 }

    func isSuperset(of other: WordSet) -> Bool { other.bits & ~bits == 0 }

    mutating func insert(_ word: Word) {
        precondition(Int(word.rawValue) < Self.capacity, "a vocabulary with such a number needs wider sets")
        bits |= Self.bit(of: word)
    }

    @inline(__always)
    private static func bit(of word: Word) -> UInt64 { 1 << UInt64(word.rawValue) }
}
