internal import ArgumentParser
internal import ExampleSupport
internal import PortvaktClient
internal import PortvaktCore

@main
struct Program: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stafettlogg",
        abstract: "An example of a log system: keeps the entries of a stafettlogg, and asks Portvakt about all else.",
        subcommands: [
            Discuss.self, DiscussAnonymously.self, Tell.self, GiveConsent.self, WithdrawConsent.self, Open.self,
            Write.self, Show.self,
            ShowPage.self, Invite.self,
            Evaluate.self, HandOver.self, Accept.self, Close.self, HoldMeeting.self, Record.self, DecideInMeeting.self,
            EndMeeting.self,
        ])

    static func main() async { await ExampleProgram.main(Program.self) }
}

/// What every command takes: where Portvakt is, and who sits at the screen.
struct Who: ParsableArguments {
    @OptionGroup var options: HostOptions
    @Option(name: .customLong("as"), help: "Who acts: employment:ID, person:ID or proxy:GRANT.")
    var acting: String

    func actor() throws -> Actor { try Words.actor(acting) }

    func employee() throws -> EmploymentID { try Words.employee(acting) }

    func with(_ body: (Stafettlogg) async throws -> Void) async throws {
        try await Host.with(options, schema: Stafettlogg.schema) { try await body(Stafettlogg(host: $0)) }
    }
}

struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows a log as one person may see it.")
    @Argument var log: String
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with { stafettlogg in
            let reading = try await stafettlogg.read(CaseID(log), as: who.actor())
            for item in reading.shown { say("\(item.text) (\(item.note))") }
            say("\(reading.shown.count) shown, \(reading.hidden.count) not")
            for refusal in Set(reading.hidden.map(\.description)).sorted() { say("  not: \(refusal)") }
        }
    }
}

struct ShowPage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "page", abstract: "Serves a log as one person may see it, as a page on this machine.")
    @Argument var log: String
    @Option(help: "0 for a free one.") var port = 0
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with { stafettlogg in
            let (log, reader) = (try CaseID(log), try who.actor())
            try await PageServer.serve(port: port) { await stafettlogg.page(of: log, for: reader) }
        }
    }
}

extension Stafettlogg {
    /// The log as one reader may see it, asked for anew.
    func page(of log: CaseID, for reader: Actor) async -> WebPage {
        var page = WebPage(title: "Stafettlogg \(log)")
        do {
            let reading = try await read(log, as: reader)
            page.remarks = ["As \(reader.text) may see it: \(reading.shown.count) shown, \(reading.hidden.count) not."]
            page.items = reading.shown
        } catch let error as Refused {
            page.remarks = ["Not shown: \(error.refusal)."]
        } catch {
            page.remarks = ["The log cannot be shown now."]
        }
        return page
    }
}
