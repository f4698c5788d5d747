internal import ExampleSupport
internal import PortvaktClient
internal import PortvaktCore

/// A plan system: it keeps the measures of individual plans, area by area, and lets Portvakt say who may see and do what.
struct Plan: Sendable {
    static let schema = """
        CREATE TABLE IF NOT EXISTS measure (plan TEXT, area TEXT, day TEXT, text TEXT) STRICT;
        CREATE TABLE IF NOT EXISTS shown (plan TEXT, area TEXT, reader TEXT, receipt TEXT) STRICT;
        """

    let host: Host

    // MARK: - Reading

    /// A plan as one reader may see it.
    struct Reading {
        var shown: [WebPage.Item] = []
        /// Why areas are not shown that the reader may know of.
        var hidden: [Refusal] = []
    }

    /// Asks about every area of the plan in one call, and fetches the measures of those that it may show.
    /// - Throws: ``Refused`` when nothing may be shown.
    func read(_ plan: CaseID, as reader: Actor) async throws -> Reading {
        let rows = try await host.database.rows(
            "SELECT DISTINCT area FROM measure WHERE plan = ? ORDER BY area", plan.text)
        var question = Question(actor: reader, action: .planRead, object: .caseID(plan), purpose: .individuell_plan)
        var questions: [(id: Identifier, question: Question)] = []
        for row in rows {
            question.area = try Area(row[0])
            questions.append((try Identifier(row[0]), question))
        }
        var reading = Reading()
        var refusal: Refusal?
        for await (area, ruling) in host.gate.checkEach(questions) {
            switch ruling {
            case .allowed(let receipt): reading.shown += try await release(area, of: plan, to: reader, receipt)
            case .refused(let why):
                refusal = why
                // To whom there is no such thing, there is nothing hidden either.
                if case .notFound = why { continue }
                reading.hidden.append(why)
            }
        }
        guard reading.shown.isEmpty else { return reading }
        if let refusal { throw Refused(refusal) }
        // A plan without measures: who may not read it is not told so much.
        if case .refused(let refusal) = await host.gate.check(question) { throw Refused(refusal) }
        return reading
    }

    /// Fetches the measures of one area, and keeps the decision's receipt with them: the obligation `log`.
    private func release(
        _ area: Identifier, of plan: CaseID, to reader: Actor, _ receipt: Receipt
    ) async throws -> [WebPage.Item] {
        try await host.database.run(
            "INSERT INTO shown VALUES (?, ?, ?, ?)", plan.text, area.text, reader.text, receipt.text)
        let rows = try await host.database.rows(
            "SELECT day, text FROM measure WHERE plan = ? AND area = ? ORDER BY day, rowid", plan.text, area.text)
        return rows.map { WebPage.Item($0[1], note: "\($0[0]), area \(area)") }
    }

    // MARK: - The plan

    /// Makes a plan, if its coordinator asks and whoever owns it has signed.
    func create(_ plan: CaseID, as coordinator: Actor) async throws {
        let question = Question(
            actor: coordinator, action: .planCreate, object: .caseID(plan), purpose: .individuell_plan)
        try await host.carryOut(question, "The plan of \(plan) is in use") { _ in
            var record = try await host.caseRecord(plan)
            record.plan = .active
            record.planKind = record.planKind ?? .hol
            try await host.registrar.register([.caseRecord(record)], by: coordinator)
        }
    }

    /// Writes a measure in an area, if the writer coordinates the plan.
    func write(_ text: String, in area: Area, of plan: CaseID, as writer: Actor) async throws {
        let question = Question(
            actor: writer, action: .planWrite, object: .caseID(plan), purpose: .individuell_plan, area: area)
        try await host.carryOut(question, "\(text) is written in area \(area)") { receipt in
            try await host.database.run(
                "INSERT INTO measure VALUES (?, ?, ?, ?)", plan.text, area.text, Words.day(of: receipt.decidedAt), text)
        }
    }

    // MARK: - Who takes part

    /// Asks for a part in a plan. It opens nothing until it has been approved.
    func ask(for grant: Grant, as asker: Actor) async throws {
        try await host.registrar.request(grant, by: asker)
        say("\(grant.id): \(grant.to.text) is to be \(grant.role.word) until \(Words.day(of: grant.validity.until))")
    }

    /// Those who wait for an answer.
    func pending() async throws -> [Grant] { try await host.registrar.pendingGrants() }

    func approve(_ grant: GrantID, as giver: Actor) async throws {
        try await host.registrar.approve(grant, by: giver)
        say("\(grant) is given")
    }

    func refuse(_ grant: GrantID, because reason: String, as giver: Actor) async throws {
        try await host.registrar.refuse(grant, because: reason, by: giver)
        say("\(grant) is refused: \(reason)")
    }

    /// Ends somebody's part, and what hung on it.
    func revoke(_ grant: GrantID, as giver: Actor) async throws {
        try await host.registrar.revoke(grant, by: giver)
        say("\(grant) has ended")
    }
}
