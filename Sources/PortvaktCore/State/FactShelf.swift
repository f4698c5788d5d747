internal import Glibc

// Where the facts of a whole state lie together once it is settled.
//
// A decision about one case among millions finds the processor's caches and its table of pages cold: what it costs is the
// number of lines and pages that it touches. So what it touches is laid side by side, in pages of two megabytes.

/// A stretch of memory, in huge pages where the system gives them, freed whole by the last of its owners.
final class FactRegion: @unchecked Sendable {
    // Sendable: only the shelf that made it writes in it, each place once and before anybody else sees it.
    private let base: UnsafeMutableRawPointer
    private let capacity: Int
    private var used = 0

    /// - Returns: `nil` when there is no memory.
    init?(capacity: Int) {
        let address = mmap(
            nil, capacity + Self.pageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let address, address != MAP_FAILED else { return nil }
        // A huge page begins at a multiple of its size; what lies before and behind goes back.
        let before = (Self.pageSize - Int(bitPattern: address) % Self.pageSize) % Self.pageSize
        if before > 0 { munmap(address, before) }
        base = address + before
        self.capacity = capacity
        if before < Self.pageSize { munmap(base + capacity, Self.pageSize - before) }
        // Advice: where it is not taken the pages are small, and everything works.
        _ = madvise(base, capacity, MADV_HUGEPAGE)
    }

    deinit { munmap(base, capacity) }

    /// A place that begins at a multiple of 8; `nil` when the region is full.
    func take(_ bytes: Int) -> UnsafeMutableRawPointer? {
        guard used + bytes <= capacity else { return nil }
        defer { used += (bytes + 7) / 8 * 8 }
        return base + used
    }

    /// A region holds the facts of so many bytes: some thousand cases.
    static var defaultCapacity: Int { 16 * pageSize }
    static var pageSize: Int { 2 << 20 }

    static func wholePages(_ bytes: Int) -> Int { (bytes + pageSize - 1) / pageSize * pageSize }
}

/// Gives places in regions, one after the other.
final class FactShelf: @unchecked Sendable {
    // Sendable: it is used by whoever settles a state and by nobody else.
    private(set) var region: FactRegion?

    /// - Returns: a place in ``region``, or `nil` when there is no memory for a region.
    func take(_ bytes: Int) -> UnsafeMutableRawPointer? {
        if let place = region?.take(bytes) { return place }
        region = FactRegion(capacity: max(FactRegion.defaultCapacity, FactRegion.wholePages(bytes)))
        return region?.take(bytes)
    }
}

/// A block of facts with what keeps it: a region that it lies in, or nothing but its owner, who frees it.
struct FactBlock: @unchecked Sendable {
    // Sendable: as a `Ref`.
    let address: UnsafeMutableRawPointer
    let region: FactRegion?

    func free() { if region == nil { address.deallocate() } }

    func facts<Facts: BitwiseCopyable>(as type: Facts.Type) -> Ref<Facts> { Ref(address, as: type) }
}
