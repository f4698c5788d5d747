package import NIOCore
package import PortvaktRPC

/// Connections to one server, all on one event loop, kept over the rounds.
package struct LoadDriver: Sendable {
    package let target: LoadTarget
    private let loop: any EventLoop
    private let channels: [RPCChannel]

    /// - Throws: what is wrong with which TLS file.
    package init(_ target: LoadTarget, tls: TLSFiles, connections: Int, loop: any EventLoop) throws {
        self.target = target
        self.loop = loop
        var configuration = RPCChannelConfiguration(
            targets: [target.address], tls: tls)
        configuration.waitsForReady = true
        configuration.fileCheckInterval = nil
        channels = try (0..<connections).map { _ in try RPCChannel(configuration: configuration, on: loop) }
    }

    /// - Throws: ``LoadFailure``
    package func run(_ limits: LoadLimits) async throws -> LoadResult {
        let done = loop.makePromise(of: LoadResult.self)
        let (target, channels) = (target, channels)
        loop.execute { LoadRound(target, limits, done: done).run(channels) }
        let result = try await done.futureResult.get()
        if let failure = result.firstFailure {
            throw LoadFailure(
                "\(target.name) at \(target.address): \(result.failed) calls failed, the first with \(failure)")
        }
        return result
    }

    package func close() async {
        for channel in channels { await channel.close() }
    }
}

/// A load of which calls failed: its rate would say nothing.
package struct LoadFailure: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
