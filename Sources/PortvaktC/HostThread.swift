internal import Glibc

/// Threads for functions of the host's.
///
/// Such a function may block for as long as it likes, and may ask the gate: on a thread that tasks run on it would keep the very
/// tasks from running that it waits for. Each run has a thread of its own, so that none waits for another to end: a pool of any
/// size can be full of functions that wait for one more. There are as many as questions being asked at one time, each of which
/// has a thread of the host's already.
enum HostThread {
    /// Runs the function and gives what it returns; nil when there is no thread to be had: then it has not run.
    static func run(_ function: @escaping @Sendable () -> Int32) async -> Int32? {
        await withCheckedContinuation { continuation in
            let isStarted = start(Job { continuation.resume(returning: function()) })
            if !isStarted { continuation.resume(returning: nil) }
        }
    }

    private static func start(_ job: Job) -> Bool {
        let raw = unsafe Unmanaged.passRetained(job)
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, nil,
            { raw in
                guard let raw = unsafe raw else { return nil }
                unsafe Unmanaged<Job>.fromOpaque(raw).takeRetainedValue().body()
                return nil
            }, raw.toOpaque())
        guard code == 0 else {
            unsafe raw.release()
            return false
        }
        // Nobody joins it: that it is done is told by the continuation.
        pthread_detach(thread)
        return true
    }
}

/// What a thread is to do, in the shape that C hands on.
private final class Job: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
