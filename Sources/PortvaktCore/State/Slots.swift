/// Something with facts that a decision reads.
protocol FactHolder: AnyObject, Sendable {
    associatedtype Facts: BitwiseCopyable
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

    static var bitsPerLevel: Int { 6 }
    static var width: Int { 1 << bitsPerLevel }
    static var mask: Int { width - 1 }

    /// The facts at a place: a walk over bare addresses.
    @inline(__always)
    func facts(at index: Int32) -> Ref<Value.Facts>? {
        guard let address = slot(at: index)?.address else { return nil }
        return Ref(address.assumingMemoryBound(to: Value.Facts.self))
    }

    subscript(index: Int32) -> Value? {
        guard let owner = slot(at: index)?.owner else { return nil }
        return unsafeDowncast(owner.takeUnretainedValue(), to: Value.self)
    }

    @inline(__always)
    private func slot(at index: Int32) -> SlotNode.Slot? {
        guard index >= 0, index < count else { return nil }
        let index = Int(index)
        var table = UnsafePointer(root.slots)
        var level = shift
        while level > 0 {
            guard let next = table[(index >> level) & Self.mask].address else { return nil }
            table = next.assumingMemoryBound(to: SlotNode.Slot.self)
            level -= Self.bitsPerLevel
        }
        return table[index & Self.mask]
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

    /// Every value with its index, in the order of indexes.
    func forEach(_ body: (Int32, Value) -> Void) {
        for index in 0..<Int32(count) {
            if let value = self[index] { body(index, value) }
        }
    }
}

/// A node: places that each hold another node and its places, or a value and its facts.
fileprivate final class SlotNode {
    struct Slot {
        var owner: Unmanaged<AnyObject>?
        var address: UnsafeRawPointer?
    }

    private static var width: Int { 64 }

    let slots: UnsafeMutablePointer<Slot>

    init() {
        slots = .allocate(capacity: Self.width)
        slots.initialize(repeating: Slot(), count: Self.width)
    }

    init(copying other: SlotNode) {
        slots = .allocate(capacity: Self.width)
        slots.initialize(from: other.slots, count: Self.width)
        for index in 0..<Self.width { _ = slots[index].owner?.retain() }
    }

    deinit {
        for index in 0..<Self.width { slots[index].owner?.release() }
        slots.deallocate()
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
