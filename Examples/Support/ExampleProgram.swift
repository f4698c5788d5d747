public import ArgumentParser
internal import Foundation
internal import PortvaktClient
internal import PortvaktCore

/// Shows a line, at once: whoever started a page waits for it.
public func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

/// Runs a program: exit status 0 when it went well, 1 when the answer was no, 2 when there was none, 64 for a wrong command.
public enum ExampleProgram {
    public static func main(_ program: (some AsyncParsableCommand).Type) async {
        do {
            var command = try program.parseAsRoot()
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch let error as Refused {
            complain("No: \(error.refusal)")
            for line in missing(error.refusal) { complain("  missing: \(line)") }
            exit(isAnswer(error.refusal) ? 1 : 2)
        } catch let error as Registrar.Failure {
            complain("Not registered: \(error)")
            exit(error.kind == .refused ? 1 : 2)
        } catch {
            program.exit(withError: error)
        }
    }

    private static func complain(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    private static func isAnswer(_ refusal: Refusal) -> Bool {
        if case .unanswered = refusal { false } else { true }
    }

    /// What would have to be there, as Portvakt tells those who have a part in the case.
    private static func missing(_ refusal: Refusal) -> [String] {
        guard case .denied(_, let missing) = refusal else { return [] }
        return missing.map { item in
            switch item {
            case .consent(let giver, let purpose, let service, let unit):
                "a consent from \(giver.text) for \(purpose.word) to \(unit?.text ?? service?.text ?? "the service")"
            case .grant(let document, let caseID): "a part in the \(document.word) of \(caseID)"
            }
        }
    }
}
