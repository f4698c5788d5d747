import Foundation

/// Runs blocking client code on a thread of its own, so that it takes none from the tasks.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

/// Waits until something holds, for at most `seconds`. Returns whether it does.
func eventually(seconds: Double = 10, _ holds: () throws -> Bool) async rethrows -> Bool {
    let end = Date(timeIntervalSinceNow: seconds)
    while try !holds() {
        guard Date() < end else { return false }
        try? await Task.sleep(nanoseconds: 5_000_000)
    }
    return true
}

/// Waits on a thread of ``onThread(_:)``.
func pause(milliseconds: UInt32) throws { usleep(milliseconds * 1000) }
