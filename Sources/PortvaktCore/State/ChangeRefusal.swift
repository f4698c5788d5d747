/// Why a change is refused when it is registered: which record, which field, what is wrong, what to do.
///
/// It never repeats a value beyond the record's own opaque id.
public struct ChangeRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    public var kind: RecordKind
    public var id: Identifier?
    /// The field's name as scenario files write it, or empty when the record as a whole is meant.
    public var field: String
    /// What is wrong, as the rest of a sentence: "names a person that is not registered".
    public var problem: String
    /// What to do about it, as an instruction.
    public var remedy: String

    public init(kind: RecordKind, id: Identifier?, field: String, problem: String, remedy: String) {
        self.kind = kind
        self.id = id
        self.field = field
        self.problem = problem
        self.remedy = remedy
    }

    /// A system's certificate is registered as another one's.
    package static func takenIdentity(_ system: SystemID) -> ChangeRefusal {
        ChangeRefusal(
            kind: .system, id: system.identifier, field: "identity", problem: "belongs to another system",
            remedy: "one certificate identity is one system")
    }

    public var description: String {
        let record = id.map { "\(kind.word) \($0.text)" } ?? kind.word
        return field.isEmpty ? "\(record) \(problem): \(remedy)" : "\(record): `\(field)` \(problem): \(remedy)"
    }
}

extension String {
    /// A word of the model with its article, as a sentence has it: "a unit", "an employment".
    package var withArticle: String { (first.map("aeio".contains) ?? false ? "an " : "a ") + self }
}
