internal import PortvaktCore
internal import PortvaktWire

/// Where in its request a change stands: what a refusal of it names, in the names of the proto files.
enum RequestPlace: Sendable {
    /// The message of a record: the field that is wrong is inside it.
    case record(String)
    /// A field that says which record is meant: nothing else of the record stands in the request.
    case field(String)

    /// A record that stands as a `Record`.
    static func any(_ record: Record, in path: String) -> RequestPlace { .record("\(path).\(record.kind.fieldName)") }

    func path(of refusal: ChangeRefusal) -> String {
        switch self {
        case .field(let path): path
        case .record(let path): refusal.fieldPath.isEmpty ? path : "\(path).\(refusal.fieldPath)"
        }
    }
}
