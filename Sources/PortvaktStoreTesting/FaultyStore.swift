public import PortvaktLedger

/// A decorator that makes one call fail: the N-th write, read or upkeep of a store, before or after its effect.
public final class FaultyStore: LedgerStore {
    /// What goes wrong.
    public struct Fault: Hashable, Sendable, CustomStringConvertible {
        public enum Call: Hashable, Sendable, CaseIterable {
            case append, maintain, read
        }

        public enum Moment: Hashable, Sendable, CaseIterable {
            /// Nothing of the call has happened.
            case before
            /// All of it has happened, and the caller is told that it has not.
            case after
        }

        public var call: Call
        public var moment: Moment
        /// Which such call, from one.
        public var number: Int
        public var kind: StoreError.Kind

        public init(_ call: Call, _ moment: Moment, number: Int, kind: StoreError.Kind = .inputOutput) {
            self.call = call
            self.moment = moment
            self.number = number
            self.kind = kind
        }

        public var description: String { "\(call) \(number) fails \(moment) its effect (\(kind))" }
    }

    private let inner: any LedgerStore
    private let fault: Fault?
    private let counts = Locked<[Fault.Call: Int]>([:])
    private let hit = Locked(false)

    public init(_ inner: any LedgerStore, fault: Fault?) {
        self.inner = inner
        self.fault = fault
    }

    /// The fault has happened.
    public var hasFailed: Bool { hit.withLock { $0 } }

    /// How many calls of one kind there have been.
    public func count(of call: Fault.Call) -> Int { counts.withLock { $0[call] ?? 0 } }

    public func heads() throws(StoreError) -> [StreamHead] {
        try around(.read) { () throws(StoreError) in try inner.heads() }
    }

    public func begin() throws(StoreError) { try inner.begin() }

    public func append(_ commit: Commit) throws(StoreError) {
        try around(.append) { () throws(StoreError) in try inner.append(commit) }
    }

    public func maintain() throws(StoreError) {
        try around(.maintain) { () throws(StoreError) in try inner.maintain() }
    }

    public func blocks(of stream: StreamID, from index: UInt64, limit: Int) throws(StoreError) -> [Block] {
        try around(.read) { () throws(StoreError) in try inner.blocks(of: stream, from: index, limit: limit) }
    }

    public func changeBlocks(after sequence: UInt64, limit: Int) throws(StoreError) -> [Block] {
        try around(.read) { () throws(StoreError) in try inner.changeBlocks(after: sequence, limit: limit) }
    }

    public func nodes(
        of stream: StreamID, level: Int, from position: UInt64, limit: Int
    ) throws(StoreError) -> [Digest] {
        try around(.read) { () throws(StoreError) in
            try inner.nodes(of: stream, level: level, from: position, limit: limit)
        }
    }

    public func erase(_ indices: Set<UInt64>, of stream: StreamID) throws(StoreError) -> Int {
        try around(.append) { () throws(StoreError) in try inner.erase(indices, of: stream) }
    }

    public func close() { inner.close() }

    private func around<Result>(
        _ call: Fault.Call, _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        let number = counts.withLock { counts in
            counts[call, default: 0] += 1
            return counts[call, default: 0]
        }
        guard let fault, fault.call == call, fault.number == number else { return try body() }
        hit.withLock { $0 = true }
        if fault.moment == .after { _ = try body() }
        throw StoreError(fault.kind, place: "the faulty store", detail: "\(fault)")
    }
}
