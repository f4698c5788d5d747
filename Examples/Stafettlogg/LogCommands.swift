internal import ArgumentParser
internal import ExampleSupport
internal import PortvaktClient
internal import PortvaktCore

struct Discuss: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "May a child be talked about by name inside the service?")
    @Argument var person: String
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with { stafettlogg in
            let question = Question(
                actor: try who.actor(), action: .discussInternal, object: .person(try PersonID(person)))
            try await stafettlogg.host.carryOut(question, "\(person) may be talked about")
        }
    }
}

struct DiscussAnonymously: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discuss-anonymously",
        abstract: "May something be talked about in a meeting without saying who it is?")
    @Argument var meeting: String
    @Option(help: "A person that somebody wants to attach: never.") var names: String?
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with { stafettlogg in
            let question = Question(
                actor: try who.actor(), action: .discussAnonymous, object: .meeting(try MeetingID(meeting)),
                purpose: .ressursteam, identifies: try names.map { .person(try PersonID($0)) })
            try await stafettlogg.host.carryOut(question, "It may be talked about, and about nobody in particular")
        }
    }
}

struct Tell: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "May another service be told about a child?")
    @Argument var person: String
    @Option(help: "The service that is told: a unit's id.") var unit: String
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with { stafettlogg in
            let question = Question(
                actor: try who.actor(), action: .disclose, object: .person(try PersonID(person)),
                recipient: .unit(try UnitID(unit)))
            try await stafettlogg.host.carryOut(question, "\(unit) may be told about \(person)")
        }
    }
}

struct Open: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Opens a log.")
    @Argument var log: String
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with { try await $0.open(CaseID(log), as: who.employee()) }
    }
}

/// The labels of a new entry.
struct Labels: ParsableArguments {
    @Option(help: "education, health, barnevern, nav or other.") var category = "education"
    @Option(help: "The unit that it comes from.") var author: String
    @Option(help: "Whose information it is: persons' ids, with commas.") var about: String
    @Option(help: "child_wish, weighty, danger or investigation.") var withheld: String?

    func labels() throws -> EntryLabels {
        EntryLabels(
            category: try Words.word(category), about: try Words.list(about).map { try PersonID($0) },
            author: try UnitID(author), withheld: try withheld.map { try Words.word($0) })
    }
}

struct Write: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Writes an entry.")
    @Argument var log: String
    @Argument var text: String
    @OptionGroup var labels: Labels
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with {
            try await $0.write(text, in: CaseID(log), labels: labels.labels(), as: who.actor())
        }
    }
}

struct Invite: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Gives an employee a part in a log.")
    @Argument var log: String
    @Argument(help: "An employment's id.") var participant: String
    @Option(help: "The first day on which it has ended.") var until: String
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with {
            try await $0.invite(
                EmploymentID(participant), to: CaseID(log), until: Words.day(until), as: who.actor())
        }
    }
}

struct Evaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Notes what an evaluation came to.")
    @Argument var log: String
    @Option(help: "0 to 3.") var level: UInt8?
    @Option(help: "A step towards Se Meg: nivaa_provd, familiemote, henvisning or avdelingsmote.") var step: String?
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with {
            let step: SeMegStep? = try step.map { try Words.word($0) }
            try await $0.evaluate(CaseID(log), level: level, step: step, as: who.actor())
        }
    }
}

struct HandOver: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Offers the baton to somebody else.")
    @Argument var log: String
    @Argument(help: "An employment's id.") var successor: String
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with {
            try await $0.handOver(CaseID(log), to: EmploymentID(successor), as: who.employee())
        }
    }
}

struct Accept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Takes the baton that was offered.")
    @Argument var log: String
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with { try await $0.accept(CaseID(log), as: who.employee()) }
    }
}

struct Close: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Closes a log.")
    @Argument var log: String
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with { try await $0.close(CaseID(log), as: who.actor()) }
    }
}

struct Record: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Writes in the log what a meeting agreed on.")
    @Argument var meeting: String
    @Argument var log: String
    @Argument var text: String
    @Option(help: "What the meeting is for.") var purpose = "samordning"
    @OptionGroup var labels: Labels
    @OptionGroup var who: Who

    func run() async throws {
        try await who.with {
            try await $0.record(
                text, of: MeetingID(meeting), purpose: Words.word(purpose), in: CaseID(log), labels: labels.labels(),
                as: who.actor())
        }
    }
}
