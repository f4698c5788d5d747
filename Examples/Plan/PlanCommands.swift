internal import ArgumentParser
internal import ExampleSupport
internal import PortvaktClient
internal import PortvaktCore

struct Ask: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Asks for somebody's part in a plan.")
    @Argument(help: "The new grant's id.") var id: String
    @Option(help: "The case whose plan it is.") var plan: String
    @Option(name: .customLong("for"), help: "employment:ID or person:ID.") var receiver: String
    @Option(help: "koordinator, deltaker, parorende, …") var role = "deltaker"
    @Option(help: "Areas of the plan, with commas. Default: all.") var areas: String?
    @Option(help: "The first day on which it has ended.") var until: String
    @Option(help: "The grant that it hangs on: it ends with that one.") var under: String?
    @OptionGroup var who: Who

    func run() async throws {
        let grant = Grant(
            id: try GrantID(id), caseID: try CaseID(plan), to: try Words.party(receiver), role: try Words.word(role),
            document: .plan, areas: try areas.map { try Words.list($0).map { try Area($0) } },
            validity: Validity(until: try Words.day(until)), under: try under.map { try GrantID($0) })
        try await who.with { try await $0.ask(for: grant, as: who.actor()) }
    }
}

struct Pending: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Who has asked for a part and waits for an answer.")
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with { system in
            for grant in try await system.pending() { say("\(grant.id): \(grant.to.text), \(grant.role.word)") }
        }
    }
}

struct Approve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Gives what was asked for.")
    @Argument var id: String
    @OptionGroup var who: Who

    func run() async throws { try await who.with { try await $0.approve(GrantID(id), as: who.actor()) } }
}

struct Refuse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Says no to what was asked for.")
    @Argument var id: String
    @Option(help: "Why, without names.") var reason: String
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with { try await $0.refuse(GrantID(id), because: reason, as: who.actor()) }
    }
}

struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ends somebody's part, and what hung on it.")
    @Argument var id: String
    @OptionGroup var who: Who

    func run() async throws { try await who.with { try await $0.revoke(GrantID(id), as: who.actor()) } }
}

struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Makes a plan.")
    @Argument var plan: String
    @OptionGroup var who: Who

    func run() async throws { try await who.with { try await $0.create(CaseID(plan), as: who.actor()) } }
}

struct Write: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Writes a measure in an area of a plan.")
    @Argument var plan: String
    @Argument var area: String
    @Argument var text: String
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with { try await $0.write(text, in: Area(area), of: CaseID(plan), as: who.actor()) }
    }
}
