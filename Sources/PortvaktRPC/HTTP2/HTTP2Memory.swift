internal import CNghttp2
internal import Glibc

/// The memory of one `nghttp2_session`: pieces that it gives back are kept for the next request.
///
/// nghttp2 allocates some ten pieces for each request and frees them when the stream ends. A batch of requests overflows
/// the small caches of the C library, whose slow path was a tenth of the time of a call. One session is used by one
/// event loop, so there is nothing to lock.
@safe final class HTTP2Memory {
    /// Pieces of each size that are kept while they are not used: about one batch of requests. Pieces.
    static let maximumSpares = 128
    /// The largest piece that is kept; larger ones are the C library's. Bytes.
    static let largestSpare = smallest << (classes - 1)

    private static let smallest = 32
    private static let classes = 6
    /// Before each piece: its size, and nothing else. Keeps the alignment that malloc gives. Bytes.
    private static let headerBytes = 16

    /// The pieces of one size: a list through their own first bytes.
    @unsafe private struct Spares {
        var first: UnsafeMutableRawPointer?
        var count = 0
    }

    private let spares: UnsafeMutablePointer<Spares>

    init() {
        unsafe spares = .allocate(capacity: Self.classes)
        unsafe spares.initialize(repeating: Spares(first: nil), count: Self.classes)
    }

    deinit {
        for index in 0..<Self.classes {
            while let piece = unsafe Self.take(&spares[index]) { unsafe free(piece - Self.headerBytes) }
        }
        unsafe spares.deallocate()
    }

    /// Pieces kept at present.
    var spareCount: Int { (0..<Self.classes).reduce(0) { unsafe $0 + spares[$1].count } }

    /// nghttp2's form of it. Whoever hands it over keeps the object until the session is deleted.
    var functions: nghttp2_mem {
        unsafe nghttp2_mem(
            mem_user_data: UnsafeMutableRawPointer(spares),
            malloc: { size, spares in unsafe HTTP2Memory.piece(of: size, spares) },
            free: { piece, spares in unsafe HTTP2Memory.give(piece, spares) },
            calloc: { count, size, spares in
                let (total, overflows) = count.multipliedReportingOverflow(by: size)
                guard !overflows, let piece = unsafe HTTP2Memory.piece(of: total, spares) else { return nil }
                unsafe memset(piece, 0, total)
                return unsafe piece
            },
            realloc: { piece, size, spares in unsafe HTTP2Memory.resized(piece, to: size, spares) })
    }

    // MARK: What nghttp2 calls

    private static func piece(of size: Int, _ spares: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard size <= largestSpare, let spares = unsafe spares else { return unsafe made(size) }
        let index = index(of: size)
        let list = unsafe spares.assumingMemoryBound(to: Spares.self) + index
        if let spare = unsafe take(&list.pointee) { return unsafe spare }
        return unsafe made(smallest << index)
    }

    private static func give(_ piece: UnsafeMutableRawPointer?, _ spares: UnsafeMutableRawPointer?) {
        guard let piece = unsafe piece, let spares = unsafe spares else { return }
        let size = unsafe size(of: piece)
        if size <= largestSpare {
            let list = unsafe spares.assumingMemoryBound(to: Spares.self) + index(of: size)
            if unsafe list.pointee.count < maximumSpares {
                unsafe piece.storeBytes(of: list.pointee.first, as: UnsafeMutableRawPointer?.self)
                unsafe list.pointee.first = unsafe piece
                unsafe list.pointee.count += 1
                return
            }
        }
        unsafe free(piece - headerBytes)
    }

    private static func resized(
        _ piece: UnsafeMutableRawPointer?, to size: Int, _ spares: UnsafeMutableRawPointer?
    ) -> UnsafeMutableRawPointer? {
        guard let piece = unsafe piece else { return unsafe Self.piece(of: size, spares) }
        let old = unsafe Self.size(of: piece)
        if size <= old { return unsafe piece }
        guard let larger = unsafe Self.piece(of: size, spares) else { return nil }
        unsafe larger.copyMemory(from: piece, byteCount: old)
        unsafe give(piece, spares)
        return unsafe larger
    }

    // MARK: Pieces

    @inline(__always)
    private static func take(_ list: inout Spares) -> UnsafeMutableRawPointer? {
        guard let piece = unsafe list.first else { return nil }
        unsafe list.first = unsafe piece.load(as: UnsafeMutableRawPointer?.self)
        unsafe list.count -= 1
        return unsafe piece
    }

    private static func made(_ size: Int) -> UnsafeMutableRawPointer? {
        guard size <= Int(Int32.max), let start = unsafe malloc(headerBytes + size) else { return nil }
        unsafe start.storeBytes(of: size, as: Int.self)
        return unsafe start + headerBytes
    }

    private static func size(of piece: UnsafeMutableRawPointer) -> Int {
        unsafe (piece - headerBytes).load(as: Int.self)
    }

    /// The class of a size of at most ``largestSpare``.
    @inline(__always)
    private static func index(of size: Int) -> Int {
        size <= smallest ? 0 : Int.bitWidth - ((size - 1) / smallest).leadingZeroBitCount
    }
}
