public import ArgumentParser
internal import PortvaktClient
internal import PortvaktCore

/// `hold TYPE ID …`: may it be held, and who comes in?
public struct HoldMeeting: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Holds a meeting, and lets in those of the invited who may come.")
    @Argument(help: "fagmote, samarbeidsmote, ansvarsgruppemote, se_meg, …") var type: String
    @Argument var id: String
    @Option(help: "The case that it is about. None for an anonymous one.") var `case`: String?
    @Option(help: "What it is for.") var purpose = "samordning"
    @Option(help: "Who is invited, with commas: unit:ID, employment:ID, person:ID.") var invite = ""
    @Option(help: "Who is there of the inviting service, with commas: employments' ids.") var present = ""
    @Flag(help: "The family is there.") var family = false
    @Flag(help: "Nobody is named.") var anonymous = false
    @Option(name: .customLong("as"), help: "Who leads it: employment:ID.") var leader: String
    @OptionGroup var options: HostOptions

    public init() {}

    public func run() async throws {
        let meeting = Meeting(
            id: try MeetingID(id), type: try Words.word(type), caseID: try `case`.map { try CaseID($0) },
            convenedBy: try Words.employee(leader), invited: try Words.list(invite).map { try Words.party($0) },
            present: try Words.list(present).map { try EmploymentID($0) }, familyPresent: family, anonymous: anonymous)
        let purpose: Purpose = try Words.word(purpose)
        try await Host.with(options, schema: "") { try await $0.hold(meeting, purpose: purpose) }
    }
}

/// `decide ID`: a meeting decides, if its kind may.
public struct DecideInMeeting: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "decide", abstract: "Notes what a meeting decides: not every kind of meeting may.")
    @Argument var id: String
    @Option(help: "What it is for.") var purpose = "samordning"
    @Option(name: .customLong("as"), help: "Who leads it: employment:ID.") var leader: String
    @OptionGroup var options: HostOptions

    public init() {}

    public func run() async throws {
        let question = Question(
            actor: try Words.actor(leader), action: .meetingRecordDecision, object: .meeting(try MeetingID(id)),
            purpose: try Words.word(purpose))
        try await Host.with(options, schema: "") { try await $0.carryOut(question, "\(id) has decided") }
    }
}

/// `end ID`: a meeting is over.
public struct EndMeeting: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "end", abstract: "A meeting is over, and the accesses that were bound to it.")
    @Argument var id: String
    @Option(name: .customLong("as"), help: "Who led it: employment:ID.") var leader: String
    @OptionGroup var options: HostOptions

    public init() {}

    public func run() async throws {
        let actor = try Words.actor(leader)
        try await Host.with(options, schema: "") { try await $0.end(MeetingID(id), by: actor) }
    }
}
