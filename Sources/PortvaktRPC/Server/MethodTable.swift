/// The methods of a server, found by the bytes of a path without making a string.
struct MethodTable: Sendable {
    let methods: [RPCMethod]
    /// Found among those that are no RPCs.
    let pages: [HTTPPage]
    private let pagePaths: [[UInt8]]
    private let paths: [[UInt8]]
    /// Open addressing: an index into `methods`, or -1. A power of two in size, at most half full.
    private let slots: [Int]

    /// The last method wins when two have the same path.
    init(_ methods: [RPCMethod], pages: [HTTPPage] = []) {
        self.methods = methods
        self.pages = pages
        pagePaths = pages.map { Array($0.path.utf8) }
        paths = methods.map { Array($0.path.utf8) }
        var size = 8
        while size < methods.count * 2 { size *= 2 }
        var slots = [Int](repeating: -1, count: size)
        for index in methods.indices {
            var slot = unsafe paths[index].withUnsafeBytes { unsafe Self.hash($0) } & (size - 1)
            while slots[slot] >= 0, paths[slots[slot]] != paths[index] { slot = (slot + 1) & (size - 1) }
            slots[slot] = index
        }
        self.slots = slots
    }

    /// The index of the method with this path; nil when there is none.
    func index(ofPath path: UnsafeRawBufferPointer) -> Int? {
        var slot = unsafe Self.hash(path) & (slots.count - 1)
        while slots[slot] >= 0 {
            let candidate = slots[slot]
            if unsafe path.equals(paths[candidate]) { return candidate }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// The index of the page with this path, whatever follows a question mark; nil when there is none. Pages are few.
    func index(ofPage path: UnsafeRawBufferPointer) -> Int? {
        let end = unsafe path.firstIndex(of: UInt8(ascii: "?")) ?? path.count
        let plain = unsafe UnsafeRawBufferPointer(rebasing: path[..<end])
        return pagePaths.firstIndex { unsafe plain.equals($0) }
    }

    /// FNV-1a; the table is fixed, so nobody can make it collide.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hash: UInt32 = 2_166_136_261
        for index in 0..<bytes.count { hash = unsafe (hash ^ UInt32(bytes[index])) &* 16_777_619 }
        return Int(hash ^ (hash >> 15))
    }
}
