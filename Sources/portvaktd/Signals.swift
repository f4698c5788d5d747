internal import Foundation

/// What an operator tells a running daemon by a signal.
enum DaemonSignal: Sendable {
    /// SIGHUP: load certificates and revocation lists again.
    case reload
    /// SIGTERM or SIGINT: drain and stop.
    case stop

    /// The two ends of a pipe that holds the signals' numbers. Written once, by ``hold()``, before a handler reads them; a handler may
    /// do little else than write to a file.
    private nonisolated(unsafe) static var pipeEnds: (output: Int32, input: Int32) = (-1, -1)

    /// From now on they no longer end the process by themselves, and wait for ``all()``: one that comes meanwhile is not lost. Called
    /// once, before there are other threads.
    static func hold() {
        var ends: [Int32] = [-1, -1]
        // Nothing else is open yet. Without a pipe they end the process as they would any other.
        guard unsafe pipe(&ends) == 0 else { return }
        // A handler never waits: of signals that nobody takes, what is over some ten thousand is lost.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        unsafe pipeEnds = (output: ends[0], input: ends[1])
        for number in [SIGHUP, SIGTERM, SIGINT] {
            signal(number) { number in
                let before = errno
                var byte = UInt8(truncatingIfNeeded: number)
                unsafe write(DaemonSignal.pipeEnds.input, &byte, 1)
                errno = before
            }
        }
    }

    /// The signals since ``hold()``.
    static func all() -> AsyncStream<DaemonSignal> {
        AsyncStream { continuation in
            let output = unsafe pipeEnds.output
            // A thread of its own, which waits until the process ends.
            Thread.detachNewThread {
                while true {
                    var byte: UInt8 = 0
                    let count = unsafe read(output, &byte, 1)
                    if count < 0, errno == EINTR { continue }
                    guard count == 1 else { return }
                    if case .terminated = continuation.yield(Int32(byte) == SIGHUP ? .reload : .stop) { return }
                }
            }
        }
    }
}
