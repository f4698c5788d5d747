internal import ArgumentParser
internal import Glibc
internal import PortvaktCore
internal import PortvaktScenarios
internal import PortvaktYAML

/// `portvakt policy`: the profiles that decisions are made by.
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Validates, compares and activates policy profiles; runs scenarios against them.",
        subcommands: [
            PolicyValidate.self, PolicyTest.self, PolicyDiff.self, PolicyCoverage.self, PolicyActivate.self,
            PolicyRules.self,
        ])
}

/// Where the profiles are.
struct PoliciesOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder with the policy profiles.",
            discussion:
                "Default: PORTVAKT_POLICIES, else ./policies, else share/portvakt/policies beside the program's folder."
        ),
        completion: .directory)
    var policies: String?

    /// The folder that was asked for, or the first of the places where one is.
    func folder() throws -> ProfileFolder {
        if let asked = policies ?? Terminal.environment("PORTVAKT_POLICIES") {
            guard Folder.exists(asked) else { throw Failure("there is no folder \(asked) with policy profiles") }
            return ProfileFolder(path: asked)
        }
        let places = ["policies"] + (Folder.ofProgram.map { ["\($0)/../share/portvakt/policies"] } ?? [])
        guard let found = places.first(where: Folder.exists) else {
            throw Failure(
                "no policy profiles in \(places.joined(separator: " or ")): say where they are with --policies DIR")
        }
        return ProfileFolder(path: found)
    }

    /// Where a file of one's own finds what it extends, when that is not beside it: nowhere, unless there is such a folder.
    func parents() throws -> [String] {
        let isAsked = policies != nil || Terminal.environment("PORTVAKT_POLICIES") != nil
        return isAsked ? [try folder().path] : (try? folder().path).map { [$0] } ?? []
    }
}

/// Folders of the file system.
enum Folder {
    static func exists(_ path: String) -> Bool {
        var info = stat()
        return unsafe stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }

    /// The folder that the running program stands in.
    static var ofProgram: String? {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = unsafe readlink("/proc/self/exe", &path, path.count)
        guard length > 0, length < path.count else { return nil }
        let text = String(decoding: path[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let slash = text.lastIndex(of: "/") else { return nil }
        return String(text[..<slash])
    }
}

/// Profiles read once, by name. A profile that is wrong ends the command with its errors.
struct LoadedProfiles {
    let folder: ProfileFolder
    /// The names of all that the folder has.
    let present: [String]
    private(set) var byName: [String: PolicyProfile] = [:]

    init(folder: ProfileFolder, names: some Sequence<String>) throws {
        self.folder = folder
        present = try folder.names()
        for name in Set(names) where present.contains(name) { byName[name] = try folder.profile(named: name) }
    }
}

extension ScenarioSuite {
    /// The scenarios below the paths, of which each has some: where there is none, nothing would be asked, and nothing could come out
    /// wrong. A file without any is an error of its own.
    static func some(below paths: [String]) throws -> ScenarioSuite {
        for path in paths where try YAMLFile.find(below: [path]).isEmpty {
            throw Failure("there is no scenario below \(path)")
        }
        return try load(paths)
    }
}
