internal import ArgumentParser

/// `portvakt system`: the systems that may ask.
struct SystemCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "system",
        abstract: "Registers the systems that may ask, and what each may do.",
        subcommands: [SystemRegister.self, SystemList.self, SystemDisable.self])
}
