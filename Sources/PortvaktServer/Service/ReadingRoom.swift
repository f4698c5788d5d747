internal import NIOPosix
internal import PortvaktCore
internal import PortvaktRPC
internal import Synchronization

/// Threads for blocking reads, which systems take in turn: what one asks for at length does not hold up the others.
final class ReadingRoom: Sendable {
    /// Threads, for all systems together.
    static let threads = 3
    /// Threads that reads of one system may have: fewer than there are, so that another's begins at once.
    static let threadsOfOne = 2
    /// Reads that are under way or wait, of all systems together.
    static let maximumReads = 1024
    /// Of one system. More are refused, since their caller would have given up before it is their turn.
    static let maximumReadsOfOne = 256

    /// Whose a read is.
    enum Reader: Hashable, Sendable {
        case system(SystemID)
        /// The service's own: what has to be done, whatever else waits.
        case service
    }

    /// What asking for a read came to.
    enum Admission: Sendable, Equatable {
        /// It is done in its turn, unless ``giveUp(_:)`` is told this number before.
        case kept(UInt64)
        /// Too many wait: it is never done.
        case refused(SharedPlaces.Refusal)
    }

    /// - Parameter isClosing: the read is not to be done any more; only its caller is to be told.
    typealias Work = @Sendable (_ isClosing: Bool) -> Void

    private struct Read {
        var number: UInt64
        var reader: Reader
        var work: Work
    }

    private struct State {
        var places = SharedPlaces(limit: maximumReads, limitOfOne: maximumReadsOfOne)
        var waiting: [Reader: [Read]] = [:]
        /// Who waits, in the order of their turns.
        var turns: [Reader] = []
        var running: [Reader: Int] = [:]
        var idle = threads
        var nextNumber: UInt64 = 0
        var isClosed = false

        mutating func enter(_ reader: Reader, _ work: @escaping Work) throws(SharedPlaces.Refusal) -> UInt64 {
            if case .system(let system) = reader { try places.take(system) }
            nextNumber += 1
            if waiting[reader] == nil { turns.append(reader) }
            waiting[reader, default: []].append(Read(number: nextNumber, reader: reader, work: work))
            return nextNumber
        }

        /// The next read of who is first in turn and has a thread left to take.
        mutating func begin() -> Read? {
            guard idle > 0,
                let turn = turns.firstIndex(where: { running[$0, default: 0] < threadsOfOne })
            else { return nil }
            let reader = turns.remove(at: turn)
            guard let read = waiting[reader]?.removeFirst() else { return nil }
            if waiting[reader]?.isEmpty == true { waiting[reader] = nil } else { turns.append(reader) }
            running[reader, default: 0] += 1
            idle -= 1
            return read
        }

        mutating func end(_ reader: Reader) {
            running[reader, default: 1] -= 1
            if running[reader] == 0 { running[reader] = nil }
            idle += 1
            leave(reader)
        }

        mutating func giveUp(_ number: UInt64) -> Read? {
            for (reader, reads) in waiting {
                guard let place = reads.firstIndex(where: { $0.number == number }) else { continue }
                let read = waiting[reader]?.remove(at: place)
                if waiting[reader]?.isEmpty == true {
                    waiting[reader] = nil
                    turns.removeAll { $0 == reader }
                }
                leave(reader)
                return read
            }
            return nil
        }

        mutating func close() -> [Read] {
            isClosed = true
            let left = turns.flatMap { waiting[$0] ?? [] }
            waiting = [:]
            turns = []
            for read in left { leave(read.reader) }
            return left
        }

        private mutating func leave(_ reader: Reader) {
            if case .system(let system) = reader { places.giveBack(system) }
        }
    }

    private let state = Mutex(State())
    private let pool = NIOThreadPool(numberOfThreads: threads)

    init() { pool.start() }

    /// Does a blocking read on one of the threads, when it is the reader's turn.
    func read(for reader: Reader, _ work: @escaping Work) -> Admission {
        let entered: Result<UInt64?, SharedPlaces.Refusal> = state.withLock { state in
            if state.isClosed { return .success(nil) }
            return Result { () throws(SharedPlaces.Refusal) in try state.enter(reader, work) }
        }
        switch entered {
        case .failure(let refusal): return .refused(refusal)
        case .success(nil):
            work(true)
            return .kept(0)
        case .success(let number?):
            beginNext()
            return .kept(number)
        }
    }

    /// Takes a read out that has not begun: nobody waits for it any more.
    /// - Returns: whether it was still waiting.
    @discardableResult func giveUp(_ number: UInt64) -> Bool {
        // Outside of the lock it is let go.
        state.withLock { $0.giveUp(number) } != nil
    }

    /// Ends what waits, and waits for what is under way.
    func close() async {
        for read in state.withLock({ $0.close() }) { read.work(true) }
        try? await pool.shutdownGracefully()
    }

    private func beginNext() {
        guard let read = state.withLock({ $0.begin() }) else { return }
        pool.submit { [self] pool in
            read.work(pool == .cancelled)
            state.withLock { $0.end(read.reader) }
            beginNext()
        }
    }
}
