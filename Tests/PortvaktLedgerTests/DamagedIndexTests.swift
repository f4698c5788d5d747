import Foundation
import PortvaktCore
import PortvaktStoreTesting
import Synchronization
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

@Suite("An index that is damaged while the ledger is whole")
struct DamagedIndexTests {
    private static let stream = StreamID("decisions/node-1")!
    private static let key = IndexKey.effect(.allow)

    /// A store of decisions, and those of them that are allowed, newest first.
    private func recorded(_ count: Int) throws -> (store: MemoryStore, allowed: [UInt64]) {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        let (loop, answers) = (TestLoop(), Answers())
        let lane = ledger.lane { loop.enqueue($0) }
        for number in 0..<count { lane.append(try LedgerBenchmark.sample(number)) { answers.add($0) } }
        #expect(loop.turn { answers.count == count })
        ledger.stop()
        let all = try LedgerSearch(store: store, index: nil).page(
            matching: [Self.key], in: Self.stream, limit: count)
        try #require(all.isComplete && all.indices.count > 10)
        return (store, all.indices)
    }

    /// Makes every page of the file but the first one senseless, as a failing disk would: the file can be opened.
    private func damage(_ path: String) throws {
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        try #require(bytes.count > 8192)
        for page in stride(from: 4096, to: bytes.count, by: 4096) { bytes[page] ^= 0x55 }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    /// An index that was built whole, and damaged after it was closed.
    private func damaged(_ path: String, of store: MemoryStore) throws -> SQLiteIndex {
        let index = try SQLiteIndex.open(path: path)
        try IndexFollower.build(index, from: store)
        index.close()
        try damage(path)
        return try SQLiteIndex.open(path: path)
    }

    @Test("Costs a search no result: it is none")
    func searched() throws {
        let (store, allowed) = try recorded(2000)
        try withFolder { folder in
            let index = try damaged(folder + "/index", of: store)
            defer { index.close() }
            #expect(throws: StoreError.self) { try index.size(of: Self.stream) }
            let search = LedgerSearch(store: store, index: index)
            #expect(try search.page(matching: [Self.key], in: Self.stream, limit: 5000).indices == allowed)
            #expect(try search.timeOrder(of: Self.stream) == TimeOrder(steps: [], known: 0, size: 2000))
        }
    }

    @Test("Is built anew by the follower, which tells it, and is then the index that it was", .timeLimit(.minutes(5)))
    func builtAnew() throws {
        let (store, allowed) = try recorded(2000)
        try withFolder { folder in
            let index = try damaged(folder + "/index", of: store)
            let renewed = Mutex<[StoreError]>([])
            let given = Mutex<[LedgerError]>([])
            let follower = try IndexFollower(
                store: store, index: index, onProblem: { problem in given.withLock { $0.append(problem) } },
                onRenewal: { damage in renewed.withLock { $0.append(damage) } })
            defer { follower.stop() }
            #expect(try follower.catchUp(Self.stream, to: 2000, milliseconds: 60_000))
            #expect(try index.indices(matching: [Self.key], in: Self.stream, before: 2000, limit: 5000) == allowed)
            #expect(renewed.withLock { $0 }.map(\.kind) == [.damaged])
            #expect(renewed.withLock { $0 }.map(\.place) == [folder + "/index"])
            #expect(given.withLock { $0 }.isEmpty && follower.failure == nil)
            #expect(try SQLiteIndex.structureProblem(path: folder + "/index") == nil)
        }
    }

    @Test("Is built anew when only a search has met what is damaged", .timeLimit(.minutes(5)))
    func metBySearch() throws {
        let (store, allowed) = try recorded(300)
        try withFolder { folder in
            let index = try SQLiteIndex.open(path: folder + "/index")
            let renewals = Mutex(0)
            let follower = try IndexFollower(
                store: store, index: index, onRenewal: { _ in renewals.withLock { $0 += 1 } })
            defer { follower.stop() }
            #expect(try follower.catchUp(Self.stream, to: 300, milliseconds: 60_000))
            // A list that ends in the middle of a number. The follower only adds rows behind it.
            try Connection(path: folder + "/index", access: .readWrite).execute("UPDATE postings SET list = x'80'")
            let search = LedgerSearch(store: store, index: index)
            #expect(try search.page(matching: [Self.key], in: Self.stream, limit: 500).indices == allowed)
            // A renewal is told before the index is emptied: until then it still has the size that it had, and what is damaged.
            let end = ContinuousClock.now + .seconds(60)
            let found = { try index.indices(matching: [Self.key], in: Self.stream, before: 300, limit: 500) }
            while (try? found()) != allowed, ContinuousClock.now < end { usleep(10_000) }
            #expect(try found() == allowed)
            #expect(renewals.withLock { $0 } == 1)
        }
    }

    /// An index of which the disk does not give back what was written last.
    private func cutOff(_ path: String, of store: MemoryStore) throws -> SQLiteIndex {
        let index = try SQLiteIndex.open(path: path)
        try IndexFollower.build(index, from: store)
        try #require(truncate(path + "-wal", 100) == 0)
        return index
    }

    @Test("Is built anew by the follower when the disk does not give it back", .timeLimit(.minutes(5)))
    func notGivenBack() throws {
        let (store, allowed) = try recorded(2000)
        try withFolder { folder in
            let index = try cutOff(folder + "/index", of: store)
            let error = #expect(throws: StoreError.self) {
                try index.indices(matching: [Self.key], in: Self.stream, before: 2000, limit: 5000)
            }
            #expect(error?.kind == .inputOutput)
            let search = LedgerSearch(store: store, index: index)
            #expect(try search.page(matching: [Self.key], in: Self.stream, limit: 5000).indices == allowed)
            let renewed = Mutex<[StoreError]>([])
            let follower = try IndexFollower(
                store: store, index: index, onRenewal: { damage in renewed.withLock { $0.append(damage) } })
            defer { follower.stop() }
            #expect(try follower.catchUp(Self.stream, to: 2000, milliseconds: 60_000))
            #expect(try index.indices(matching: [Self.key], in: Self.stream, before: 2000, limit: 5000) == allowed)
            #expect(renewed.withLock { $0 }.map(\.kind) == [.inputOutput])
            #expect(follower.failure == nil)
        }
    }

