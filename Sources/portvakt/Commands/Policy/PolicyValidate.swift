internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktYAML

/// `portvakt policy validate`
struct PolicyValidate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Says whether policy profiles are right, and where they are not.",
        discussion: """
            Every unknown key, impossible value and rule without its data is an error with file, line and, where one is \
            near, the word that was perhaps meant. Exit status 1 when one of the profiles is wrong.

            Example:
              portvakt policy validate nasjonal lokal-15
              portvakt policy validate ./kommune.yaml
            """)

    @Argument(help: "Names of profiles, or files ending in .yaml; all of the folder when none is given.")
    var profiles: [String] = []
    @OptionGroup var policies: PoliciesOptions
    @OptionGroup var output: OutputOptions

    private struct Validated {
        var name: String
        var profile: PolicyProfile?
        var errors: [String]
    }

    func run() throws {
        let validated = try targets().map { folder, name in try Self.validate(folder, name) }
        output.show(["profiles": .array(validated.map(Self.json))]) {
            var table = Table("profile", "state", "law", "hash")
            for item in validated {
                table.add(
                    Table.Cell(item.name, .bold),
                    item.profile == nil ? Table.Cell("\(item.errors.count) errors", .red) : Table.Cell("valid", .green),
                    Table.Cell(item.profile?.law ?? ""),
                    Table.Cell(item.profile.map { String(Hexadecimal.text($0.hash).prefix(16)) } ?? ""))
            }
            Output.table(table)
            for error in validated.flatMap(\.errors) { Output.line(error.printable) }
        }
        if validated.contains(where: { $0.profile == nil }) { throw ExitCode(ExitStatus.no.rawValue) }
    }

    private func targets() throws -> [(ProfileFolder, String)] {
        if profiles.isEmpty {
            let folder = try policies.folder()
            let names = try folder.names()
            // Nothing that is right is not the same as nothing that is wrong.
            guard !names.isEmpty else { throw Failure("there is no policy profile (*.yaml) in \(folder.path)") }
            return names.map { (folder, $0) }
        }
        return try profiles.map { try ProfileArgument.place($0, policies) }
    }

    private static func validate(_ folder: ProfileFolder, _ name: String) throws -> Validated {
        guard CertificateFile.exists("\(folder.path)/\(name).yaml") else {
            let near = NearestWord.find(name, in: (try? folder.names()) ?? []).map { ": did you mean \($0)?" } ?? ""
            throw Failure("there is no profile \(name) in \(folder.path)\(near)")
        }
        do throws(DocumentErrors) {
            return Validated(name: name, profile: try folder.profile(named: name), errors: [])
        } catch {
            return Validated(name: name, profile: nil, errors: error.errors.map(\.description))
        }
    }

    private static func json(_ item: Validated) -> JSONValue {
        [
            "name": .string(item.name), "valid": .bool(item.profile != nil), "law": .optional(item.profile?.law),
            "hash": .optional(item.profile.map { Hexadecimal.text($0.hash) }), "errors": .strings(item.errors),
        ]
    }
}
