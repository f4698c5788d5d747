import CNghttp2
import Testing

@testable import PortvaktRPC

@Suite("The memory of an HTTP/2 session")
struct HTTP2MemoryTests {
    /// A piece as its user sees it: filled, so that overlapping pieces show.
    private struct Held {
        var piece: UnsafeMutableRawPointer
        var size: Int
        var mark: UInt8

        func fill() { unsafe piece.initializeMemory(as: UInt8.self, repeating: mark, count: size) }
        func isIntact(_ count: Int) -> Bool {
            unsafe UnsafeRawBufferPointer(start: piece, count: count).allSatisfy { $0 == mark }
        }
    }

    @Test("Random allocations never overlap and keep what is in them", arguments: [1, 2, 3, 4] as [UInt64])
    func random(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let memory = HTTP2Memory()
        let functions = unsafe memory.functions
        let user = unsafe functions.mem_user_data
        var held: [Held] = []
        for step in 0..<5000 {
            let size = Int(random.next() % (step % 10 == 0 ? 5000 : 300))
            let mark = UInt8(truncatingIfNeeded: step)
            switch held.isEmpty ? 0 : random.next() % 4 {
            case 0, 1:
                let made = step % 2 == 0 ? unsafe functions.malloc(size, user) : unsafe functions.calloc(1, size, user)
                let new = unsafe Held(piece: try #require(unsafe made), size: size, mark: mark)
                if step % 2 == 1 {
                    let isZeroed = unsafe Held(piece: new.piece, size: size, mark: 0).isIntact(size)
                    #expect(isZeroed)
                }
                new.fill()
                held.append(new)
            case 2:
                let index = Int(random.next() % UInt64(held.count))
                let old = held[index]
                let moved = unsafe functions.realloc(old.piece, size, user)
                let new = unsafe Held(piece: try #require(unsafe moved), size: size, mark: old.mark)
                #expect(new.isIntact(min(size, old.size)), "seed \(seed)")
                new.fill()
                held[index] = new
            default:
                let index = Int(random.next() % UInt64(held.count))
                let old = held.remove(at: index)
                #expect(old.isIntact(old.size), "seed \(seed)")
                unsafe functions.free(old.piece, user)
            }
        }
        for old in held {
            #expect(old.isIntact(old.size), "seed \(seed)")
            unsafe functions.free(old.piece, user)
        }
    }

    @Test("What is given back is used again, and no more than the limit is kept")
    func spares() throws {
        let memory = HTTP2Memory()
        let functions = unsafe memory.functions
        let user = unsafe functions.mem_user_data
        let first = try #require(unsafe functions.malloc(100, user))
        unsafe functions.free(first, user)
        #expect(memory.spareCount == 1)
        #expect(unsafe functions.malloc(120, user) == first)
        unsafe functions.free(first, user)
        let many = unsafe (0..<HTTP2Memory.maximumSpares + 10).map { _ in unsafe functions.malloc(100, user) }
        for piece in unsafe many { unsafe functions.free(piece, user) }
        #expect(memory.spareCount == HTTP2Memory.maximumSpares)
        let large = unsafe functions.malloc(HTTP2Memory.largestSpare + 1, user)
        unsafe functions.free(large, user)
        #expect(memory.spareCount == HTTP2Memory.maximumSpares)
        #expect(unsafe functions.malloc(Int.max, user) == nil)
        #expect(unsafe functions.calloc(Int.max, 2, user) == nil)
    }
}

private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
