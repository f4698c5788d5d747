internal import ArgumentParser
internal import Glibc
internal import PortvaktCore

/// The command line. Commands are one file each, under `Commands/`.
@main
struct Portvakt: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "portvakt",
        abstract: "Asks, registers and audits: the command line of Portvakt.",
        discussion: """
            Exit status: 0 it went well, or the answer is yes; 1 the answer is no (denied, does not verify, a scenario \
            failed); 2 it could not be tried (a file, a certificate, a connection); 64 the command was written wrongly.

            Completion for your shell: portvakt --generate-completion-script bash (or zsh, fish).
            """,
        version: version,
        subcommands: [
            CheckCommand.self, ExplainCommand.self, WhoCommand.self, WhatCommand.self, SimulateCommand.self,
            DueCommand.self, ConsentCommand.self, GrantCommand.self, RegistryCommand.self,
            ImportCommand.self, SystemCommand.self, AuditCommand.self, PolicyCommand.self, CertsCommand.self,
            HealthCommand.self, WatchCommand.self, BenchCommand.self,
        ])

    /// Runs the command that was asked for; a ``Failure`` is told on standard error and decides the exit status.
    static func main() async {
        Output.refuseLoss()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            end(failure)
        } catch let errors as DocumentErrors {
            end(Failure(errors.description))
        } catch {
            // What is not the argument parser's own is something that could not be tried.
            guard exitCode(for: error) == .failure, !(error is ExitCode) else { exit(withError: error) }
            end(Failure("\(error)"))
        }
    }

    private static func end(_ failure: Failure) -> Never {
        Output.complain(failure.description)
        Glibc.exit(failure.status.rawValue)
    }
}
