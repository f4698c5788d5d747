import Foundation
import PortvaktCore
import PortvaktYAML
import Testing

@Suite("A folder of policy profiles")
struct ProfileFolderTests {
    /// Makes a folder with these files, and the national profile beside them.
    private func folder(
        _ files: [String: String], _ body: (_ path: String) throws -> Void
    ) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("portvakt-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path + "/own", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let national = try String(contentsOfFile: TestFolders.policies + "/nasjonal.yaml", encoding: .utf8)
        for (name, text) in files.merging(["nasjonal": national], uniquingKeysWith: { own, _ in own }) {
            try text.write(toFile: "\(path)/own/\(name).yaml", atomically: true, encoding: .utf8)
        }
        try body(path + "/own")
    }

    private func problems(_ name: String, in path: String) -> [String] {
        do throws(DocumentErrors) {
            _ = try ProfileFolder(path: path).profile(named: name)
            return []
        } catch { return error.errors.map(\.description) }
    }

    private let local = "extends: nasjonal\nname: lokal\n"

    @Test("gives a profile a hash over its own file and all that it extends, and where one ends and the next begins")
    func hashes() throws {
        var hashes: Set<[UInt8]> = []
        let national = try String(contentsOfFile: TestFolders.policies + "/nasjonal.yaml", encoding: .utf8)
        for files in [
            ["lokal": local], ["lokal": local + "# more\n"], ["lokal": local, "nasjonal": "# more\n" + national],
            ["lokal": local, "nasjonal": national + "# more\n"],
        ] {
            try folder(files) { path in
                let profile = try ProfileFolder(path: path).profile(named: "lokal")
                #expect(try ProfileFolder(path: path).profile(named: "lokal").hash == profile.hash)
                hashes.insert(profile.hash)
            }
        }
        #expect(hashes.count == 4)
    }

    @Test("refuses a profile that extends itself, by whatever way, or too many others")
    func chains() throws {
        func chain(_ length: Int) -> [String: String] {
            var files = [String: String]()
            for number in 1..<length {
                let parent = number == length - 1 ? "nasjonal" : "p\(number + 1)"
                files["p\(number)"] = "extends: \(parent)\nname: p\(number)\n"
            }
            return files
        }
        try folder(chain(ProfileFolder.maximumChain)) { #expect(problems("p1", in: $0) == []) }
        try folder(chain(ProfileFolder.maximumChain + 1)) { path in
            #expect(problems("p1", in: path).first?.contains("more than \(ProfileFolder.maximumChain) others") == true)
        }
        for files in [["a": "extends: a\n"], ["a": "extends: b\n", "b": "extends: a\n"]] {
            try folder(files) { #expect(problems("a", in: $0).first?.contains("the profile extends itself") == true) }
        }
    }

    @Test("holds the files in it, and nothing of the folders below it")
    func listed() throws {
        try folder(["lokal": local]) { path in
            for below in ["older", "kept.yaml"] {
                let below = "\(path)/\(below)"
                try FileManager.default.createDirectory(atPath: below, withIntermediateDirectories: true)
                try local.write(toFile: below + "/eldre.yaml", atomically: true, encoding: .utf8)
            }
            #expect(try ProfileFolder(path: path).names() == ["lokal", "nasjonal"])
        }
    }

    @Test("Files are found in a folder and below it by their endings, and taken as they are named")
    func found() throws {
        try folder([:]) { path in
            try FileManager.default.createDirectory(atPath: path + "/below", withIntermediateDirectories: true)
            for name in ["notes.txt", "below/a.json", "below/b.yml"] {
                try "{}".write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
            }
            let all = ["below/a.json", "below/b.yml", "nasjonal.yaml"].map { "\(path)/\($0)" }
            #expect(try YAMLFile.find(below: [path]) == all)
            #expect(try YAMLFile.find(below: [path + "/notes.txt", path]) == all + [path + "/notes.txt"])
            #expect(throws: DocumentErrors.self) { try YAMLFile.find(below: [path + "/none"]) }
        }
    }

    @Test("takes the profile beside the one that extends it before one of another folder")
    func parents() throws {
        try folder(["lokal": local]) { path in
            let alone = try ProfileFolder(path: path).profile(named: "lokal")
            let both = ProfileFolder(path: path, parents: [TestFolders.policies])
            #expect(try both.profile(named: "lokal").hash == alone.hash)
            let national = try String(contentsOfFile: path + "/nasjonal.yaml", encoding: .utf8)
            try (national + "# more\n").write(toFile: path + "/nasjonal.yaml", atomically: true, encoding: .utf8)
            let changed = try both.profile(named: "lokal").hash
            #expect(changed != alone.hash)
            try FileManager.default.removeItem(atPath: path + "/nasjonal.yaml")
            #expect(try both.profile(named: "lokal").hash == alone.hash)
        }
    }

    @Test("validates a file by the parents and the limits of one that lies in it")
    func validated() throws {
        let national = try ProfileFolder(path: TestFolders.policies).profile(named: "nasjonal")
        try folder(["lokal": local, "mellom": "extends: nasjonal\nname: mellom\n"]) { path in
            try FileManager.default.removeItem(atPath: path + "/nasjonal.yaml")
            let both = ProfileFolder(path: path, parents: [TestFolders.policies])
            // The first that is extended stands in the other folder, the next one too.
            for parent in ["nasjonal", "mellom"] {
                let profile = try both.validate(Array("extends: \(parent)\nname: lokal\n".utf8))
                #expect(profile.hash != national.hash && profile.name == "lokal")
            }
            #expect(try both.validate(Array(local.utf8)).hash == both.profile(named: "lokal").hash)
        }
        var files: [String: String] = [:]
        for number in 2..<ProfileFolder.maximumChain {
            let parent = number == ProfileFolder.maximumChain - 1 ? "nasjonal" : "p\(number + 1)"
            files["p\(number)"] = "extends: \(parent)\nname: p\(number)\n"
        }
        try folder(files) { path in
            let own = ProfileFolder(path: path)
            _ = try own.validate(Array("extends: p2\nname: lokal\n".utf8))
            // What is validated could be put into the folder, and would be read there.
            try "extends: p2\nname: p1\n".write(toFile: path + "/p1.yaml", atomically: true, encoding: .utf8)
            let long = #expect(throws: DocumentErrors.self) {
                try own.validate(Array("extends: p1\nname: lokal\n".utf8))
            }
            #expect(long?.errors.first?.description.contains("more than \(ProfileFolder.maximumChain) others") == true)
        }
    }

    @Test(
        "extends a profile by its name: a way to some other file is an error at its place, and nothing of that file is told",
        arguments: ["../elsewhere", "own/../../elsewhere", "/elsewhere", "..", "", "[nasjonal]", "{a: b}", ".hidden"])
    func names(_ parent: String) throws {
        let text = "name: lokal\nextends: \(parent.isEmpty ? "\"\"" : parent)\n"
        try folder(["lokal": text]) { path in
            for file in [path + "/../elsewhere.yaml", path + "/.hidden.yaml", path + "/...yaml"] {
                try "secret_key: x\n".write(toFile: file, atomically: true, encoding: .utf8)
            }
            let found = problems("lokal", in: path)
            #expect(found == ["\(path)/lokal.yaml:2:10: extends: expected the name of a profile, without a folder"])
            let validated = #expect(throws: DocumentErrors.self) {
                try ProfileFolder(path: path).validate(Array(text.utf8))
            }
            #expect(
                validated?.errors.map(\.description)
                    == ["profile:2:10: extends: expected the name of a profile, without a folder"])
        }
    }
}
