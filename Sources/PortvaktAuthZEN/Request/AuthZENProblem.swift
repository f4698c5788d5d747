/// What is wrong with a request: which field, and what to do. It never repeats a value: it could be personal.
package struct AuthZENProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// The path of the field in the request's own names, as in `resource.properties.about[2]`; empty for the whole body.
    package var field: String
    /// The rest of a sentence about the field.
    package var explanation: String

    package init(_ field: String, _ explanation: String) {
        self.field = field
        self.explanation = explanation
    }

    package var description: String { field.isEmpty ? "the body \(explanation)" : "\(field) \(explanation)" }

    /// An HTTP status for it.
    package static let status = 400
}
