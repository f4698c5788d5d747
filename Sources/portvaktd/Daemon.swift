internal import Foundation
internal import Logging
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktServer
internal import PortvaktSQLite
internal import PortvaktYAML

/// Wires the parts together and waits for signals. No logic of its own.
struct Daemon {
    private let settings: Settings
    private let log: Logger
    private let configuration: ServiceConfiguration
    private let news: AsyncStream<News>
    private let report: AsyncStream<News>.Continuation

    /// What the daemon waits for.
    enum News: Sendable {
        case started(Result<PortvaktService, any Error>)
        case signal(DaemonSignal)
        case ledgerFailed
    }

    /// Reads every file. - Throws: one sentence that says which is wrong and what to do.
    init(settings: Settings, log: Logger) throws {
        self.settings = settings
        self.log = log
        (news, report) = AsyncStream.makeStream()
        let profiles = try Self.profiles(settings)
        var configuration = ServiceConfiguration(tls: settings.tls, node: settings.node, profiles: profiles)
        configuration.host = settings.listen.host
        configuration.port = settings.listen.port
        configuration.metrics = settings.metrics.map { ($0.host, $0.port) }
        configuration.administrator = settings.administrator
        configuration.eventLoops = settings.eventLoops
        configuration.limits.maxConnections = min(
            configuration.limits.maxConnections, try Descriptors.connections())
        if let key = settings.checkpointKey, let guardFile = settings.guardFile {
            let signing = try SigningKey.load(path: key)
            configuration.signingKey = signing
            configuration.checkpoints = try Checkpointer(
                origin: signing.verifier.name, key: signing, retired: try SigningKey.ring(path: key).keys,
                guardFile: guardFile)
        }
        let report = report
        configuration.onEvent = { event in
            let message = Logger.Message(stringLiteral: event.text)
            switch event.severity {
            case .info: log.info(message)
            case .warning: log.warning(message)
            case .error: log.error(message)
            }
            if case .ledgerFailed = event { report.yield(.ledgerFailed) }
        }
        self.configuration = configuration
    }

    /// Looks at everything that a start uses and changes nothing: no ledger is made, no lock taken, no port listened on, so that a
    /// service may be running on the same configuration meanwhile.
    /// - Throws: the sentence that a start would end with.
    func check() throws {
        try configuration.check()
        try Self.checkLedger(settings.ledger)
        guard let guardFile = settings.guardFile else { return }
        let folder = Self.folder(of: guardFile)
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw SettingError(
                "guard: \(guardFile) cannot be written in \(folder); make that folder, and let the service's user write to it"
            )
        }
    }

    private static func checkLedger(_ path: String) throws {
        if FileManager.default.fileExists(atPath: path) { return try SQLiteStore.check(path: path) }
        try SQLiteStore.checkNew(path: path)
        let folder = folder(of: path)
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw SettingError(
                "ledger: \(path) is not there, and cannot be made in \(folder); make that folder, and let the service's user write to it"
            )
        }
    }

    /// Standardised: `ledger.db` stands in the working directory and not in "".
    private static func folder(of path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent().path
    }

    private static func opened(
        _ configuration: ServiceConfiguration, ledger: String
    ) throws -> (ServiceConfiguration, SQLiteStore) {
        var configuration = configuration
        let store = try SQLiteStore.open(path: ledger)
        do { configuration.index = try SQLiteIndex.open(path: SQLiteIndex.path(besideLedger: ledger)) } catch {
            configuration.onEvent(.indexFailed(error.description))
        }
        let open = SQLiteStore.filesOpenToOthers(path: ledger)
        if !open.isEmpty { configuration.onEvent(.filesOpenToOthers(open)) }
        return (configuration, store)
    }

    /// Every profile of the folder: one that is wrong is found now, not when it is activated.
    static func profiles(_ settings: Settings) throws -> ProfileShelf {
        let folder = ProfileFolder(path: settings.policies)
        let names = try folder.names()
        let all = try names.map { try folder.profile(named: $0) }
        let files = try names.map { try folder.file(named: $0) }
        guard let initial = all.first(where: { $0.name == settings.profile }) else {
            let has = all.isEmpty ? "no profile" : all.map(\.name).joined(separator: ", ")
            throw SettingError("profile: there is no \(settings.profile) in \(settings.policies), which has \(has)")
        }
        return ProfileShelf(
            initial: initial, others: all, files: Dictionary(zip(all.map(\.hash), files)) { $1 },
            validator: { bytes in Result { () throws(DocumentErrors) in try folder.validate(bytes) } })
    }

    /// Opens the ledger, which it makes when there is none, and serves until told to stop. Returns the exit code.
    func run() async -> Int32 {
        // From here on, so that a reload that comes while the ledger is read does not end the process.
        let (report, caught) = (report, DaemonSignal.all())
        let signals = Task { for await signal in caught { report.yield(.signal(signal)) } }
        defer { signals.cancel() }
        let (configuration, ledger) = (configuration, settings.ledger)
        Task {
            do {
                let (opened, store) = try Self.opened(configuration, ledger: ledger)
                report.yield(.started(.success(try await PortvaktService.start(opened, store: store))))
            } catch { report.yield(.started(.failure(error))) }
        }
        var service: PortvaktService?
        var mustReload = false
        for await news in news {
            switch news {
            case .started(.failure(let error)):
                complain("\(error)")
                return DaemonExit.notStarted
            case .started(.success(let started)):
                service = started
                if started.hasFailed { return await aborted(started) }
                if mustReload { await started.reload() }
            case .signal(.reload):
                mustReload = true
                await service?.reload()
            case .signal(.stop): return await stopped(service)
            case .ledgerFailed: if let service { return await aborted(service) }
            }
        }
        return 0
    }

    private func stopped(_ service: PortvaktService?) async -> Int32 {
        guard let service else {
            log.info("stopped before it served")
            // At once: others are still reading the ledger, and nothing has been promised to anybody.
            _exit(0)
        }
        await service.drain(lingerSeconds: settings.lingerSeconds)
        return service.hasFailed ? DaemonExit.ledgerFailed : 0
    }

    private func aborted(_ service: PortvaktService) async -> Int32 {
        await service.abort()
        return DaemonExit.ledgerFailed
    }
}
