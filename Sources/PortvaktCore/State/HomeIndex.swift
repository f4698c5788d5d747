internal import HashTreeCollections

/// In whose file a record stands that has no table of its own: from its id to that of a person or a case.
///
/// Persistent: a copy shares what did not change. Inside, ids have no kind, so that one tree serves every index: a tree
/// of each kind would be compiled for each kind, which took a quarter of the module's time.
struct HomeIndex<Kind, Home>: Sendable {
    private var homes = TreeDictionary<Identifier, Identifier>()

    subscript(id: ID<Kind>) -> ID<Home>? {
        get { homes[id.identifier].map { ID($0) } }
        set { homes[id.identifier] = newValue?.identifier }
    }

    /// Every id that has a home, in no order.
    var keys: some Collection<Identifier> { homes.keys }
}

/// From texts of one kind to handles; persistent, with one tree for every kind as in ``HomeIndex``.
struct HandleTree<Kind>: Sendable {
    private var handles = TreeDictionary<Identifier, Int32>()

    var count: Int { handles.count }
    var isEmpty: Bool { handles.isEmpty }

    subscript(id: Identifier) -> Handle<Kind>? {
        get { handles[id].map { Handle($0) } }
        set { handles[id] = newValue?.index }
    }

    /// Every text with its handle's index, in no order.
    var all: some Sequence<(Identifier, Int32)> { handles.lazy.map { ($0.key, $0.value) } }
}
