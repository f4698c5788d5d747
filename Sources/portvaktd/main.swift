internal import Foundation
internal import Logging

/// Exit codes: 0 stopped as told; 1 the ledger failed while running; 78 (sysexits' EX_CONFIG) not started.
enum DaemonExit {
    static let ledgerFailed: Int32 = 1
    static let notStarted: Int32 = 78
}

func complain(_ sentence: String) { StandardError.write(line: "portvaktd: \(sentence)") }

StandardError.prepare()
DaemonSignal.hold()

do {
    let sources = try SettingSources(arguments: Array(CommandLine.arguments.dropFirst()))
    switch sources.request {
    case .help: try StandardOutput.write(HelpText.text)
    case .version: try StandardOutput.write("portvaktd \(HelpText.version)\n")
    case .check where sources.isTesting: throw SettingError("--check and --testing do not go together")
    case .check, .run:
        let environment = ProcessInfo.processInfo.environment
        let settings = try Settings(sources.values(environment: environment))
        LoggingSystem.bootstrap { _ in LineLogHandler(format: settings.logFormat, logLevel: settings.logLevel) }
        let log = Logger(label: "portvaktd")
        for sentence in SettingSources.strangers(environment: environment) { log.warning("\(sentence)") }
        if sources.isTesting {
            exit(try await TestingDaemon(settings: settings, log: log).run())
        }
        let daemon = try Daemon(settings: settings, log: log)
        if sources.request == .check {
            try daemon.check()
            try StandardOutput.write("the configuration is right\n")
        } else {
            exit(await daemon.run())
        }
    }
} catch {
    complain("\(error)")
    exit(DaemonExit.notStarted)
}
