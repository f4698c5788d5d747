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

    private var slab: UnsafeMutableRawBufferPointer
    private var offset = 0
    private var fullSlabs: [UnsafeMutableRawBufferPointer] = unsafe []
    private var bytesInFullSlabs = 0
    /// Bytes it may hold for the present message.
    private var limit = Int.max
    /// A piece was refused because of the limit.
    private(set) var isExhausted = false

    init() { unsafe slab = .allocate(byteCount: Self.firstSlabBytes, alignment: Self.alignment) }

    deinit {
        unsafe fullSlabs.forEach { unsafe $0.deallocate() }
        unsafe slab.deallocate()
    }

    /// Bytes held, with those not used.
    var capacity: Int { unsafe bytesInFullSlabs + slab.count }

    /// Gives back every piece.
    /// - Parameter limit: bytes it may hold until the next reset.
    func reset(limit: Int = .max) {
        offset = 0
        isExhausted = false
        self.limit = limit
        guard unsafe !fullSlabs.isEmpty || slab.count > Self.keptBytes else { return }
        unsafe fullSlabs.forEach { unsafe $0.deallocate() }
        unsafe fullSlabs.removeAll()
        bytesInFullSlabs = 0
        if unsafe slab.count > Self.keptBytes {
            unsafe slab.deallocate()
            unsafe slab = .allocate(byteCount: Self.firstSlabBytes, alignment: Self.alignment)
        }
    }

    /// A piece of memory, not initialized; `nil` when the limit is reached.
    @inline(__always)
    func piece(of size: Int) -> UnsafeMutableRawPointer? {
        // A size near Int.max would overflow the sums below.
        guard size >= 0, size <= Int(Int32.max) else { return unsafe exhaust() }
        let whole = Self.headerBytes + (size + Self.alignment - 1) & ~(Self.alignment - 1)
        guard unsafe offset + whole <= slab.count || grow(whole) else { return nil }
        guard let base = unsafe slab.baseAddress else { return nil }
        let start = unsafe base + offset
        unsafe start.storeBytes(of: size, as: Int.self)
        offset += whole
        return unsafe start + Self.headerBytes
    }

    @inline(never)
    private func grow(_ whole: Int) -> Bool {
        let size = unsafe max(2 * slab.count, whole)
        guard capacity + size <= limit else {
            isExhausted = true
            return false
        }
        unsafe fullSlabs.append(slab)
        unsafe bytesInFullSlabs += slab.count
        unsafe slab = .allocate(byteCount: size, alignment: Self.alignment)
        offset = 0
        return true
    }

    private func exhaust() -> UnsafeMutableRawPointer? {
        isExhausted = true
        return nil
    }

    /// The size that a piece of this arena was asked for.
    func size(of piece: UnsafeRawPointer) -> Int {
        unsafe (piece - Self.headerBytes).load(as: Int.self)
    }

    /// Whether it is a piece of this arena. Constants of the generated code are not.
    func owns(_ pointer: UnsafeRawPointer) -> Bool {
        unsafe Self.holds(slab, pointer) || fullSlabs.contains { unsafe Self.holds($0, pointer) }
    }

    private static func holds(_ slab: UnsafeMutableRawBufferPointer, _ pointer: UnsafeRawPointer) -> Bool {
        guard let base = slab.baseAddress else { return false }
        return unsafe UnsafeRawPointer(base) <= pointer && pointer < UnsafeRawPointer(base) + slab.count
    }

    /// Calls with protobuf-c's form of this arena, valid during the call.
    func withAllocator<Result>(_ body: (UnsafeMutablePointer<ProtobufCAllocator>) -> Result) -> Result {
        var allocator = unsafe ProtobufCAllocator(
            alloc: { data, size in
                guard let data = unsafe data else { return nil }
                return unsafe Unmanaged<WireArena>.fromOpaque(data).takeUnretainedValue().piece(of: size)
            },
            free: { _, _ in },
            allocator_data: Unmanaged.passUnretained(self).toOpaque())
        return unsafe body(&allocator)
    }
}
