internal import Logging
internal import PortvaktLedger
internal import PortvaktServer
internal import PortvaktStoreTesting

/// Serves the tests of other systems until told to stop.
struct TestingDaemon {
    private let configuration: ServiceConfiguration

    /// Reads every file. - Throws: one sentence that says which is wrong and what to do.
    init(settings: Settings, log: Logger) throws {
        var configuration = ServiceConfiguration(
            tls: settings.tls, node: settings.node, profiles: try Daemon.profiles(settings))
        configuration.host = settings.listen.host
        configuration.port = settings.listen.port
        configuration.eventLoops = settings.eventLoops
        configuration.onEvent = { event in log.info(Logger.Message(stringLiteral: event.text)) }
        self.configuration = configuration
        log.warning("a service for tests: nothing is kept, and every certificate may do everything in its own store")
    }

    /// Returns the exit code.
    func run() async throws -> Int32 {
        let service = try await TestingService.start(configuration) { MemoryStore() }
        for await signal in DaemonSignal.all() {
            switch signal {
            case .reload: await service.reload()
            case .stop:
                await service.stop()
                return 0
            }
        }
        return 0
    }
}
