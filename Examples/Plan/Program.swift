internal import ArgumentParser
internal import ExampleSupport
internal import PortvaktClient
internal import PortvaktCore

@main
struct Program: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "An example of a system for individual plans: keeps the measures, and asks Portvakt about all else.",
        subcommands: [
            GiveConsent.self, WithdrawConsent.self, Ask.self, Pending.self, Approve.self, Refuse.self, Revoke.self,
            Create.self, Write.self, Show.self, ShowPage.self, HoldMeeting.self, EndMeeting.self,
        ])

    static func main() async { await ExampleProgram.main(Program.self) }
}

/// What every command takes: where Portvakt is, and who sits at the screen.
struct Who: ParsableArguments {
    @OptionGroup var options: HostOptions
    @Option(name: .customLong("as"), help: "Who acts: employment:ID, person:ID or proxy:GRANT.")
    var acting: String

    func actor() throws -> Actor { try Words.actor(acting) }

    func with(_ body: (Plan) async throws -> Void) async throws {
        try await Host.with(options, schema: Plan.schema) { try await body(Plan(host: $0)) }
    }
}

struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows a plan as one person may see it.")
    @Argument var plan: String
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with { system in
            let reading = try await system.read(CaseID(plan), as: who.actor())
            for item in reading.shown { say("\(item.text) (\(item.note))") }
            say("\(reading.shown.count) measures shown, \(reading.hidden.count) areas not")
            for refusal in Set(reading.hidden.map(\.description)).sorted() { say("  not: \(refusal)") }
        }
    }
}

struct ShowPage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "page", abstract: "Serves a plan as one person may see it, as a page on this machine.")
    @Argument var plan: String
    @Option(help: "0 for a free one.") var port = 0
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with { system in
            let (plan, reader) = (try CaseID(plan), try who.actor())
            try await PageServer.serve(port: port) { await system.page(of: plan, for: reader) }
        }
    }
}

extension Plan {
    /// The plan as one reader may see it, asked for anew.
    func page(of plan: CaseID, for reader: Actor) async -> WebPage {
        var page = WebPage(title: "Individual plan \(plan)")
        do {
            let reading = try await read(plan, as: reader)
            page.remarks = [
                "As \(reader.text) may see it: \(reading.shown.count) measures shown, \(reading.hidden.count) areas not."
            ]
            page.items = reading.shown
        } catch let error as Refused {
            page.remarks = ["Not shown: \(error.refusal)."]
        } catch {
            page.remarks = ["The plan cannot be shown now."]
        }
        return page
    }
}
