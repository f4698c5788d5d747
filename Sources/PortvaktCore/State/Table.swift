internal import HashTreeCollections

/// Everything of one kind, by id and by handle.
///
/// Something can have a handle before it is registered, when a record names it (a person from whom another is hidden):
/// it has no file then, and for everybody but the facts that name it it is not there.
struct Table<Kind, File: FactHolder>: Sendable {
    private var handles = TreeDictionary<ID<Kind>, Handle<Kind>>()
    private var files = Slots<File>()
    /// How many have a file.
    private(set) var count = 0

    /// The handle of something that is registered or named.
    func handle(of id: ID<Kind>) -> Handle<Kind>? { handles[id] }

    /// The same; it is given one when it has none.
    mutating func named(_ id: ID<Kind>) -> Handle<Kind> {
        if let handle = handles[id] { return handle }
        let handle = Handle<Kind>(files.append())
        handles[id] = handle
        return handle
    }

    /// What a decision reads of it.
    @inline(__always)
    func facts(_ handle: Handle<Kind>) -> Ref<File.Facts>? { files.facts(at: handle.index) }

    @inline(__always)
    func facts(_ id: ID<Kind>) -> Ref<File.Facts>? { handles[id].flatMap { files.facts(at: $0.index) } }

    subscript(id: ID<Kind>) -> File? { handles[id].flatMap { files[$0.index] } }

    subscript(handle: Handle<Kind>) -> File? { files[handle.index] }

    mutating func put(_ file: File, at handle: Handle<Kind>) {
        if files.facts(at: handle.index) == nil { count += 1 }
        files.set(file, at: handle.index)
    }

    /// The ids of all that have a file, in no order.
    var keys: some Sequence<ID<Kind>> {
        handles.lazy.filter { self.files.facts(at: $0.value.index) != nil }.map(\.key)
    }

    /// All files, in the order in which they were first named.
    var values: [File] {
        var values: [File] = []
        values.reserveCapacity(count)
        files.forEach { values.append($1) }
        return values
    }

    /// All files with their handles.
    func forEach(_ body: (Handle<Kind>, File) -> Void) { files.forEach { body(Handle($0), $1) } }
}
