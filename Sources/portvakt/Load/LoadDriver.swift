internal import NIOCore
internal import NIOPosix
internal import PortvaktRPC

/// Connections to one server, all on one event loop, kept over the rounds.
struct LoadDriver: Sendable {
    let target: LoadTarget
    private let loop: any EventLoop
    private let channels: [RPCChannel]

    /// - Throws: what is wrong with which TLS file.
    init(_ target: LoadTarget, tls: TLSFiles, connections: Int, loop: any EventLoop) throws {
        self.target = target
        self.loop = loop
        var configuration = RPCChannelConfiguration(
            targets: [RPCTarget(host: target.address.host, port: target.address.port)], tls: tls)
        configuration.waitsForReady = true
        configuration.fileCheckInterval = nil
        channels = try (0..<connections).map { _ in try RPCChannel(configuration: configuration, on: loop) }
    }

    func run(_ limits: LoadLimits) async throws -> LoadResult {
        let done = loop.makePromise(of: LoadResult.self)
        let (target, channels) = (target, channels)
        loop.execute { LoadRound(target, limits, done: done).run(channels) }
        let result = try await done.futureResult.get()
        if let failure = result.firstFailure {
            throw Failure(
                "\(target.name) at \(target.address): \(result.failed) calls failed, the first with \(failure)")
        }
        return result
    }

    func close() async {
        for channel in channels { await channel.close() }
    }
}
