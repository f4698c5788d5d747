/// A thing's place among those of its kind: what its id becomes when a change that names it is folded.
///
/// Facts name each other by handles, so that a decision follows a link with an index and compares two things with one
/// comparison of numbers; texts are looked up only for what the question itself names. A handle never changes, and it
/// means nothing outside the states that descend from the one that gave it.
struct Handle<Kind>: Hashable, Sendable, BitwiseCopyable {
    let index: Int32

    @inline(__always)
    init(_ index: Int32) { self.index = index }

    /// Equal to no handle that a state gives: of something that no record names.
    static var unknown: Handle { Handle(-1) }
}

/// A ``Party`` by handle.
enum PartyHandle: Hashable, Sendable, BitwiseCopyable {
    case person(Handle<Person>)
    case unit(Handle<Unit>)
    case employment(Handle<Employment>)

    @inline(__always)
    static func == (lhs: PartyHandle, rhs: PartyHandle) -> Bool {
        switch (lhs, rhs) {
        case (.person(let left), .person(let right)): left.index == right.index
        case (.unit(let left), .unit(let right)): left.index == right.index
        case (.employment(let left), .employment(let right)): left.index == right.index
        default: false
        }
    }
}
