import Foundation
import Testing

@Suite("The command line as a whole")
struct CommandLineTests {
    @Test("Without a terminal there is neither colour nor a bar")
    func plainWithoutTerminal() async throws {
        let scratch = try Scratch()
        let made = try await Tool.portvakt("certs", "init", scratch.path("certs"))
        #expect(!made.output.contains("\u{1B}"))
        #expect(made.error.isEmpty)
    }

    @Test("On a terminal there is colour, unless NO_COLOR is set")
    func colourOnTerminal() async throws {
        let scratch = try Scratch()
        // script(1) gives the program a terminal.
        let folder = scratch.path("certs")
        let onTerminal = try await Tool.sh(
            "script -qec \"portvakt certs init '\(folder)'\" /dev/null", environment: ["TERM": "xterm"])
        #expect(onTerminal.status == 0)
        #expect(onTerminal.output.contains("\u{1B}["))
        let without = try await Tool.sh(
            "script -qec \"portvakt certs show '\(folder)' '\(folder)/server.pem'\" /dev/null",
            environment: ["TERM": "xterm", "NO_COLOR": "1"])
        #expect(without.status == 0)
        #expect(!without.output.contains("\u{1B}"))
    }

    @Test("An error is in colour when it goes to a terminal itself, and a name in it steers none")
    func errors() async throws {
        let scratch = try Scratch()
        let line = "portvakt policy validate nosuch --policies '\(PolicyTests.shipped)'"
        let toFile = try await Tool.sh(
            "script -qec \"\(line) 2>error\" /dev/null; cat error", environment: ["TERM": "xterm"], in: scratch.url)
        #expect(
            toFile.output.contains("there is no profile nosuch") && !toFile.output.contains("\u{1B}"),
            "\(toFile.output)")
        let toTerminal = try await Tool.sh(
            "script -qec \"\(line) >output\" /dev/null", environment: ["TERM": "xterm"], in: scratch.url)
        #expect(toTerminal.output.contains("\u{1B}[31mportvakt:"), "\(toTerminal.output)")
        let hostile = try await Tool.portvakt(
            "policy", "validate", "a\u{1B}[2J\u{202E}b", "--policies", PolicyTests.shipped)
        #expect(hostile.error.contains("a\\u{1B}[2J\\u{202E}b"), "\(hostile.error)")
        #expect(!hostile.error.contains("\u{1B}") && !hostile.error.contains("\u{202E}"))
    }

    @Test("Every command has help with an example")
    func everyCommandHasAnExample() async throws {
        let dump = try await Tool.portvakt("--experimental-dump-help")
        let root = try #require(try JSONSerialization.jsonObject(with: Data(dump.output.utf8)) as? [String: Any])
        let leaves = Self.leaves(try #require(root["command"] as? [String: Any]), [])
        #expect(leaves.count > 5)
        for (path, command) in leaves {
            let discussion = (command["discussion"] as? String ?? "")
                .replacingOccurrences(of: "Examples:\n", with: "Example:\n")
            #expect(discussion.contains("Example:\n  portvakt \(path.joined(separator: " "))"), "portvakt \(path)")
        }
    }

    private static func leaves(_ command: [String: Any], _ path: [String]) -> [([String], [String: Any])] {
        let below = (command["subcommands"] as? [[String: Any]] ?? []).filter { $0["commandName"] as? String != "help" }
        guard !below.isEmpty else { return [(path, command)] }
        return below.flatMap { leaves($0, path + [$0["commandName"] as? String ?? ""]) }
    }

    @Test("Completion scripts are made for the shells, and bash takes its own", arguments: ["bash", "zsh", "fish"])
    func completion(_ shell: String) async throws {
        let scratch = try Scratch()
        let script = try await Tool.portvakt("--generate-completion-script", shell)
        #expect(script.status == 0)
        #expect(script.output.contains("portvakt"))
        guard shell == "bash" else { return }
        try Data(script.output.utf8).write(to: scratch.file("completion"))
        #expect(try await Tool.sh("bash -n '\(scratch.path("completion"))'").status == 0)
    }

    @Test("Output that cannot be written ends with 2 and a sentence, whatever the command came to")
    func lostOutput() async throws {
        let scratch = try Scratch()
        for line in ["policy rules --policies '\(PolicyTests.shipped)'", "certs init certs", "--help", "--version"] {
            let ended = try await Tool.sh("portvakt \(line) > /dev/full", in: scratch.url)
            #expect(ended.status == 2, "\(line): \(ended.error)")
            #expect(ended.error.contains("the output could not be written whole"), "\(line): \(ended.error)")
            #expect(ended.lines.isEmpty && ended.error.split(separator: "\n").count == 1, "\(line): \(ended.error)")
        }
        #expect(try await Tool.sh("portvakt cert > /dev/full").status == 64, "what was written is the error alone")
    }

    @Test("Whoever reads only the beginning ends the program as any other, without a word, whether it connects or not")
    func readerEnds() async throws {
        let service = try await RunningService()
        try await service.importCase()
        /// The status and what was said of a program nobody reads: `:` has ended before it says anything.
        func unread(_ line: String) async throws -> (status: String, error: String) {
            let status = service.scratch.path("status")
            let ran = try await Tool.sh(
                "{ portvakt \(line); echo $? >'\(status)'; } | :", environment: service.environment("registry"))
            let text = try String(contentsOfFile: status, encoding: .utf8)
            return (text.trimmingCharacters(in: .newlines), ran.error)
        }
        for line in [
            "policy rules --policies '\(PolicyTests.shipped)'", "registry list person", "registry show unit ppt --json",
        ] {
            let ended = try await unread(line)
            // 128 + SIGPIPE.
            #expect(ended.status == "141", "\(line): \(ended.error)")
            #expect(ended.error.isEmpty, "\(line): \(ended.error)")
        }
        let first = try await Tool.sh(
            "portvakt registry list person | head -1", environment: service.environment("registry"))
        #expect(first.status == 0 && first.lines.count == 1 && first.error.isEmpty, "\(first.error)")
    }

    @Test("A key that looks like a national identity number is refused without being repeated")
    func numberAsKey() async throws {
        // A synthetic number: its month is above 80.
        let number = "018100" + "10068"
        for keys in [["\(number)=x"], ["on.\(number)=x"], ["\(number)=x", "\(number)=y"]] {
            let line = keys.map { "'\($0)'" }.joined(separator: " ")
            let ended = try await Tool.sh("portvakt check actor.employment=a action=log.read \(line)")
            #expect(ended.status == 64, "\(ended.error)")
            #expect(ended.error.contains("looks like a national identity number"), "\(ended.error)")
            #expect(!ended.error.contains(number))
        }
    }

    @Test(
        "What a scenario says of nobody and nothing is no question to a service: the id would be taken for one that is there",
        arguments: ["actor.unknown=a on.case=b", "actor.employment=a on.unknown=b"])
    func unknownAsked(_ keys: String) async throws {
        let ended = try await Tool.sh("portvakt check action=log.read \(keys)")
        #expect(ended.status == 64 && ended.error.contains("which only a scenario can"), "\(ended.error)")
    }

    @Test("An unknown command ends with 64")
    func unknownCommand() async throws {
        let ended = try await Tool.portvakt("cert")
        #expect(ended.status == 64)
        #expect(ended.error.contains("cert"))
    }

    @Test("The version is told")
    func version() async throws {
        #expect(try await Tool.portvakt("--version").output.contains("0.1.0"))
    }
}
