internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// Who reads the audit, and why. It is recorded.
struct ReaderOptions: ParsableArguments {
    @Option(help: "Who reads: employment:ID of a personvernombud or leder. Default: the holder of the certificate.")
    var reader: String?
    @Option(name: .customLong("of"), help: "Only this controller's entries. Default: all of the system's.")
    var controller: String?
    @Option(help: "Why, in words without names: kept in the reading's entry.")
    var because: String?

    func stated() throws -> StatedReader? {
        guard reader != nil || controller != nil || because != nil else { return nil }
        return StatedReader(
            actor: try reader.map { try ArgumentText.actor($0, "--reader") },
            controller: try controller.map { try ArgumentText.id($0, "--of") }, why: because ?? "")
    }
}

/// An entry's name on the command line.
enum EntryArgument {
    /// - Parameter text: `STREAM#INDEX`.
    static func parse(_ text: String) throws -> (stream: String, index: UInt64) {
        let parts = text.split(separator: "#", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let index = UInt64(parts[1]) else {
            throw ValidationError("an entry is STREAM#INDEX, such as decisions/node-1#42")
        }
        return (String(parts[0]), index)
    }
}
