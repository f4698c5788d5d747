internal import ArgumentParser

/// `portvakt registry`: the records that decisions are made from.
struct RegistryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry",
        abstract: "Registers and shows units, persons, employments, cases, meetings and the rest.",
        subcommands: [RegistryAdd.self, RegistryShow.self, RegistryList.self])
}
