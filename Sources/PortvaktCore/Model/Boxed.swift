/// A value that lies at an address of its own and is shared until somebody changes it.
///
/// A copy retains one reference whatever the value holds, and a decision reads the value in place.
struct Boxed<Value: Sendable>: @unchecked Sendable {
    // Sendable: a buffer that two boxes share is never written again.
    private var buffer: ManagedBuffer<Value, Void>

    init(_ value: Value) { buffer = ManagedBuffer<Value, Void>.create(minimumCapacity: 0) { _ in value } }

    /// Where the value lies, as long as a box that was not changed since is kept.
    var address: UnsafePointer<Value> {
        @inline(__always) get { buffer.withUnsafeMutablePointerToHeader { UnsafePointer($0) } }
    }

    var value: Value {
        @inline(__always) unsafeAddress { address }
        @inline(__always) unsafeMutableAddress {
            if !isKnownUniquelyReferenced(&buffer) { self = Boxed(value) }
            return buffer.withUnsafeMutablePointerToHeader { $0 }
        }
    }

    /// Two boxes with one buffer hold the same value.
    func isIdentical(to other: Boxed) -> Bool { buffer === other.buffer }

    /// The same box by its address: it is not retained.
    var unretained: Unretained { Unretained(buffer: Unmanaged.passUnretained(buffer)) }

    struct Unretained {
        fileprivate let buffer: Unmanaged<ManagedBuffer<Value, Void>>

        /// The box, retained.
        var box: Boxed { Boxed(buffer) }
    }

    private init(_ buffer: Unmanaged<ManagedBuffer<Value, Void>>) { self.buffer = buffer.takeUnretainedValue() }
}
