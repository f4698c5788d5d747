internal import Glibc
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
internal import PortvaktClient
internal import PortvaktCore

/// A gate with an event loop of its own, for callers that block.
final class CGate: Sendable {
    /// How long a task may take to begin before it is clear that none will. It is microseconds where threads are there at all.
    static let longestBeginning = Duration.seconds(5)
    static let forkedText =
        "nothing runs in this process: it was forked from one in which a gate had been opened; start a new program instead (exec), "
        + "or fork before the first gate is opened"

    let gate: Gate
    private let group: MultiThreadedEventLoopGroup
    /// A child has the memory of its parent and none of its threads: whatever waits for one there waits for ever.
    private let process = getpid()

    /// Whether this is the process that opened it.
    var isOwn: Bool { getpid() == process }

    /// Whether tasks run in this process. In the child of one in which they ran they do not: their threads are the parent's.
    static func tasksRun() -> Bool {
        let slot = Slot<Bool>()
        Task { slot.put(true) }
        return slot.take(within: longestBeginning) ?? false
    }

    /// - Throws: what is wrong with which file.
    init(_ configuration: Gate.Configuration) throws {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do { gate = try Gate(configuration, on: group) } catch {
            group.shutdownGracefully { _ in }
            throw error
        }
    }

    /// Asks, and waits.
    func check(_ question: Question, requestID: Identifier?) -> Ruling {
        wait { await self.gate.check(question, requestID: requestID) }
    }

    /// Asks many, and gives the rulings in order. Each waits until it is told: ``current(_:)`` says what it is by then.
    func checkMany(_ questions: [Question]) -> [WaitingRuling] {
        let asked = questions.enumerated().compactMap { place, question in
            (try? Identifier("q\(place)")).map { (id: $0, question: question) }
        }
        return wait {
            var rulings: [WaitingRuling] = []
            var iterator = self.gate.checkEach(asked).makeAsyncIterator()
            while let (_, ruling) = await iterator.next() {
                rulings.append(WaitingRuling(ruling: ruling, asked: iterator.begun))
            }
            return rulings
        }
    }

    /// What a ruling is now: what was done with those before it may have taken longer than an allow holds.
    func current(_ waiting: WaitingRuling) -> Ruling { gate.current(waiting.ruling, asked: waiting.asked) }

    func close() {
        wait {
            await self.gate.close()
            try? await self.group.shutdownGracefully()
        }
    }

    /// Runs the work as a task, and blocks the calling thread until it is done: a thread of the host's, never one of the pool
    /// that tasks run on.
    private func wait<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) -> Value {
        let slot = Slot<Value>()
        Task { slot.put(await work()) }
        return slot.take()
    }
}

/// A ruling that is not told yet, and when its question was asked.
struct WaitingRuling: Sendable {
    let ruling: Ruling
    let asked: ContinuousClock.Instant
}

/// One value, from a task to a thread that waits for it.
private final class Slot<Value: Sendable>: Sendable {
    private let lock = ConditionLock(value: false)
    private let value = NIOLockedValueBox<Value?>(nil)

    func put(_ made: Value) {
        value.withLockedValue { $0 = made }
        lock.lock()
        lock.unlock(withValue: true)
    }

    /// `nil` when nothing came in time.
    func take(within time: Duration) -> Value? {
        guard lock.lock(whenValue: true, timeoutSeconds: time / .seconds(1)) else { return nil }
        lock.unlock()
        return value.withLockedValue { $0 }
    }

    func take() -> Value {
        lock.lock(whenValue: true)
        lock.unlock()
        guard let made = value.withLockedValue({ $0 }) else {
            preconditionFailure("a slot was taken before it was filled")
        }
        return made
    }
}
