/// Why bytes are no JSON text that is taken. It says where, and never repeats what stood there.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Bytes before the place.
    package var offset: Int
    package var problem: Problem

    package enum Problem: Equatable, Sendable {
        case empty
        case unexpected
        case endsEarly
        case goesOn
        case notUTF8
        case controlCharacter
        case badEscape
        case loneSurrogate
        case badNumber
        case duplicateName
        case tooDeep(limit: Int)
    }

    package var description: String { "byte \(offset) \(explanation)" }

    private var explanation: String {
        switch problem {
        case .empty: "is the end: send an object"
        case .unexpected: "begins nothing that may stand here"
        case .endsEarly: "is the end, and something is still open"
        case .goesOn: "comes after the end of the value: send one value"
        case .notUTF8: "is not UTF-8: encode the text as UTF-8"
        case .controlCharacter: "is a control character in a string: escape it"
        case .badEscape: "is in an escape that does not exist"
        case .loneSurrogate: "is in an escape that is half of a surrogate pair"
        case .badNumber: "is in something that is no number"
        case .duplicateName: "ends a name that the object has already: give each name once"
        case .tooDeep(let limit): "opens a value too deep: at most \(limit) inside each other"
        }
    }
}