    @Test("Is emptied, and is an index again, when the disk does not give it back")
    func emptied() throws {
        let (store, _) = try recorded(300)
        try withFolder { folder in
            let index = try cutOff(folder + "/index", of: store)
            defer { index.close() }
            #expect(throws: StoreError.self) { try index.size(of: Self.stream) }
            #expect(throws: StoreError.self) { try index.tidy() }
            try index.clear()
            #expect(try index.size(of: Self.stream) == 0)
            try index.tidy()
            try IndexFollower.build(index, from: store)
            #expect(try index.size(of: Self.stream) == 300)
        }
    }

    @Test("Leaves no file behind when it had no name, and is made anew")
    func withoutName() throws {
        let (store, _) = try recorded(300)
        try withFolder { folder in
            let index = try SQLiteIndex.openTemporary(beside: folder + "/ledger.db")
            defer { index.close() }
            try IndexFollower.build(index, from: store)
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").map {
                "/proc/self/fd/" + $0
            }
            let logs = open.filter {
                let name = (try? FileManager.default.destinationOfSymbolicLink(atPath: $0)) ?? ""
                return name.hasPrefix(folder) && name.hasSuffix("-wal (deleted)")
            }
            let log = try #require(logs.first)
            try #require(truncate(log, 100) == 0)
            #expect(throws: StoreError.self) { try index.size(of: Self.stream) }
            try index.clear()
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
            try IndexFollower.build(index, from: store)
            #expect(try index.size(of: Self.stream) == 300)
        }
    }

    @Test(
        "Is left alone when it is damaged again and again, and the sentence says what to do", .timeLimit(.minutes(5)),
        arguments: [
            (StoreError.Kind.damaged, "is damaged", "delete the file, and it is built again"),
            (.inputOutput, "could not be read or written", "check the disk, then start again"),
        ])
    func againAndAgain(_ kind: StoreError.Kind, says what: String, advises advice: String) throws {
        let (store, allowed) = try recorded(300)
        try withFolder { folder in
            let index = BrokenIndex(kind: kind, path: folder + "/index")
            let renewals = Mutex(0)
            let problem = Mutex<LedgerError?>(nil)
            let follower = try IndexFollower(
                store: store, index: index, onProblem: { given in problem.withLock { $0 = given } },
                onRenewal: { _ in renewals.withLock { $0 += 1 } })
            defer { follower.stop() }
            let end = ContinuousClock.now + .seconds(60)
            while problem.withLock({ $0 == nil }), ContinuousClock.now < end { usleep(10_000) }
            #expect(renewals.withLock { $0 } == IndexFollower.maximumRenewals)
            #expect(follower.failure == problem.withLock { $0 })
            let sentence = try #require(problem.withLock { $0 }).description
            #expect(sentence.contains("the index \(folder)/index \(what)"))
            #expect(sentence.contains(advice))
            #expect(try !follower.catchUp(Self.stream, to: 300, milliseconds: 50))
            let found = try LedgerSearch(store: store, index: index).page(
                matching: [Self.key], in: Self.stream, limit: 500)
            #expect(found.indices == allowed)
        }
    }

    @Test("Keeps nobody from erasing: it is emptied all the same")
    func erased() throws {
        let (store, _) = try recorded(300)
        try withFolder { folder in
            let index = try damaged(folder + "/index", of: store)
            defer { index.close() }
            #expect(throws: StoreError.self) { try index.lastLeaf(of: Self.stream) }
            try index.clear()
            #expect(try index.size(of: Self.stream) == 0)
            try index.tidy()
        }
    }
}

/// An index on a disk that keeps nothing as it was written.
private struct BrokenIndex: LedgerIndex {
    let kind: StoreError.Kind
    let path: String

    private var error: StoreError { StoreError(kind, place: path, detail: "a page makes no sense") }

    func size(of stream: StreamID) throws(StoreError) -> UInt64 { throw error }
    func lastLeaf(of stream: StreamID) throws(StoreError) -> Digest? { throw error }
    func hasStreams(besides streams: Set<StreamID>) throws(StoreError) -> Bool { throw error }
    func add(_ batch: IndexBatch) throws(StoreError) { throw error }
    func indices(
        matching keys: [IndexKey], in stream: StreamID, before index: UInt64, limit: Int
    ) throws(StoreError) -> [UInt64]? { throw error }
    func directories(of stream: StreamID, holding indices: [UInt64]) throws(StoreError) -> [BlockDirectory] {
        throw error
    }
    func groupRoots(ofTile tile: UInt64, of stream: StreamID) throws(StoreError) -> [Digest]? { throw error }
    func chains(of stream: StreamID, holding subject: PersonID?, kept: Bool) throws(StoreError) -> SubjectChains {
        throw error
    }
    func keep(_ roots: [UInt64: Digest], of stream: StreamID, size: UInt64) {}
    func clear() throws(StoreError) {}
    func close() {}
}
