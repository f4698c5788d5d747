/// A short list of plain values that lies where it is declared: what a decision gathers costs no allocation.
///
/// More than the capacity is rare and goes into an array.
struct SmallList<let capacity: Int, Element: BitwiseCopyable & Equatable>: RandomAccessCollection {
    private var near: InlineArray<capacity, Element>
    private var far: [Element]?
    private(set) var count = 0

    /// - Parameter filler: any value; it is never given out.
    @inline(__always)
    init(filler: Element) { near = InlineArray(repeating: filler) }

    var startIndex: Int { 0 }
    var endIndex: Int {
        @inline(__always) get { count }
    }

    subscript(position: Int) -> Element {
        @inline(__always)
        get {
            precondition(position < count, "no such element")
            guard position >= capacity, let far else { return near[position] }
            return far[position - capacity]
        }
    }

    @inline(__always)
    mutating func append(_ element: Element) {
        if count < capacity { near[count] = element } else { far = (far ?? []) + [element] }
        count += 1
    }

    /// Appends what is not there yet.
    @inline(__always)
    mutating func note(_ element: Element) {
        if !contains(element) { append(element) }
    }

    /// Keeps the first so many.
    mutating func truncate(to length: Int) {
        guard length < count else { return }
        if count > capacity { far = Array((far ?? []).prefix(Swift.max(0, length - capacity))) }
        count = length
    }

    mutating func removeAll(where isUnwanted: (Element) -> Bool) {
        let kept = filter { !isUnwanted($0) }
        truncate(to: 0)
        for element in kept { append(element) }
    }

    /// The elements as an array, which is then of exactly their number.
    @inline(__always)
    var array: [Element] { array { $0 } }

    @inline(__always)
    func array<Other>(_ transform: (Element) -> Other) -> [Other] {
        guard count > 0 else { return [] }
        if count == 1 { return [transform(self[0])] }
        var array: [Other] = []
        array.reserveCapacity(count)
        for index in 0..<count { array.append(transform(self[index])) }
        return array
    }

    @inline(__always)
    func contains(_ wanted: Element) -> Bool {
        for index in 0..<count where self[index] == wanted { return true }
        return false
    }
}

/// A list of words without repetition, with room for all that there can be.
struct WordList<let capacity: Int, Word: Vocabulary>: RandomAccessCollection {
    private var words: InlineArray<capacity, Word>
    private(set) var count = 0

    /// - Parameter filler: any word; it is never given out.
    @inline(__always)
    init(filler: Word) { words = InlineArray(repeating: filler) }

    var startIndex: Int { 0 }
    var endIndex: Int {
        @inline(__always) get { count }
    }

    subscript(position: Int) -> Word {
        @inline(__always)
        get {
            precondition(position < count, "no such word")
            return words[position]
        }
    }

    /// Appends what is not there yet.
    @inline(__always)
    mutating func note(_ word: Word) {
        if contains(word) { return }
        words[count] = word
        count += 1
    }

    /// Keeps the first so many.
    @inline(__always)
    mutating func truncate(to length: Int) { count = Swift.min(count, length) }

    mutating func remove(_ word: Word) {
        let kept = array.filter { $0 != word }
        count = 0
        for word in kept { note(word) }
    }

    mutating func insert(_ word: Word, at position: Int) {
        let later = Array(self[position...])
        truncate(to: position)
        note(word)
        for word in later { note(word) }
    }

    @inline(__always)
    func contains(_ wanted: Word) -> Bool {
        for index in 0..<count where words[index] == wanted { return true }
        return false
    }

    /// The words as an array, which is then of exactly their number.
    @inline(__always)
    var array: [Word] {
        guard count > 0 else { return [] }
        if count == 1 { return [words[0]] }
        var array: [Word] = []
        array.reserveCapacity(count)
        for index in 0..<count { array.append(words[index]) }
        return array
    }
}

/// Words in an order, of which there are few: they lie where the list is declared. More stand in an array.
struct ShortWords<Word: Vocabulary>: Equatable, Sendable {
    private var near: InlineArray<6, Word>
    private var length: UInt8
    private var far: [Word]?

    private static var capacity: Int { 6 }

    init(_ word: Word) {
        near = InlineArray(repeating: word)
        length = 1
    }

    /// - Parameter filler: any word; it is never given out.
    init(_ words: [Word], filler: Word) {
        near = InlineArray(repeating: filler)
        length = UInt8(clamping: words.count)
        guard words.count <= Self.capacity else {
            far = words
            return
        }
        for (index, word) in words.enumerated() { near[index] = word }
    }

    /// The words of a list.
    init<let length: Int>(_ words: borrowing WordList<length, Word>, filler: Word) {
        near = InlineArray(repeating: filler)
        self.length = UInt8(clamping: words.count)
        guard words.count <= Self.capacity else {
            far = words.array
            return
        }
        for index in 0..<words.count { near[index] = words[index] }
    }

    var count: Int { far?.count ?? Int(length) }

    var first: Word? { far?.first ?? (length > 0 ? near[0] : nil) }

    func forEach(_ body: (Word) -> Void) {
        if let far { return far.forEach(body) }
        for index in 0..<Int(length) { body(near[index]) }
    }

    var array: [Word] {
        if let far { return far }
        return (0..<Int(length)).map { near[$0] }
    }

    static func == (lhs: ShortWords, rhs: ShortWords) -> Bool { lhs.array == rhs.array }
}
