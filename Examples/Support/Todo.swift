internal import PortvaktClient
internal import PortvaktCore

/// What an allow obliges this system to do afterwards, as work for a human: it stands in the database before anything is released.
struct Todo: Sendable {
    static let schema = "CREATE TABLE IF NOT EXISTS todo (what TEXT, about TEXT, decision TEXT) STRICT;"
    /// The obligations that are kept as work.
    static let kept: [Obligation] = [.informParents, .childView, .reviewRequired, .conclude, .appealText]

    let database: Database

    func add(_ obligation: Obligation, _ receipt: Receipt, _ question: Question) async throws {
        try await database.run(
            "INSERT INTO todo VALUES (?, ?, ?)", obligation.word, question.object.text, receipt.place)
        say("To do: \(Self.text(obligation)).")
    }

    private static func text(_ obligation: Obligation) -> String {
        switch obligation {
        case .informParents: "tell the parents"
        case .childView: "hear what the child thinks, and note it"
        case .reviewRequired: "look at this again: somebody objects"
        case .conclude: "conclude, the notes are old"
        case .appealText: "say where a complaint goes"
        case .log, .review24h, .notifyLeader: obligation.word
        }
    }
}
