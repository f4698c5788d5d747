/// The methods of a server, found by the bytes of a path without making a string.
struct MethodTable: Sendable {
    let methods: [RPCMethod]
    private let paths: [[UInt8]]
    /// Open addressing: an index into `methods`, or -1. A power of two in size, at most half full.
    private let slots: [Int]

    /// The last method wins when two have the same path.
    init(_ methods: [RPCMethod]) {
        self.methods = methods
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

    /// FNV-1a; the table is fixed, so nobody can make it collide.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hash: UInt32 = 2_166_136_261
        for index in 0..<bytes.count { hash = unsafe (hash ^ UInt32(bytes[index])) &* 16_777_619 }
        return Int(hash ^ (hash >> 15))
    }
}
