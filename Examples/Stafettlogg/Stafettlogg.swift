internal import ExampleSupport
internal import PortvaktClient
internal import PortvaktCore

/// A log system: it keeps the entries, and lets Portvakt say who may see and do what.
struct Stafettlogg: Sendable {
    static let schema = """
        CREATE TABLE IF NOT EXISTS entry (
            id TEXT PRIMARY KEY, log TEXT, day TEXT, category TEXT, author TEXT, about TEXT, withheld TEXT, text TEXT) STRICT;
        CREATE INDEX IF NOT EXISTS entries_of ON entry (log);
        CREATE TABLE IF NOT EXISTS shown (entry TEXT, reader TEXT, receipt TEXT) STRICT;
        """

    let host: Host

    // MARK: - Reading

    /// A log as one reader may see it.
    struct Reading {
        var shown: [WebPage.Item] = []
        /// Why entries are not shown that the reader may know of.
        var hidden: [Refusal] = []
    }

    /// Asks about every entry of the log in one call, and fetches the text of those that it may show, each on its recorded allow.
    /// - Throws: ``Refused`` when nothing may be shown.
    func read(_ log: CaseID, as reader: Actor) async throws -> Reading {
        let question = Question(actor: reader, action: .logRead, object: .caseID(log))
        var reading = Reading()
        var refusal: Refusal?
        for await (entry, ruling) in host.gate.checkEach(question, entries: try await labels(of: log)) {
            switch ruling {
            case .allowed(let receipt): reading.shown.append(try await release(entry, to: reader, receipt))
            case .refused(let why):
                refusal = why
                // To whom there is no such thing, there is nothing hidden either.
                if case .notFound = why { continue }
                reading.hidden.append(why)
            }
        }
        guard reading.shown.isEmpty else { return reading }
        if let refusal { throw Refused(refusal) }
        // A log without entries: who may not read it is not told so much.
        if case .refused(let refusal) = await host.gate.check(question) { throw Refused(refusal) }
        return reading
    }

    /// What Portvakt must know of each entry. Not the text: nothing needs it before the allow.
    private func labels(of log: CaseID) async throws -> [(id: Identifier, labels: EntryLabels)] {
        let rows = try await host.database.rows(
            "SELECT id, category, author, about, withheld FROM entry WHERE log = ? ORDER BY rowid", log.text)
        return try rows.map { row in
            let labels = EntryLabels(
                category: try Words.word(row[1]), about: try Words.list(row[3]).map { try PersonID($0) },
                author: try UnitID(row[2]), withheld: row[4].isEmpty ? nil : try Words.word(row[4]))
            return (try Identifier(row[0]), labels)
        }
    }

    /// Fetches one entry, and keeps the decision's receipt with it: the obligation `log`.
    private func release(_ entry: Identifier, to reader: Actor, _ receipt: Receipt) async throws -> WebPage.Item {
        try await host.database.run("INSERT INTO shown VALUES (?, ?, ?)", entry.text, reader.text, receipt.text)
        let rows = try await host.database.rows(
            "SELECT day, category, author, text FROM entry WHERE id = ?", entry.text)
        return WebPage.Item(rows[0][3], note: "\(rows[0][0]), \(rows[0][1]), from \(rows[0][2])")
    }

    // MARK: - Writing

    /// Adds an entry, if the writer holds the baton.
    func write(_ text: String, in log: CaseID, labels: EntryLabels, as writer: Actor) async throws {
        try await add(
            text, to: log, labels, Question(actor: writer, action: .logWrite, object: .caseID(log)))
    }

    /// Adds what a meeting agreed on, if this kind of meeting is written in the log, and by this writer.
    func record(
        _ text: String, of meeting: MeetingID, purpose: Purpose, in log: CaseID, labels: EntryLabels, as writer: Actor
    )
        async throws
    {
        try await add(
            text, to: log, labels,
            Question(actor: writer, action: .meetingRecordInLog, object: .meeting(meeting), purpose: purpose))
    }

