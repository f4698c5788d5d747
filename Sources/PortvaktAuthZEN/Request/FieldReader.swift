internal import PortvaktCore

/// What a request had that is not known here. The specification lets everything unknown be passed over; the answer
/// lists it, so that a host can see that something it said was not heard.
package final class IgnoredFields {
    /// More than this are not listed: a host that sends so many does not read them.
    package static let maximumCount = 32

    package private(set) var paths: [String]

    package init(_ paths: [String] = []) { self.paths = paths }

    /// - Parameter path: made only when it is listed.
    func add(_ path: @autoclosure () -> String) {
        guard paths.count < Self.maximumCount else { return }
        paths.append(path())
    }
}

/// Reads one value of a request, with its path.
struct FieldReader {
    /// A stated reason or necessity: a page of text, as over gRPC. Bytes of UTF-8.
    static let maximumProse = 4096
    /// Items of one list, as over gRPC.
    static let maximumItems = 2048

    let value: JSONValue
    let path: String
    let ignored: IgnoredFields

    func problem(_ explanation: String) -> AuthZENProblem { AuthZENProblem(path, explanation) }

    func text() throws(AuthZENProblem) -> String {
        guard case .text(let text) = value else { throw problem("must be a string") }
        return text
    }

    func bool() throws(AuthZENProblem) -> Bool {
        guard case .bool(let flag) = value else { throw problem("must be true or false") }
        return flag
    }

    func whole(in range: ClosedRange<UInt32>) throws(AuthZENProblem) -> UInt32 {
        guard case .number(let digits) = value, let number = UInt32(digits), range.contains(number) else {
            throw problem("must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func identifier() throws(AuthZENProblem) -> Identifier {
        let text = try text()
        do throws(IdentifierError) { return try Identifier(text) } catch { throw problem(error.description) }
    }

    func id<Kind>(_ kind: ID<Kind>.Type = ID<Kind>.self) throws(AuthZENProblem) -> ID<Kind> { ID(try identifier()) }

    func code<Kind>(_ kind: Code<Kind>.Type = Code<Kind>.self) throws(AuthZENProblem) -> Code<Kind> {
        let text = try text()
        do throws(IdentifierError) { return try Code(text) } catch { throw problem(error.description) }
    }

    /// A word of a vocabulary.
    func word<Word: Vocabulary>(_ vocabulary: Word.Type = Word.self) throws(AuthZENProblem) -> Word {
        guard let word = Word(word: try text()) else {
            throw problem("is unknown: use one of \(Word.allCases.map(\.word).joined(separator: ", "))")
        }
        return word
    }

    func instant() throws(AuthZENProblem) -> Instant {
        guard let instant = Instant(rfc3339: try text()) else {
            throw problem("is no instant: give YYYY-MM-DDThh:mm:ssZ, or with an offset (RFC 3339)")
        }
        return instant
    }

    /// Text written by people.
    func prose() throws(AuthZENProblem) -> String {
        let text = try text()
        guard text.utf8.count <= Self.maximumProse else {
            throw problem("is too long: at most \(Self.maximumProse) bytes")
        }
        let isPrintable = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.generalCategory != .control || scalar == "\n" || scalar == "\r" || scalar == "\t"
        }
        guard isPrintable else { throw problem("holds a control character: use printable text") }
        guard !NationalID.occurs(in: text) else {
            throw problem("holds what looks like a national identity number: leave it out")
        }
        return text
    }

    func list<Item>(_ item: (FieldReader) throws(AuthZENProblem) -> Item) throws(AuthZENProblem) -> [Item] {
        guard case .list(let values) = value else { throw problem("must be an array") }
        guard values.count <= Self.maximumItems else {
            throw problem("has too many items: at most \(Self.maximumItems)")
        }
        var items: [Item] = []
        for (place, value) in values.enumerated() {
            items.append(try item(FieldReader(value: value, path: "\(path)[\(place)]", ignored: ignored)))
        }
        return items
    }

    func object() throws(AuthZENProblem) -> ObjectReader {
        guard case .object(let members) = value else { throw problem("must be an object") }
        return ObjectReader(members: members, path: path, ignored: ignored)
    }
}

/// Reads an object member by member; those that are asked for are the known ones.
struct ObjectReader {
    let members: [JSONValue.Member]
    let path: String
    let ignored: IgnoredFields

    private func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// `nil` when it is not there. A null is as if it were not there (I-JSON's advice is to leave such a member out).
    func optional(_ name: String) -> FieldReader? {
        guard let value = members.first(where: { $0.name == name })?.value, value != .null else { return nil }
        return FieldReader(value: value, path: path(of: name), ignored: ignored)
    }

    func required(_ name: String) throws(AuthZENProblem) -> FieldReader {
        guard let field = optional(name) else { throw AuthZENProblem(path(of: name), "is missing: give a value") }
        return field
    }

    /// Passes over what is unknown, but for a slip: a label that is misspelled would otherwise widen the question.
    /// - Throws: when an unknown name is nearly a known one.
    func known(_ names: [String]) throws(AuthZENProblem) {
        for member in members where !names.contains(member.name) {
            if let near = NearestWord.find(member.name, in: names) {
                throw AuthZENProblem(path, "has a member that is nearly \"\(near)\": spell it right, or leave it out")
            }
            // A name of the host's own is shown only when it is a plain word: anything else could be personal.
            ignored.add(path(of: Self.isPlain(member.name) ? member.name : "?"))
        }
    }

    private static func isPlain(_ name: String) -> Bool { name.utf8.count <= 64 && name.utf8.allSatisfy(isWordByte) }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
