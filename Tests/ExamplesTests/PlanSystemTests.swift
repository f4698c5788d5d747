import Testing

@Suite("The example of a plan system", .timeLimit(.minutes(10)))
struct PlanSystemTests {
    /// The plan is in use, with a measure in each of two areas, and PPT has one of them.
    private func town() async throws -> Municipality {
        let town = try await Municipality()
        let asked = try await ask(town, "k", for: "employment:koordinator", "--role", "koordinator")
        try #require(asked.status == 0, "\(asked.text)")
        let early = try await town.plan("approve", "k", "--as", "employment:saksbehandler")
        #expect(early.status == 1 && early.says("person mor has to consent"), "\(early.text)")
        try await town.consent("p", to: "barne_familie,ppt", for: "individuell_plan")
        let others = try await town.plan("approve", "k", "--as", "employment:kontakt")
        #expect(others.status == 1 && others.says("may not answer"), "\(others.text)")
        let steps = [
            try await town.plan("approve", "k", "--as", "employment:saksbehandler"),
            try await town.plan("create", "sak", "--as", "employment:koordinator"),
            try await town.plan("write", "sak", "skole", "Tiltak 1", "--as", "employment:koordinator"),
            try await town.plan("write", "sak", "fritid", "Tiltak 2", "--as", "employment:koordinator"),
            try await ask(town, "r", for: "employment:radgiver", "--areas", "skole", "--under", "k"),
            try await town.plan("approve", "r", "--as", "employment:saksbehandler"),
        ]
        for step in steps { try #require(step.status == 0, "\(step.text)") }
        return town
    }

    private func ask(
        _ town: Municipality, _ id: String, for receiver: String, _ more: String...
    ) async throws -> Programs.Result {
        try await town.plan(
            ["ask", id, "--plan", "sak", "--for", receiver, "--until", Municipality.soon, "--as", "employment:larer"]
                + more)
    }

    @Test(
        "A coordinator is asked for, waits for the parents, and is let in by Forvaltningstjenesten; each sees their areas"
    )
    func areas() async throws {
        let town = try await town()
        let coordinator = try await town.plan("show", "sak", "--as", "employment:koordinator")
        #expect(coordinator.status == 0 && coordinator.says("2 measures shown, 0 areas not"), "\(coordinator.text)")
        let part = try await town.plan("show", "sak", "--as", "employment:radgiver")
        #expect(part.status == 0 && part.says("1 measures shown, 1 areas not"), "\(part.text)")
        #expect(part.says("Tiltak 1") && !part.says("Tiltak 2") && part.says("deny.consent_scope_purpose"))
        let outside = try await town.plan("show", "sak", "--as", "employment:kontakt")
        #expect(outside.status == 1 && outside.text == "No: there is no such thing\n")
        let writer = try await town.plan("write", "sak", "skole", "Tiltak 3", "--as", "employment:radgiver")
        #expect(writer.status == 1 && writer.says("deny.single_writer"), "\(writer.text)")
    }

    @Test("A request is refused with its reason; an ended coordinator's grant ends what hung on it")
    func grants() async throws {
        let town = try await town()
        #expect(try await ask(town, "l", for: "employment:larer-2").status == 0)
        let waiting = try await town.plan("pending", "--as", "employment:saksbehandler")
        #expect(waiting.text == "l: employment:larer-2, deltaker\n")
        let refused = try await town.plan(
            "refuse", "l", "--reason", "ikke aktuelt", "--as", "employment:saksbehandler")
        #expect(refused.status == 0, "\(refused.text)")
        #expect(try await town.plan("pending", "--as", "employment:saksbehandler").text == "")
        #expect(try await town.plan("show", "sak", "--as", "employment:larer-2").status == 1)

        #expect(try await town.plan("revoke", "k", "--as", "employment:saksbehandler").status == 0)
        let after = try await town.plan("show", "sak", "--as", "employment:radgiver")
        #expect(after.status == 1 && !after.says("Tiltak"), "\(after.text)")
    }

    @Test("An ansvarsgruppemøte needs the family there, and a withdrawal ends the plan's reading at once")
    func meetings() async throws {
        let town = try await town()
        let hold = { (family: [String]) in
            try await town.plan(
                [
                    "hold", "ansvarsgruppemote", "mote", "--case", "sak", "--purpose", "individuell_plan", "--invite",
                    "person:mor,unit:ppt,unit:barnevern", "--as", "employment:koordinator",
                ] + family)
        }
        let without = try await hold([])
        #expect(without.status == 1 && without.says("deny.meeting_rule"), "\(without.text)")
        let held = try await hold(["--family"])
        #expect(
            held.status == 0 && held.says("person:mor may come in") && held.says("unit:ppt may come in"), "\(held.text)"
        )
        #expect(held.says("unit:barnevern may not come in"))

        #expect(try await town.plan("withdraw", "p-far", "--giver", "far").status == 0)
        let after = try await town.plan("show", "sak", "--as", "employment:radgiver")
        #expect(after.status == 1 && after.says("deny.consent_withdrawn") && !after.says("Tiltak"), "\(after.text)")
        let mother = try await town.plan("show", "sak", "--as", "person:mor")
        #expect(mother.status == 0 && mother.says("2 measures shown"), "\(mother.text)")
    }
}