    private func add(_ text: String, to log: CaseID, _ labels: EntryLabels, _ question: Question) async throws {
        let count = try await host.database.rows("SELECT count(*) FROM entry WHERE log = ?", log.text)[0][0]
        let id = "\(log)-\(count)"
        try await host.carryOut(question, "\(text) is written as \(id)") { receipt in
            try await host.database.run(
                "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", id, log.text, Words.day(of: receipt.decidedAt),
                labels.category.word, labels.author.text, labels.about.map(\.text).joined(separator: ","),
                labels.withheld?.word ?? "", text)
        }
    }

    // MARK: - The log's life

    /// Opens the log. Whoever opens it holds it.
    func open(_ log: CaseID, as opener: EmploymentID) async throws {
        let question = Question(actor: .employment(opener), action: .logOpen, object: .caseID(log))
        try await host.carryOut(question, "The log \(log) is open, and \(opener) holds it") { _ in
            try await change(log, by: .employment(opener)) { record in
                record.log = .open
                record.holder = opener
                record.level = max(record.level, 1)
            }
        }
    }

    /// Gives somebody a part in the log, as long as it says.
    func invite(_ participant: EmploymentID, to log: CaseID, until: Instant, as holder: Actor) async throws {
        let question = Question(
            actor: holder, action: .participantAdd, object: .caseID(log), participant: .employment(participant))
        try await host.carryOut(question, "\(participant) takes part in \(log) until \(Words.day(of: until))") { _ in
            let grant = Grant(
                id: try GrantID("\(log)-\(participant)"), caseID: log, to: .employment(participant),
                validity: Validity(until: until), grantedBy: holder.party)
            try await host.registrar.add(grant, by: holder)
        }
    }

    /// Offers the baton. Only who may write has it to offer.
    func handOver(_ log: CaseID, to successor: EmploymentID, as holder: EmploymentID) async throws {
        let question = Question(actor: .employment(holder), action: .logWrite, object: .caseID(log))
        try await host.carryOut(question, "\(log) is offered to \(successor), and stays with \(holder) until accepted")
        { _ in
            let offer = Handover(id: try HandoverID("\(log)-\(successor)"), caseID: log, from: holder, to: successor)
            try await host.registrar.register([.handover(offer)], by: .employment(holder))
        }
    }

    /// Takes the baton: from then on the one before writes no more.
    func accept(_ log: CaseID, as successor: EmploymentID) async throws {
        let actor = Actor.employment(successor)
        let question = Question(actor: actor, action: .batonAccept, object: .caseID(log), successor: successor)
        try await host.carryOut(question, "\(successor) holds \(log)") { _ in
            var record = try await host.caseRecord(log)
            guard let holder = record.holder else { return }
            record.holder = successor
            let accepted = Handover(
                id: try HandoverID("\(log)-\(successor)"), caseID: log, from: holder, to: successor, state: .accepted)
            try await host.registrar.register([.handover(accepted), .caseRecord(record)], by: actor)
        }
    }

    /// Closes the log: no service reads it from then on.
    func close(_ log: CaseID, as actor: Actor) async throws {
        let question = Question(actor: actor, action: .logClose, object: .caseID(log))
        try await host.carryOut(question, "The log \(log) is closed") { receipt in
            try await change(log, by: actor) { record in
                record.log = .closed
                record.closedAt = receipt.decidedAt
            }
        }
    }

    /// What an evaluation came to: another level, or one more step towards Se Meg. An event, which nobody has to ask about.
    func evaluate(_ log: CaseID, level: UInt8?, step: SeMegStep?, as holder: Actor) async throws {
        try await change(log, by: holder) { record in
            if let level { record.level = level }
            if let step, !record.seMegSteps.contains(step) { record.seMegSteps.append(step) }
        }
        say("\(log): " + [level.map { "level \($0)" }, step.map(\.word)].compactMap { $0 }.joined(separator: ", "))
    }

    private func change(_ log: CaseID, by actor: Actor, _ body: (inout Case) -> Void) async throws {
        var record = try await host.caseRecord(log)
        body(&record)
        try await host.registrar.register([.caseRecord(record)], by: actor)
    }
}

extension Actor {
    /// Who gives a grant.
    var party: Party? {
        switch self {
        case .employment(let id): .employment(id)
        case .person(let id): .person(id)
        case .proxy: nil
        }
    }
}
