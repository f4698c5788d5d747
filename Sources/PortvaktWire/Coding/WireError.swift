public import PortvaktCore

/// Why a message cannot be taken: which field, what is wrong, what to do. It never repeats a value: it could be personal.
public struct WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The path of the field as the proto files name it, as in `question.entry.about[2]`; empty for the whole message.
    public var field: String
    public var problem: Problem

    public enum Problem: Equatable, Sendable {
        /// No protobuf message of this type: truncated, or bytes that fit no field.
        case malformed
        /// More bytes than this, or more than this when it is unpacked.
        case tooLarge(limit: Int)
        /// A field that this release does not know. In a request it might have narrowed what is asked.
        case unknownField
        /// Nothing is given where something is needed.
        case missing
        /// Something is given that the service sets itself, or that has no place here.
        case misplaced
        case badIdentifier(IdentifierError)
        /// A number that is none of the vocabulary's.
        case unknownValue(UInt32)
        case outOfRange(ClosedRange<Int64>)
        /// An instant, in milliseconds: told as people write instants, since they read it.
        case instantOutOfRange(ClosedRange<Int64>)
        case tooMany(limit: Int)
        case tooFew(minimum: Int)
        /// In bytes.
        case tooLong(limit: Int)
        /// In bytes.
        case wrongLength(expected: Int)
        case notUTF8
        case controlCharacter
        case looksLikeNationalID
        case notADate
        case notASystemIdentity
        case duplicate
        /// A text that names no entry, or no stream, as the service writes them.
        case badEntry
        /// A cursor that is none, or that another question's list gave.
        case badCursor
        /// Reasons of one class in an answer of another, or an allow without an entry.
        case contradictory
    }

    public init(_ problem: Problem, field: String = "") {
        self.field = field
        self.problem = problem
    }

    /// The field and the rest of the sentence.
    public var description: String { field.isEmpty ? "the message \(explanation)" : "`\(field)` \(explanation)" }

    /// What is wrong and what to do, as the rest of a sentence about the field.
    public var explanation: String {
        switch problem {
        case .malformed: "is no message of this type: generate the code anew from the proto files"
        case .tooLarge(let limit): "is too large: at most \(limit) bytes"
        case .unknownField: "has a field that this release does not know: leave it out, or use a newer server"
        case .missing: "is missing: give a value"
        case .misplaced: "must not be given here: leave it out"
        case .badIdentifier(let error): error.description
        case .unknownValue(let number): "has the unknown value \(number): use one of the enum's numbers"
        case .outOfRange(let range): "is out of range: give \(range.lowerBound) to \(range.upperBound)"
        case .instantOutOfRange(let range): "is out of range: give \(Self.instants(range))"
        case .tooMany(let limit): "has too many items: at most \(limit)"
        case .tooFew(let minimum): "has too few items: at least \(minimum)"
        case .tooLong(let limit): "is too long: at most \(limit) bytes"
        case .wrongLength(let expected): "has a wrong length: give \(expected) bytes"
        case .notUTF8: "is not UTF-8: encode the text as UTF-8"
        case .controlCharacter: "holds a control character: use printable text"
        case .looksLikeNationalID: "holds what looks like a national identity number: leave it out"
        case .notADate: "is no date: give YYYY-MM-DD"
        case .notASystemIdentity:
            "is no identity of a system: give NTRNO- and nine digits with a right check digit, or a spiffe:// URI"
        case .duplicate: "is given twice: give each id once"
        case .badEntry:
            "names no entry as an EntryReference does: decisions/node-1 and an index, or both as decisions/node-1#42"
        case .badCursor:
            "is no cursor of this list: give `next_cursor` of the page before as it is, with the same question, or none"
        case .contradictory: "contradicts itself"
        }
    }

    /// The ends of the range that are not those of every instant.
    private static func instants(_ range: ClosedRange<Int64>) -> String {
        let (all, first, last) = (WireLimits.instants, shown(range.lowerBound), shown(range.upperBound))
        return switch (range.lowerBound > all.lowerBound, range.upperBound < all.upperBound) {
        case (false, _): "\(last) or an earlier instant"
        case (true, false): "\(first) or a later instant"
        case (true, true): "an instant from \(first) to \(last)"
        }
    }

    private static func shown(_ milliseconds: Int64) -> String { Instant(milliseconds: milliseconds).rfc3339 }

    /// The same error, inside a field of this name.
    func inside(_ name: StaticString) -> WireError {
        let separator = field.isEmpty || field.hasPrefix("[") ? "" : "."
        return WireError(problem, field: "\(name)\(separator)\(field)")
    }

    /// The same error, inside an item of a list.
    func inside(index: Int) -> WireError {
        let separator = field.isEmpty ? "" : "."
        return WireError(problem, field: "[\(index)]\(separator)\(field)")
    }
}
