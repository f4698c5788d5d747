// Facts: what a decision reads of the records, as plain data in memory that the records' owner keeps.
//
// A decision touches dozens of small values in a handful of records. Read through classes and arrays, each would be
// retained and released, which costs more than deciding does and makes threads fight over the counters. So the fold
// compiles every record that a decision reads into plain data (`Facts.swift`), and a decision follows bare addresses.
// That is sound because a state is immutable and outlives every decision that is made in it: whoever decides holds the
// snapshot, the snapshot its tables, a table its files, and a file or a record its facts until it is freed itself.

/// Facts where their owner keeps them.
struct Ref<Facts: BitwiseCopyable>: BitwiseCopyable, @unchecked Sendable {
    // Sendable: facts are written once, before anybody else sees them.
    private let address: UnsafePointer<Facts>

    init(_ address: UnsafePointer<Facts>) { self.address = address }

    /// Takes over a block that a ``FactWriter`` has written.
    init(_ block: UnsafeMutableRawPointer, as facts: Facts.Type) {
        address = UnsafePointer(block.assumingMemoryBound(to: facts))
    }

    var raw: UnsafeRawPointer { UnsafeRawPointer(address) }

    /// The facts, read in place.
    var facts: Facts {
        @inline(__always) unsafeAddress { address }
    }
}

/// Some values beside the facts that they belong to.
struct FactList<Element: BitwiseCopyable>: BitwiseCopyable, RandomAccessCollection, @unchecked Sendable {
    // Sendable: as a `Ref`.
    private let base: UnsafePointer<Element>?
    private let length: Int32

    static var empty: FactList { FactList(base: nil, length: 0) }

    fileprivate init(base: UnsafePointer<Element>?, length: Int32) {
        self.base = base
        self.length = length
    }

    var startIndex: Int { 0 }
    var endIndex: Int {
        @inline(__always) get { Int(length) }
    }

    subscript(position: Int) -> Element {
        @inline(__always)
        get {
            guard let base, UInt(bitPattern: position) < UInt(bitPattern: Int(length)) else {
                preconditionFailure("no such fact")
            }
            return base[position]
        }
    }
}

/// Facts of one kind, one after the other: a decision goes through them from end to end.
struct FactRefs<Facts: BitwiseCopyable>: BitwiseCopyable, RandomAccessCollection, @unchecked Sendable {
    // Sendable: as a `Ref`.
    private let base: UnsafePointer<Facts>?
    private let length: Int32

    static var empty: FactRefs { FactRefs(base: nil, length: 0) }

    fileprivate init(base: UnsafePointer<Facts>?, length: Int32) {
        self.base = base
        self.length = length
    }

    var startIndex: Int { 0 }
    var endIndex: Int {
        @inline(__always) get { Int(length) }
    }

    subscript(position: Int) -> Ref<Facts> {
        @inline(__always)
        get {
            guard let base, UInt(bitPattern: position) < UInt(bitPattern: Int(length)) else {
                preconditionFailure("no such facts")
            }
            return Ref(base + position)
        }
    }
}

/// The services that a consent names: nearly always among the first that a state ever named, so that one bit tells.
struct ServiceSet: BitwiseCopyable, Sendable {
    private let near: UInt64
    private let far: FactList<Handle<ServiceKind>>

    init(_ services: [Handle<ServiceKind>], _ writer: inout FactWriter) {
        near = services.reduce(0) { $1.index < UInt64.bitWidth ? $0 | 1 << UInt64($1.index) : $0 }
        far = writer.list(services.filter { $0.index >= UInt64.bitWidth })
    }

    @inline(__always)
    func contains(_ service: Handle<ServiceKind>) -> Bool {
        guard service.index >= 0 else { return false }
        return service.index < UInt64.bitWidth ? near & 1 << UInt64(service.index) != 0 : far.contains(service)
    }
}

/// Facts written one after the other with the lists that belong to them: one block, freed by whoever owns it.
struct FactWriter: ~Copyable {
    private let block: FactBlock
    private let capacity: Int
    private var used: Int

    /// Everything in a block begins at a multiple of this.
    private static var alignment: Int { 8 }

    /// - Parameters:
    ///   - header: the type of the facts that the block begins with.
    ///   - lists: the elements of all lists together, in bytes, each list rounded up.
    ///   - shelf: where the block is laid; without one it stands alone.
    init<Facts: BitwiseCopyable>(_ header: Facts.Type, lists: Int, on shelf: FactShelf?) {
        used = Self.rounded(MemoryLayout<Facts>.size)
        capacity = used + lists
        if let shelf, let place = shelf.take(capacity) {
            block = FactBlock(address: place, region: shelf.region)
        } else {
            block = FactBlock(
                address: .allocate(byteCount: capacity, alignment: Self.alignment), region: nil)
        }
    }

    /// The bytes that a list takes.
    static func bytes<Element: BitwiseCopyable>(of count: Int, _ element: Element.Type) -> Int {
        rounded(count * MemoryLayout<Element>.stride)
    }

    private static func rounded(_ bytes: Int) -> Int { (bytes + alignment - 1) / alignment * alignment }

    /// Writes a list, or nothing where it is empty.
    mutating func list<Element: BitwiseCopyable>(_ elements: some Collection<Element>) -> FactList<Element> {
        guard !elements.isEmpty else { return .empty }
        let bytes = Self.bytes(of: elements.count, Element.self)
        precondition(used + bytes <= capacity, "the block was made too small")
        let base = (block.address + used).bindMemory(to: Element.self, capacity: elements.count)
        var index = 0
        for element in elements {
            (base + index).initialize(to: element)
            index += 1
        }
        used += bytes
        return FactList(base: UnsafePointer(base), length: Int32(clamping: index))
    }

    /// Copies facts that lie elsewhere, so that they lie together.
    mutating func copies<Facts: BitwiseCopyable>(of facts: some Collection<Ref<Facts>>) -> FactRefs<Facts> {
        guard !facts.isEmpty else { return .empty }
        let bytes = Self.bytes(of: facts.count, Facts.self)
        precondition(used + bytes <= capacity, "the block was made too small")
        let base = (block.address + used).bindMemory(to: Facts.self, capacity: facts.count)
        var index = 0
        for one in facts {
            (base + index).initialize(to: one.facts)
            index += 1
        }
        used += bytes
        return FactRefs(base: UnsafePointer(base), length: Int32(clamping: index))
    }

    /// Writes the facts that the block begins with and hands the block over.
    consuming func finish<Facts: BitwiseCopyable>(_ facts: Facts) -> FactBlock {
        block.address.initializeMemory(as: Facts.self, to: facts)
        return block
    }
}
