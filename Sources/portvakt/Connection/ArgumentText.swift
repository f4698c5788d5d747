internal import PortvaktCore

/// Reads single arguments; an error names the flag and never repeats the value.
enum ArgumentText {
    static func identifier(_ text: String, _ flag: String) throws -> Identifier {
        do throws(IdentifierError) { return try Identifier(text) } catch {
            throw Failure("\(flag) \(error)", status: .usage)
        }
    }

    static func id<Kind>(_ text: String, _ flag: String) throws -> ID<Kind> { ID(try identifier(text, flag)) }

    /// `kind:id`, split.
    static func typed(_ text: String, _ flag: String, kinds: [String]) throws -> (kind: String, id: Identifier) {
        guard let colon = text.firstIndex(of: ":"), kinds.contains(String(text[..<colon])) else {
            throw Failure("\(flag) is \(kinds.map { "\($0):ID" }.joined(separator: " or "))", status: .usage)
        }
        return (String(text[..<colon]), try identifier(String(text[text.index(after: colon)...]), flag))
    }

    static func actor(_ text: String, _ flag: String) throws -> Actor {
        let (kind, id) = try typed(text, flag, kinds: ["employment", "person", "proxy"])
        switch kind {
        case "employment": return .employment(ID(id))
        case "person": return .person(ID(id))
        default: return .proxy(ID(id))
        }
    }

    static func object(_ text: String, _ flag: String) throws -> Object {
        let (kind, id) = try typed(text, flag, kinds: ["case", "meeting", "person", "controller"])
        switch kind {
        case "case": return .caseID(ID(id))
        case "meeting": return .meeting(ID(id))
        case "person": return .person(ID(id))
        default: return .controller(ID(id))
        }
    }

    static func word<Word: Vocabulary>(_ text: String, _ flag: String, _ type: Word.Type = Word.self) throws -> Word {
        if let word = Word(word: text) { return word }
        let words = Word.allCases.map(\.word)
        let near = NearestWord.find(text, in: words).map { " (did you mean \($0)?)" } ?? ""
        throw Failure("\(flag) is one of \(words.joined(separator: ", "))\(near)", status: .usage)
    }

    /// An instant (RFC 3339), or a date: 00:00 that day in Europe/Oslo.
    static func instant(_ text: String, _ flag: String) throws -> Instant {
        if let date = CivilDate(text) { return OsloTime.startOfDay(date) }
        guard let instant = Instant(rfc3339: text) else {
            throw Failure(
                "\(flag) is a date, YYYY-MM-DD, or an instant such as 2026-11-21T10:00:00+01:00", status: .usage)
        }
        return instant
    }

    /// A new id: 128 random bits in letters alone. In hexadecimal one of some 4,000 looks like a national identity
    /// number, and the daemon refuses it.
    static func randomIdentifier() throws -> Identifier {
        let letters = (0..<32).map { _ in UInt8.random(in: UInt8(ascii: "a")...UInt8(ascii: "p")) }
        return try identifier("req-" + String(decoding: letters, as: UTF8.self), "the request's id")
    }
}
