/// Everything of one kind, by id and by handle.
///
/// Something can have a handle before it is registered, when a record names it (a person from whom another is hidden):
/// it has no file then, and for everybody but the facts that name it it is not there.
struct Table<Kind, File: FactHolder>: Sendable where File.Kind == Kind {
    private var handles = TextIndex<Kind>()
    private var files = Slots<File>()
    /// What decisions read, without an owner: to read it in place counts no references. A method of the table itself may
    /// take a copy of it first.
    private(set) var view: TableView<Kind, File.Facts>
    /// How many have a file.
    private(set) var count = 0

    init() { view = TableView(files.view) }

    private mutating func refresh() {
        view = TableView(files.view)
        view.ids = handles.view
        view.isWhole = !handles.hasRecent
    }

    /// The handle of something that is registered or named.
    @inline(__always)
    func handle(of id: ID<Kind>) -> Handle<Kind>? {
        let index = view.ids.find(id.identifier)
        if index >= 0 { return Handle(index) }
        return index == FlatView.absent && view.isWhole ? nil : newHandle(of: id)
    }

    /// Looks beside the flat index. Apart, so that a look-up that ends in the index counts no reference of the table's.
    @inline(never)
    private func newHandle(of id: ID<Kind>) -> Handle<Kind>? { handles[id] }

    /// The same; it is given one when it has none.
    mutating func named(_ id: ID<Kind>) -> Handle<Kind> {
        if let handle = handle(of: id) { return handle }
        let handle = Handle<Kind>(files.append())
        handles.add(id, handle)
        refresh()
        return handle
    }

    /// What a decision reads of it.
    @inline(__always)
    func facts(_ handle: Handle<Kind>) -> Ref<File.Facts>? { view.files.facts(at: handle.index) }

    @inline(__always)
    func facts(_ id: ID<Kind>) -> Ref<File.Facts>? {
        guard let handle = handle(of: id) else { return nil }
        return view.files.facts(at: handle.index)
    }

    subscript(id: ID<Kind>) -> File? { handle(of: id).flatMap { files[$0.index] } }

    subscript(handle: Handle<Kind>) -> File? { files[handle.index] }

    mutating func put(_ file: File, at handle: Handle<Kind>) {
        if files.facts(at: handle.index) == nil { count += 1 }
        files.set(file, at: handle.index)
        refresh()
    }

    /// The ids of all that have a file, in the order in which they were first named.
    var keys: some Sequence<ID<Kind>> {
        (0..<Int32(files.count)).lazy.compactMap { self.files[$0]?.id }
    }

    /// How many handles have been given.
    var places: Int { files.count }

    /// Every handle that has been given.
    var allHandles: some Sequence<Handle<Kind>> { (0..<Int32(files.count)).lazy.map { Handle($0) } }

    /// All files, in the order in which they were first named.
    var values: [File] {
        var values: [File] = []
        values.reserveCapacity(count)
        files.forEach { values.append($1) }
        return values
    }

    /// All files with their handles.
    func forEach(_ body: (Handle<Kind>, File) -> Void) { files.forEach { body(Handle($0), $1) } }

    /// Lays the places and the ids together. What stands in the places has been laid anew before.
    mutating func settle(on shelf: FactShelf) {
        handles.flatten()
        files.settle(on: shelf)
        refresh()
    }
}

/// A table without its owner.
struct TableView<Kind, Facts: BitwiseCopyable>: BitwiseCopyable, Sendable {
    fileprivate var ids = FlatView()
    fileprivate var files: SlotView<Facts>
    /// Every id stands in `ids`.
    fileprivate var isWhole = true

    fileprivate init(_ files: SlotView<Facts>) { self.files = files }

    /// The handle of an id, where it stands in the flat index as most do.
    @inline(__always)
    func nearHandle(of id: ID<Kind>) -> Handle<Kind>? {
        let index = ids.find(id.identifier)
        return index >= 0 ? Handle(index) : nil
    }

    /// What a decision reads of it, where its id stands in the flat index.
    @inline(__always)
    func nearFacts(_ id: ID<Kind>) -> Ref<Facts>? {
        let index = ids.find(id.identifier)
        return index >= 0 ? files.facts(at: index) : nil
    }

    /// What a decision reads of what has a handle.
    @inline(__always)
    func facts(_ handle: Handle<Kind>) -> Ref<Facts>? { files.facts(at: handle.index) }
}
