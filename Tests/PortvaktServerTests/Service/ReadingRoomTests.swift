import Dispatch
import NIOCore
import PortvaktClient
import PortvaktCore
import PortvaktRPC
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

@testable import PortvaktServer

@Suite("Threads for blocking reads, which systems take in turn")
struct ReadingRoomTests {
    private let log = try? SystemID("log")
    private let plan = try? SystemID("plan")

    /// Reads that say when they begin, and end when they are let.
    private struct Held: Sendable {
        let begun: AsyncStream<String>
        private let begin: AsyncStream<String>.Continuation
        private let held = DispatchSemaphore(value: 0)

        init() { (begun, begin) = AsyncStream.makeStream() }

        func work(_ name: String) -> ReadingRoom.Work {
            { isClosing in
                begin.yield(isClosing ? "\(name) not" : name)
                if !isClosing { held.wait() }
            }
        }

        func letOne() { held.signal() }
    }

    @Test("Long reads of one system leave a thread for another's, and take turns with it when all are busy")
    func takesTurns() async throws {
        let (log, plan) = (try #require(log), try #require(plan))
        let room = ReadingRoom()
        let held = Held()
        var begun = held.begun.makeAsyncIterator()
        for number in 1...5 { _ = room.read(for: .system(log), held.work("log \(number)")) }
        #expect(await begun.next() == "log 1")
        #expect(await begun.next() == "log 2")
        // The third thread is not the same system's.
        for number in 1...3 { _ = room.read(for: .system(plan), held.work("plan \(number)")) }
        #expect(await begun.next() == "plan 1")
        var rest: [String] = []
        for _ in 0..<5 {
            held.letOne()
            rest.append(await begun.next() ?? "")
        }
        #expect(Set(rest) == ["log 3", "log 4", "log 5", "plan 2", "plan 3"])
        // Whichever ended first: three of the other system's were before it, and one of them at most went first.
        #expect(rest.firstIndex(of: "plan 2").map { $0 <= 1 } == true)
        for _ in 0..<3 { held.letOne() }
        await room.close()
    }

    @Test("Of one system 256 reads are under way or wait, and 1,024 of all; the service's own are never refused")
    func refuses() async throws {
        let (log, plan) = (try #require(log), try #require(plan))
        let room = ReadingRoom()
        let held = Held()
        var begun = held.begun.makeAsyncIterator()
        for _ in 0..<256 { _ = room.read(for: .system(log), held.work("log")) }
        #expect(room.read(for: .system(log), held.work("log")) == .refused(.ownFull(limit: 256)))
        for other in 1...3 {
            let system = try SystemID("other-\(other)")
            for _ in 0..<256 { _ = room.read(for: .system(system), held.work("other")) }
        }
        #expect(room.read(for: .system(plan), held.work("plan")) == .refused(.full))
        guard case .kept = room.read(for: .service, held.work("own")) else {
            Issue.record("the service's own read was refused")
            return
        }
        // One that has ended makes room for one.
        for _ in 0..<3 { _ = await begun.next() }
        held.letOne()
        _ = await begun.next()
        guard case .kept = room.read(for: .system(plan), held.work("plan")) else {
            Issue.record("there was no room after a read had ended")
            return
        }
        // Whoever waits is told that nothing is done any more; those that are under way end.
        async let closing: Void = room.close()
        var told = 0
        while told < 1022 { if await begun.next()?.hasSuffix(" not") == true { told += 1 } }
        for _ in 0..<3 { held.letOne() }
        await closing
    }

    @Test("A read that is given up before its turn is never done, and its place is free")
    func givesUp() async throws {
        let log = try #require(log)
        let room = ReadingRoom()
        let held = Held()
        var begun = held.begun.makeAsyncIterator()
        var numbers: [UInt64] = []
        for number in 1...256 {
            let admission = room.read(for: .system(log), held.work("\(number)"))
            if case .kept(let number) = admission { numbers.append(number) }
        }
        #expect(await begun.next() == "1")
        #expect(await begun.next() == "2")
        #expect(!room.giveUp(numbers[0]))
        for number in numbers[2..<255] { #expect(room.giveUp(number)) }
        #expect(!room.giveUp(numbers[2]))
        for number in 1...253 {
            guard case .kept = room.read(for: .system(log), held.work("later \(number)")) else {
                Issue.record("the place of a read that was given up is not free")
                return
            }
        }
        #expect(room.read(for: .system(log), held.work("too many")) == .refused(.ownFull(limit: 256)))
        held.letOne()
        #expect(await begun.next() == "256")
        held.letOne()
        #expect(await begun.next() == "later 1")
        async let closing: Void = room.close()
        #expect(await begun.next() == "later 2 not")
        for _ in 0..<2 { held.letOne() }
        await closing
    }

    @Test("After it was closed a read is not done, and says so at once")
    func closed() async throws {
        let log = try #require(log)
        let room = ReadingRoom()
        await room.close()
        let held = Held()
        var begun = held.begun.makeAsyncIterator()
        _ = room.read(for: .system(log), held.work("late"))
        #expect(await begun.next() == "late not")
    }

    @Test("An officer's long reads hold up no other system's, and what the officer waits for no more is not read")
    func overTheWire() async throws {
        let store = GatedStore(MemoryStore())
        try await TestTown.run(store) { service in
            let officer = try service.channel(as: "officer")
            let journal = try service.channel(as: "journal")
            // What is read at the start is read before.
            let _: QueryResponse = try await officer.call(.queryAudit, QueryRequest())
            store.shutReads()
            let long = (0..<2).map { _ in
                Task { () async throws -> QueryResponse in try await officer.call(.queryAudit, QueryRequest()) }
            }
            while store.readsHeld < 2 { try await Task.sleep(nanoseconds: 1_000_000) }
            let late = try await status {
                let response: QueryResponse = try await officer.call(
                    .queryAudit, QueryRequest(), timeout: .milliseconds(100))
                return response
            }
            #expect(late.code == .deadlineExceeded)
            #expect(store.readsHeld == 2)

            let listed: ListRecordsResponse = try await journal.call(
                .listRecords, ListRecordsRequest(kind: .person), timeout: .seconds(30))
            #expect(!listed.records.isEmpty)

            store.openReads()
            for read in long { _ = try await read.value }
            let readings: QueryResponse = try await officer.call(.queryAudit, QueryRequest(auditEntries: true))
            // The one before, and the two that were answered: the third was never made.
            #expect(readings.entries.count == 3)
        }
    }

    @Test("One system has not all the threads, nor all the places")
    func numbers() {
        #expect(ReadingRoom.threads == 3 && ReadingRoom.threadsOfOne == 2)
        #expect(ReadingRoom.maximumReads == 1024 && ReadingRoom.maximumReadsOfOne == 256)
    }
}
