internal import Glibc

/// Wakes the one thread that waits for it. A ring while nobody waits is kept: the next wait returns at once.
@safe package final class Doorbell: @unchecked Sendable {
    // The memory that both pointers point at is only given to pthread functions, which are made for sharing; `isRung` and
    // `isAwaited` are only touched while `mutex` is held.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var isRung = false
    private var isAwaited = false

    package init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// - Returns: whether the thread waits for it; otherwise it is busy.
    @discardableResult package func ring() -> Bool {
        unsafe pthread_mutex_lock(mutex)
        let (wasRung, isAwaited) = (isRung, isAwaited)
        isRung = true
        unsafe pthread_mutex_unlock(mutex)
        if !wasRung { unsafe pthread_cond_signal(condition) }
        return isAwaited
    }

    /// Returns when it is rung, or when the time is up.
    /// - Parameter deadline: on the clock of ``Monotonic/now``; `nil` waits for ever.
    package func wait(until deadline: UInt64?) {
        unsafe pthread_mutex_lock(mutex)
        isAwaited = true
        defer {
            isAwaited = false
            unsafe pthread_mutex_unlock(mutex)
        }
        while !isRung {
            guard let deadline else {
                unsafe pthread_cond_wait(condition, mutex)
                continue
            }
            var time = timespec(
                tv_sec: Int(deadline / Monotonic.second), tv_nsec: Int(deadline % Monotonic.second))
            if unsafe pthread_cond_timedwait(condition, mutex, &time) == ETIMEDOUT { break }
        }
        isRung = false
    }
}

/// The clock that durations are measured with, in nanoseconds.
package enum Monotonic {
    package static let second: UInt64 = 1_000_000_000

    /// Blocks the calling thread.
    package static func sleep(milliseconds: UInt32) { usleep(milliseconds * 1000) }

    package static var now: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * second + UInt64(time.tv_nsec)
    }
}

/// A thread of its own, for work that blocks.
package final class WorkerThread: Sendable {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private let handle: pthread_t

    /// - Throws: ``LedgerError/store(_:)`` when the system gives no more threads.
    package init(_ run: @escaping @Sendable () -> Void) throws(LedgerError) {
        var handle = pthread_t()
        let body = unsafe Unmanaged.passRetained(Body(run))
        let result = unsafe pthread_create(
            &handle, nil,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            }, body.toOpaque())
        guard result == 0 else {
            unsafe body.release()
            throw .store(StoreError(.inputOutput, place: "the committer", detail: "no thread, error \(result)"))
        }
        self.handle = handle
    }

    /// Returns when the thread has ended. Once only.
    package func join() { pthread_join(handle, nil) }
}
