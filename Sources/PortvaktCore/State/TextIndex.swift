internal import Glibc

/// From ids to handles.
///
/// Most ids stand in a flat index that never changes and is shared; those that were named since it was made stand in a
/// tree beside it. When there are many of these a new flat index is made of all.
struct TextIndex<Kind>: Sendable {
    private var flat: FlatIndex?
    private var recent = HandleTree<Kind>()

    /// So many ids, or half of those in the flat index, stand beside it before it is made anew: so each id is moved a
    /// few times in its life, whatever their number.
    static var mostRecent: Int { 1024 }

    subscript(id: ID<Kind>) -> Handle<Kind>? {
        switch view.find(id.identifier) {
        case FlatView.absent: return recent.isEmpty ? nil : recent[id.identifier]
        case FlatView.far: return flat?.far[id.identifier].map { Handle($0) } ?? recent[id.identifier]
        case let index: return Handle(index)
        }
    }

    /// The flat index, to be read in place while this is kept.
    var view: FlatView { flat?.view ?? FlatView() }

    /// Some ids do not stand in the flat index.
    var hasRecent: Bool { !recent.isEmpty }

    /// Adds an id that is not there.
    mutating func add(_ id: ID<Kind>, _ handle: Handle<Kind>) {
        recent[id.identifier] = handle
        if recent.count >= max(Self.mostRecent, (flat?.count ?? 0) / 2) { flatten() }
    }

    /// Takes what stands beside the flat index into it.
    mutating func flatten() {
        guard !recent.isEmpty else { return }
        flat = FlatIndex(flat, and: recent.all, count: recent.count)
        recent = HandleTree()
    }
}

/// A hash table of ids with open addressing: a place is one line of the processor's cache and holds the id itself, so
/// that a look-up ends where it begins.
struct FlatView: BitwiseCopyable, @unchecked Sendable {
    // Sendable: as the index that it is a view of, which never changes.

    /// A place as it lies in memory; the bytes of the id follow. An empty one has no length.
    struct Place: BitwiseCopyable {
        var hash: UInt32
        var handle: Int32
        var length: UInt8
    }

    /// A line of the processor's cache.
    static var stride: Int { 64 }
    static var bytesOffset: Int { MemoryLayout<Place>.size }
    /// Ids of so many bytes lie in their place: a UUID with a prefix does.
    static var nearLength: Int { stride - bytesOffset }
    /// What ``find(_:)`` gives where the id is not there, and where it is too long for a place.
    static var absent: Int32 { -1 }
    static var far: Int32 { -2 }

    fileprivate var base: UnsafeMutableRawPointer?
    fileprivate var placeCount = 0

    @inline(__always)
    func find(_ id: Identifier) -> Int32 { id.withBytes { find($0) } }

    @inline(__always)
    private func find(_ text: UnsafeRawBufferPointer) -> Int32 {
        guard let base, let start = text.baseAddress else { return Self.absent }
        if text.count > Self.nearLength { return Self.far }
        let hash = UInt64(bitPattern: Int64(KeyedHash.of(text)))
        var index = first(hash)
        while true {
            let address = base + index * Self.stride
            let place = address.assumingMemoryBound(to: Place.self).pointee
            if place.length == 0 { return Self.absent }
            if place.hash == UInt32(truncatingIfNeeded: hash), Int(place.length) == text.count,
                memcmp(address + Self.bytesOffset, start, text.count) == 0
            {
                return place.handle
            }
            index = index + 1 == placeCount ? 0 : index + 1
        }
    }

    /// Where a search begins: the hash's share of the places.
    @inline(__always)
    private func first(_ hash: UInt64) -> Int { Int(hash.multipliedFullWidth(by: UInt64(placeCount)).high) }

    fileprivate func put(_ text: UnsafeRawBufferPointer, _ handle: Int32) {
        guard let base, let start = text.baseAddress else { return }
        let hash = UInt64(bitPattern: Int64(KeyedHash.of(text)))
        var index = first(hash)
        while base.load(fromByteOffset: index * Self.stride, as: Place.self).length != 0 {
            index = index + 1 == placeCount ? 0 : index + 1
        }
        let address = base + index * Self.stride
        let place = Place(
            hash: UInt32(truncatingIfNeeded: hash), handle: handle, length: UInt8(truncatingIfNeeded: text.count))
        address.storeBytes(of: place, as: Place.self)
        (address + Self.bytesOffset).copyMemory(from: start, byteCount: text.count)
    }

    fileprivate func forEach(_ body: (UnsafeRawBufferPointer, Int32) -> Void) {
        guard let base else { return }
        for index in 0..<placeCount {
            let address = base + index * Self.stride
            let place = address.load(as: Place.self)
            guard place.length > 0 else { continue }
            body(UnsafeRawBufferPointer(start: address + Self.bytesOffset, count: Int(place.length)), place.handle)
        }
    }
}

/// Owns the places of a ``FlatView``.
private final class FlatIndex: Sendable {
    let view: FlatView
    /// Ids that are too long for a place.
    let far: [Identifier: Int32]
    let count: Int
    /// What the places lie in, when they are many.
    private let region: FactRegion?

    /// - Parameters:
    ///   - old: an index whose ids are taken over.
    ///   - new: ids that are not in it.
    init(_ old: FlatIndex?, and new: some Sequence<(Identifier, Int32)>, count added: Int) {
        count = (old?.count ?? 0) + added
        // Three of five places are taken: most ids stand where their hash says or in the next place.
        let placeCount = count * 5 / 3 + 1
        let bytes = placeCount * FlatView.stride
        region = bytes < FactRegion.pageSize ? nil : FactRegion(capacity: FactRegion.wholePages(bytes))
        let base = region?.take(bytes) ?? .allocate(byteCount: bytes, alignment: FlatView.stride)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        view = FlatView(base: base, placeCount: placeCount)
        var far = old?.far ?? [:]
        let view = view
        old?.view.forEach { view.put($0, $1) }
        for (id, handle) in new {
            if id.text.utf8.count > FlatView.nearLength {
                far[id] = handle
            } else {
                id.withBytes { view.put($0, handle) }
            }
        }
        self.far = far
    }

    deinit { if region == nil { view.base?.deallocate() } }
}
