internal import ArgumentParser
internal import Foundation
public import PortvaktCore

/// What is written on the command line, as the words of the model.
public enum Words {
    /// `employment:ID`, `person:ID` or `proxy:GRANT`.
    public static func actor(_ text: String) throws -> Actor {
        let (kind, id) = try typed(text)
        switch kind {
        case "employment": return .employment(ID(id))
        case "person": return .person(ID(id))
        case "proxy": return .proxy(ID(id))
        default: throw ValidationError("\(text): give employment:ID, person:ID or proxy:GRANT")
        }
    }

    /// `employment:ID`, `person:ID` or `unit:ID`.
    public static func party(_ text: String) throws -> Party {
        let (kind, id) = try typed(text)
        switch kind {
        case "employment": return .employment(ID(id))
        case "person": return .person(ID(id))
        case "unit": return .unit(ID(id))
        default: throw ValidationError("\(text): give employment:ID, person:ID or unit:ID")
        }
    }

    /// The employment that an actor is.
    public static func employee(_ text: String) throws -> EmploymentID {
        guard case .employment(let id) = try actor(text) else {
            throw ValidationError("\(text): only somebody who works here may do this: give employment:ID")
        }
        return id
    }

    /// A word of one of the model's lists.
    public static func word<Word: Vocabulary>(_ text: String, _ type: Word.Type = Word.self) throws -> Word {
        guard let word = Word.allCases.first(where: { $0.word == text }) else {
            throw ValidationError("\(text): give one of \(Word.allCases.map(\.word).joined(separator: ", "))")
        }
        return word
    }

    /// The parts of a list with commas.
    public static func list(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }

    /// `YYYY-MM-DD`: the first instant of that day in Norway.
    public static func day(_ text: String) throws -> Instant {
        let parts = text.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3, let date = CivilDate(year: parts[0], month: parts[1], day: parts[2]) else {
            throw ValidationError("\(text): give a date as YYYY-MM-DD")
        }
        return OsloTime.startOfDay(date)
    }

    /// That day in Norway, as `YYYY-MM-DD`.
    public static func day(of instant: Instant) -> String { OsloTime.date(at: instant).description }

    /// Now, by this machine's clock.
    static var now: Instant { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    static func address(_ text: String) throws -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else {
            throw ValidationError("\(text): give host:port")
        }
        return (String(text[..<colon]), port)
    }

    private static func typed(_ text: String) throws -> (kind: Substring, id: Identifier) {
        guard let colon = text.firstIndex(of: ":") else { return ("", try Identifier(text)) }
        return (text[..<colon], try Identifier(String(text[text.index(after: colon)...])))
    }
}

/// The process's environment.
enum Environment {
    static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension Object {
    /// Its id, as the database keeps it.
    public var text: String {
        switch self {
        case .caseID(let id): id.text
        case .meeting(let id): id.text
        case .person(let id): id.text
        case .controller(let id): id.text
        }
    }
}

extension Actor {
    /// As it is written on the command line.
    public var text: String {
        switch self {
        case .employment(let id): "employment:\(id)"
        case .person(let id): "person:\(id)"
        case .proxy(let id): "proxy:\(id)"
        }
    }
}

extension Party {
    /// As it is written on the command line.
    public var text: String {
        switch self {
        case .employment(let id): "employment:\(id)"
        case .person(let id): "person:\(id)"
        case .unit(let id): "unit:\(id)"
        }
    }
}
