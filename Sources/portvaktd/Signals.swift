internal import Dispatch
internal import Foundation

/// The signals that the daemon listens to, as a sequence.
enum DaemonSignal: Sendable {
    /// SIGHUP: load certificates, revocation lists and the policy profile again.
    case reload
    /// SIGTERM or SIGINT: drain and stop.
    case stop

    /// Signals from now on. They no longer end the process by themselves.
    static func all() -> AsyncStream<DaemonSignal> {
        AsyncStream { continuation in
            let sources = [(SIGHUP, DaemonSignal.reload), (SIGTERM, .stop), (SIGINT, .stop)].map { number, meaning in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number)
                source.setEventHandler { continuation.yield(meaning) }
                source.resume()
                return SignalSource(source: source)
            }
            continuation.onTermination = { _ in sources.forEach { $0.source.cancel() } }
        }
    }
}

/// Keeps a source alive. `@unchecked Sendable`: the source is only cancelled, which Dispatch allows from any thread.
private struct SignalSource: @unchecked Sendable {
    let source: any DispatchSourceSignal
}
