public import PortvaktCore
internal import PortvaktYAML

/// A file of records to register: `format: portvakt-records/1`, in YAML or JSON. See docs/import.md.
public struct ImportDocument: Sendable {
    public static let format = "portvakt-records/1"

    /// In an order in which they can be registered.
    public let records: RecordSet
    /// The file names records that are registered already, so that only the service can say whether they are there.
    public let isPartial: Bool

    /// - Throws: ``DocumentErrors`` for an unknown key or word, an id that stands twice, a name that no record has, and,
    ///   unless the file is partial, a record that contradicts an earlier one.
    public init(_ document: DocumentNode) throws(DocumentErrors) {
        let problems = DocumentProblems()
        let read = ValueReader(document, problems: problems).mapping { mapping -> (RecordSet, Bool) in
            if let value = mapping.required("format"), let format = value.text(), format != Self.format {
                value.fail("expected the format \(Self.format)")
            }
            let isPartial = mapping.bool("partial")
            guard let lists = mapping.required("records") else { return (RecordSet(), isPartial) }
            var known = KnownRecords(isPartial: isPartial)
            known.collect(lists.node, problems: problems)
            let reader = RecordReader(references: References(known: known))
            return (RecordSet(reader.records(lists)), isPartial)
        }
        let (records, isPartial) = read ?? (RecordSet(), false)
        if !isPartial, problems.isEmpty { records.checkRegistration(problems: problems) }
        try problems.check()
        self.records = records
        self.isPartial = isPartial
    }

    /// - Throws: as ``init(_:)``, and for a file that cannot be read.
    public static func read(_ path: String) throws(DocumentErrors) -> ImportDocument {
        try ImportDocument(try YAMLFile.read(path).document)
    }
}

extension RecordSet {
    /// Registers everything into an empty state, and notes what the state refuses where it stands.
    func checkRegistration(problems: DocumentProblems) {
        var snapshot = Snapshot.empty
        let nobody = Identifier.placeholder
        for timed in changes(system: SystemID(nobody), controller: ControllerID(nobody)) {
            do throws(ChangeRefusal) {
                try snapshot.apply(timed.change)
            } catch {
                problems.add(DocumentError(at: timed.place, "the record cannot be registered: \(error)"))
            }
        }
    }
}
