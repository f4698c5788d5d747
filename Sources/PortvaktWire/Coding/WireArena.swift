internal import CPortvaktProto
internal import CProtobufC

/// Memory that messages are unpacked into and built in, given back as a whole.
///
/// One slab in which a pointer moves on; a larger one when it is full. Every piece knows its own size, so that a string's
/// length is that of the bytes on the wire and not where its first NUL stands (protobuf-c's strings have no length).
@safe final class WireArena {
    /// Room before the first growth: any single question and answer.
    static let firstSlabBytes = 64 * 1024
    /// A slab of this size or less is kept for the next message.
    static let keptBytes = 1024 * 1024
    /// Every piece starts on a multiple of this, after the eight bytes of its size.
    private static let alignment = 8
    private static let headerBytes = 8

    /// What changes with every piece, in memory of its own: protobuf-c's callback gets the pointer, and a class's
    /// properties would be checked for exclusive access at each of the many pieces of a message.
    @safe private struct State {
        var slab: UnsafeMutableRawBufferPointer
        var offset = 0
        var fullSlabs: [UnsafeMutableRawBufferPointer] = unsafe []
        var bytesInFullSlabs = 0
        /// Bytes it may hold for the present message.
        var limit = Int.max
        /// A piece was refused because of the limit.
        var isExhausted = false

        init(slabBytes: Int) { unsafe slab = .allocate(byteCount: slabBytes, alignment: WireArena.alignment) }

        var capacity: Int { unsafe bytesInFullSlabs + slab.count }

        mutating func freeFullSlabs() {
            unsafe fullSlabs.forEach { unsafe $0.deallocate() }
            unsafe fullSlabs.removeAll()
            bytesInFullSlabs = 0
        }

        @inline(__always)
        mutating func piece(of size: Int) -> UnsafeMutableRawPointer? {
            // A size near Int.max would overflow the sums below.
            guard size >= 0, size <= Int(Int32.max) else { return unsafe refused() }
            let whole = headerBytes + (size + alignment - 1) & ~(alignment - 1)
            guard unsafe offset + whole <= slab.count || grow(whole) else { return nil }
            guard let base = unsafe slab.baseAddress else { return nil }
            let start = unsafe base + offset
            unsafe start.storeBytes(of: size, as: Int.self)
            offset += whole
            return unsafe start + headerBytes
        }

        @inline(never)
        private mutating func grow(_ whole: Int) -> Bool {
            let size = unsafe max(2 * slab.count, whole)
            guard capacity + size <= limit else {
                isExhausted = true
                return false
            }
            unsafe fullSlabs.append(slab)
            unsafe bytesInFullSlabs += slab.count
            unsafe slab = .allocate(byteCount: size, alignment: alignment)
            offset = 0
            return true
        }

        private mutating func refused() -> UnsafeMutableRawPointer? {
            isExhausted = true
            return nil
        }
    }

    private let state: UnsafeMutablePointer<State>

    init() {
        unsafe state = .allocate(capacity: 1)
        unsafe state.initialize(to: State(slabBytes: Self.firstSlabBytes))
    }

    deinit {
        unsafe state.pointee.freeFullSlabs()
        unsafe state.pointee.slab.deallocate()
        unsafe state.deinitialize(count: 1)
        unsafe state.deallocate()
    }

    /// Bytes held, with those not used.
    var capacity: Int { unsafe state.pointee.capacity }

    /// A piece was refused because of the limit.
    var isExhausted: Bool { unsafe state.pointee.isExhausted }

    /// Gives back every piece.
    /// - Parameter limit: bytes it may hold until the next reset.
    func reset(limit: Int = .max) {
        unsafe state.pointee.offset = 0
        unsafe state.pointee.isExhausted = false
        unsafe state.pointee.limit = limit
        if unsafe state.pointee.bytesInFullSlabs > 0 { unsafe state.pointee.freeFullSlabs() }
        if unsafe state.pointee.slab.count > Self.keptBytes {
            unsafe state.pointee.slab.deallocate()
            unsafe state.pointee.slab = .allocate(byteCount: Self.firstSlabBytes, alignment: Self.alignment)
        }
    }

    /// A piece of memory, not initialized; `nil` when the limit is reached.
    @inline(__always)
    func piece(of size: Int) -> UnsafeMutableRawPointer? { unsafe state.pointee.piece(of: size) }

    /// The size that a piece of this arena was asked for.
    @inline(__always)
    func size(of piece: UnsafeRawPointer) -> Int {
        unsafe (piece - Self.headerBytes).load(as: Int.self)
    }

    /// Whether it is a piece of this arena. Constants of the generated code are not.
    func owns(_ pointer: UnsafeRawPointer) -> Bool {
        unsafe Self.holds(state.pointee.slab, pointer)
            || state.pointee.fullSlabs.contains { unsafe Self.holds($0, pointer) }
    }

    private static func holds(_ slab: UnsafeMutableRawBufferPointer, _ pointer: UnsafeRawPointer) -> Bool {
        guard let base = slab.baseAddress else { return false }
        return unsafe UnsafeRawPointer(base) <= pointer && pointer < UnsafeRawPointer(base) + slab.count
    }

    /// Calls with protobuf-c's form of this arena, valid during the call.
    func withAllocator<Result>(_ body: (UnsafeMutablePointer<ProtobufCAllocator>) -> Result) -> Result {
        var allocator = unsafe ProtobufCAllocator(
            alloc: { state, size in
                unsafe state?.assumingMemoryBound(to: State.self).pointee.piece(of: size)
            },
            free: { _, _ in },
            allocator_data: state)
        return unsafe body(&allocator)
    }
}
