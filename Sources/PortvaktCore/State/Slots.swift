/// Something with facts that a decision reads.
protocol FactHolder: AnyObject, Sendable {
    associatedtype Kind
    associatedtype Facts: BitwiseCopyable
    var id: ID<Kind> { get }
    /// The facts, which live as long as the holder.
    var facts: Ref<Facts> { get }
}

/// A persistent vector: a copy costs nothing, a change copies one path of it, and nothing at all when nobody else has
/// the vector. Values are found by index and read without counting references.
struct Slots<Value: FactHolder>: @unchecked Sendable {
    // Sendable: a node that two vectors share is never written again.
    private var root = SlotNode()
    /// Bits of an index that the levels below the root take.
    private var shift = 0
    /// How many places there are, filled or empty.
    private(set) var count = 0

    private static var bitsPerLevel: Int { SlotNode.bitsPerLevel }
    private static var mask: Int { SlotNode.width - 1 }
    static var width: Int { SlotNode.width }

    /// The facts at a place: a walk over bare addresses.
    @inline(__always)
    func facts(at index: Int32) -> Ref<Value.Facts>? { view.facts(at: index) }

    subscript(index: Int32) -> Value? {
        guard let owner = view.slot(at: index)?.owner else { return nil }
        return unsafeDowncast(owner.takeUnretainedValue(), to: Value.self)
    }

    /// The places, to be read in place while this is kept.
    var view: SlotView<Value.Facts> {
        @inline(__always) get { SlotView(root: UnsafePointer(root.slots), shift: shift, count: count) }
    }

    /// Makes one more place, empty.
    /// - Returns: its index.
    mutating func append() -> Int32 {
        if count == 1 << (shift + Self.bitsPerLevel) {
            let higher = SlotNode()
            higher.put(root, at: 0)
            root = higher
            shift += Self.bitsPerLevel
        }
        count += 1
        return Int32(count - 1)
    }

    mutating func set(_ value: Value, at index: Int32) {
        precondition(index >= 0 && index < count, "no such place")
        Self.set(value, at: Int(index), shift, in: &root)
    }

    private static func set(_ value: Value, at index: Int, _ level: Int, in node: inout SlotNode) {
        if !isKnownUniquelyReferenced(&node) { node = SlotNode(copying: node) }
        let place = (index >> level) & mask
        guard level > 0 else {
            return node.fill(place, owner: value, address: value.facts.raw)
        }
        // Taken out while it is changed, so that it is seen to be nobody else's.
        var child = node.take(place) ?? SlotNode()
        set(value, at: index, level - bitsPerLevel, in: &child)
        node.put(child, at: place)
    }

    /// Lays the nodes together.
    mutating func settle(on shelf: FactShelf) { root = root.settled(levels: shift / Self.bitsPerLevel, on: shelf) }

    /// Every value with its index, in the order of indexes.
    func forEach(_ body: (Int32, Value) -> Void) {
        for index in 0..<Int32(count) {
            if let value = self[index] { body(index, value) }
        }
    }
}

/// The places of a vector without their owner.
struct SlotView<Facts: BitwiseCopyable>: BitwiseCopyable, @unchecked Sendable {
    // Sendable: as the vector that it is a view of.
    fileprivate let root: UnsafePointer<SlotNode.Slot>
    fileprivate let shift: Int
    fileprivate let count: Int

    @inline(__always)
    func facts(at index: Int32) -> Ref<Facts>? {
        guard let address = slot(at: index)?.address else { return nil }
        return Ref(address.assumingMemoryBound(to: Facts.self))
    }

    @inline(__always)
    fileprivate func slot(at index: Int32) -> SlotNode.Slot? {
        guard index >= 0, index < count else { return nil }
        let index = Int(index)
        var table = root
        var level = shift
        while level > 0 {
            guard let next = table[(index >> level) & (SlotNode.width - 1)].address else { return nil }
            table = next.assumingMemoryBound(to: SlotNode.Slot.self)
            level -= SlotNode.bitsPerLevel
        }
        return table[index & (SlotNode.width - 1)]
    }
}

/// A node: places that each hold another node and its places, or a value and its facts.
fileprivate final class SlotNode {
    struct Slot: BitwiseCopyable {
        var owner: Unmanaged<AnyObject>?
        var address: UnsafeRawPointer?
    }

    static var bitsPerLevel: Int { 6 }
    static var width: Int { 1 << bitsPerLevel }

    let slots: UnsafeMutablePointer<Slot>
    /// What the places lie in, when they were laid on a shelf.
    private let region: FactRegion?

    init() {
        slots = .allocate(capacity: Self.width)
        slots.initialize(repeating: Slot(), count: Self.width)
        region = nil
    }

    init(copying other: SlotNode, on shelf: FactShelf? = nil) {
        let place = shelf?.take(Self.width * MemoryLayout<Slot>.stride)
        slots = place?.bindMemory(to: Slot.self, capacity: Self.width) ?? .allocate(capacity: Self.width)
        region = place == nil ? nil : shelf?.region
        slots.initialize(from: other.slots, count: Self.width)
        for index in 0..<Self.width { _ = slots[index].owner?.retain() }
    }

    deinit {
        for index in 0..<Self.width { slots[index].owner?.release() }
        if region == nil { slots.deallocate() }
    }

    /// A copy whose places, and those of the nodes below it, lie on the shelf.
    func settled(levels: Int, on shelf: FactShelf) -> SlotNode {
        let node = SlotNode(copying: self, on: shelf)
        guard levels > 0 else { return node }
        for place in 0..<Self.width {
            guard let child = node.take(place) else { continue }
            node.put(child.settled(levels: levels - 1, on: shelf), at: place)
        }
        return node
    }

    func fill(_ place: Int, owner: AnyObject, address: UnsafeRawPointer) {
        let old = slots[place].owner
        slots[place] = Slot(owner: .passRetained(owner), address: address)
        old?.release()
    }

    func put(_ node: SlotNode, at place: Int) { fill(place, owner: node, address: UnsafeRawPointer(node.slots)) }

    func take(_ place: Int) -> SlotNode? {
        guard let owner = slots[place].owner else { return nil }
        slots[place] = Slot()
        return unsafeDowncast(owner.takeRetainedValue(), to: SlotNode.self)
    }
}
