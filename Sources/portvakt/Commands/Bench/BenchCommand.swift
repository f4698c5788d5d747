internal import ArgumentParser
internal import NIOCore
internal import NIOPosix
internal import PortvaktClient
internal import PortvaktCore
internal import PortvaktLoad
internal import PortvaktRPC
internal import PortvaktScenarios

/// `portvakt bench`
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Drives a load of questions and prints rates and percentiles.",
        discussion: """
            Asks about a made-up municipality that was imported with the same options (portvakt import --municipality). \
            Every answer is durable in the service's ledger, as any other. With --peer the same load is driven against a \
            gRPC echo server in rounds that alternate, and the ratio is printed. With --log the entries of one log are asked \
            for too, through one call of the gate at a time.

            Example:
              portvakt bench --certs certs-here --as journal --streams 1 --streams 16 --streams 64
              portvakt bench --certs certs-here --as journal --streams 64 --log 2000
            """)

    /// Calls of a round at most: bounds the memory for their latencies.
    static let maximumCalls = 5_000_000
    /// Entries of a log at most: far more than any stafettlogg has.
    static let maximumEntries = 100_000

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var municipality: MunicipalityOptions
    @Option(help: "The address of an echo server (Benchmarks/peers) to compare with, host:port.")
    var peer: String?
    @Flag(help: "Measure the echo server alone.")
    var peerOnly = false
    @Option(help: "Connections, 1 to 256.")
    var connections = 8
    @Option(help: "Calls open at a time on each connection; may be repeated. Default: 1, 16 and 64.")
    var streams: [Int] = []
    @Option(help: "Rounds of each load, 1 to 100.")
    var rounds = 5
    @Option(help: "Seconds of a round, 0.1 to 60.")
    var seconds = 1.0
    @Option(help: "Calls of a round at most.")
    var calls = BenchCommand.maximumCalls
    @Option(help: "Also ask for the entries of one log through the gate: so many, 1 to 100000.")
    var log: Int?
    @Option(help: "The service's metrics address, host:port: prints the ledger's median commit.")
    var metrics: String?
    @Option(
        help: "STREAMS=RATIO: exit with 1 when the ratio to the peer is lower; may be repeated.")
    var atLeast: [RatioGoal] = []
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...256).contains(connections) else { throw ValidationError("--connections is from 1 to 256") }
        guard streams.allSatisfy({ (1...1000).contains($0) }) else {
            throw ValidationError("--streams is from 1 to 1000")
        }
        guard (1...100).contains(rounds) else { throw ValidationError("--rounds is from 1 to 100") }
        guard (0.1...60).contains(seconds) else { throw ValidationError("--seconds is from 0.1 to 60") }
        guard (1...Self.maximumCalls).contains(calls) else {
            throw ValidationError("--calls is from 1 to \(Self.maximumCalls)")
        }
        guard log.map((1...Self.maximumEntries).contains) ?? true else {
            throw ValidationError("--log is from 1 to \(Self.maximumEntries)")
        }
        if peerOnly, log != nil { throw ValidationError("--log asks the service, and --peer-only leaves it out") }
        if peerOnly, peer == nil { throw ValidationError("--peer-only needs a --peer") }
        if !atLeast.isEmpty, peer == nil { throw ValidationError("--at-least needs a --peer to compare with") }
    }

    func run() async throws {
        let settings = try connection.resolve()
        var targets = peerOnly ? [] : [LoadTarget.check(settings.address, municipality.municipality)]
        if let peer { targets.append(.echo(try ServerAddress(peer))) }
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let drivers = try targets.map {
            try LoadDriver($0, tls: settings.tls, connections: connections, loop: loop)
        }
        let outcome: Result<BenchReport, any Error>
        do {
            var report = try await measure(drivers)
            if let log { report.log = try await measureLog(log, settings, on: loop) }
            outcome = .success(report)
        } catch { outcome = .failure(error) }
        for driver in drivers { await driver.close() }
        let report = try outcome.get()
        output.show(report.json) { report.show() }
        if !report.missedGoals(atLeast).isEmpty { throw ExitCode(ExitStatus.no.rawValue) }
    }

    private func measure(_ drivers: [LoadDriver]) async throws -> BenchReport {
        let streams = streams.isEmpty ? [1, 16, 64] : streams
        var progress = ProgressBar("measuring", total: streams.count * rounds * drivers.count)
        defer { progress.finish() }
        var report = BenchReport(connections: connections)
        var done = 0
        for streams in streams {
            var limits = LoadLimits(
                connections: connections, streams: streams, duration: UInt64(seconds * 1e9), maximumCalls: calls)
            var results = drivers.map { _ in [LoadResult]() }
            // A short round first, uncounted: connections are made, code and caches are warm.
            limits.duration /= 4
            for driver in drivers { _ = try await driver.run(limits) }
            limits.duration *= 4
            for round in 0..<rounds {
                // Who goes first alternates too.
                for index in round % 2 == 0 ? Array(drivers.indices) : drivers.indices.reversed() {
                    results[index].append(try await drivers[index].run(limits))
                    done += 1
                    progress.update(done)
                }
            }
            report.add(
                zip(drivers, results).map { LoadSummary(server: $0.target.name, streams: streams, rounds: $1) },
                commitNanoseconds: try await medianCommit())
        }
        return report
    }

    private func measureLog(
        _ count: Int, _ settings: ConnectionSettings, on loop: any EventLoop
    ) async throws -> LogSummary {
        var progress = ProgressBar("measuring a log", total: rounds)
        defer { progress.finish() }
        let target = RPCTarget(host: settings.address.host, port: settings.address.port)
        let gate = try Gate(
            Gate.Configuration(
                channel: RPCChannelConfiguration(targets: [target], tls: settings.tls),
                handling: Set(Obligation.allCases)), on: loop)
        let (question, entries) = municipality.municipality.log(0, entries: count)
        let driver = LogDriver(gate, question: question, entries: entries)
        let outcome: Result<LogSummary, any Error>
        do {
            // A short round first, uncounted, as for the other loads.
            _ = try await driver.run(duration: UInt64(seconds * 1e9) / 4)
            var results: [LogResult] = []
            for round in 1...rounds {
                results.append(try await driver.run(duration: UInt64(seconds * 1e9)))
                progress.update(round)
            }
            outcome = .success(LogSummary(rounds: results))
        } catch { outcome = .failure(error) }
        await gate.close()
        return try outcome.get()
    }

    private func medianCommit() async throws -> Double? {
        guard let metrics else { return nil }
        return try await MetricsReader.read(try ServerAddress(metrics))["portvakt_ledger_commit_median_nanoseconds"]
    }
}

/// A ratio that must be reached under a load.
struct RatioGoal: ExpressibleByArgument, Hashable, Sendable {
    let streams: Int
    let ratio: Double

    init?(argument: String) {
        let parts = argument.split(separator: "=")
        guard parts.count == 2, let streams = Int(parts[0]), let ratio = Double(parts[1]), ratio > 0 else { return nil }
        self.streams = streams
        self.ratio = ratio
    }
}
