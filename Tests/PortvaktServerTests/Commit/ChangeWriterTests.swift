import NIOCore
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktStoreTesting
import PortvaktTesting
import Testing

@testable import PortvaktServer

@Suite("The one writer of changes", .timeLimit(.minutes(5)))
struct ChangeWriterTests {
    private static func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

    private static func change(_ name: String, requestID: String? = nil) -> Change {
        change(.registered(.person(Person(id: id(name), born: nil))), requestID: requestID)
    }

    private static func change(_ event: Event, requestID: String? = nil) -> Change {
        Change(
            event: event, registeredAt: TestTown.start, system: id("journal"), controller: id("kommune-a"),
            requestID: requestID.map(TestTown.id))
    }

    private func core(_ store: any LedgerStore) throws -> ServiceCore {
        let configuration = ServiceConfiguration(
            tls: TLSFiles(certificateChain: "", privateKey: "", trustAnchors: ""), node: TestTown.node,
            profiles: ProfileShelf(initial: try TestService.profile(named: "nasjonal", in: TestTown.policies)),
            clock: ManualClock(TestTown.start))
        return try ServiceCore.open(configuration, store: store) {}
    }

    private func submit(_ changes: [Change], to core: ServiceCore) async -> ChangeWriter.Outcome {
        await withCheckedContinuation { continuation in
            core.writer.submit(changes) { continuation.resume(returning: $0) }
        }
    }

    /// Waits until a write is held up, and the writer has done what it was given before.
    private func untilHeld(_ store: GatedStore, _ core: ServiceCore) async throws {
        while !store.holdsWrite { try await Task.sleep(for: .milliseconds(5)) }
        try await core.writer.eventLoop.submit {}.get()
    }

    @Test("shows nobody a change, and tells nobody of it, before it is durable")
    func published() async throws {
        let store = GatedStore(MemoryStore())
        defer { store.open() }
        let core = try core(store)
        store.shut()
        async let outcome = submit([Self.change("p-1")], to: core)
        try await untilHeld(store, core)
        #expect(core.live.current.state.revision == .zero && core.feed.newest == .zero)
        store.open()
        let receipts = try await outcome.get()
        #expect(receipts.map(\.revision) == [Revision(1)])
        #expect(core.live.current.state.person(Self.id("p-1")) != nil && core.feed.newest == Revision(1))
        await core.close()
    }

    @Test("changes nothing by what cannot be written: the next change is the first")
    func unwritable() async throws {
        let core = try core(MemoryStore())
        // EntryCodec.maximumTextBytes is 4,096.
        let long = Event.profileActivated(
            name: TestTown.id("nasjonal"), hash: [UInt8](repeating: 1, count: 32), from: TestTown.start,
            reason: String(repeating: "x", count: 4097))
        guard case .failure(.unrecorded(.unwritable)) = await submit([Self.change("p-1"), Self.change(long)], to: core)
        else {
            Issue.record("it was written")
            return
        }
        #expect(core.live.current.state.revision == .zero)
        let receipts = try await submit([Self.change("p-2")], to: core).get()
        #expect(receipts.map(\.revision) == [Revision(1)])
        let state = core.live.current.state
        #expect(state.revision == Revision(1) && state.profileActivations.isEmpty)
        #expect(state.person(Self.id("p-1")) == nil && state.person(Self.id("p-2")) != nil)
        await core.close()
    }

    @Test(
        "gives who asks again while the first is on its way to the disk the first one's receipts, and makes no others")
    func askedAgain() async throws {
        let store = GatedStore(MemoryStore())
        defer { store.open() }
        let core = try core(store)
        store.shut()
        let changes = [Self.change("p-1", requestID: "r-1"), Self.change("p-2", requestID: "r-1")]
        async let first = submit(changes, to: core)
        try await untilHeld(store, core)
        async let second = submit(changes, to: core)
        async let third = submit(changes, to: core)
        let other = await submit([Self.change("p-3", requestID: "r-1")], to: core)
        if case .failure(.requestIDReused) = other {} else { Issue.record("\(other)") }
        // What was submitted before has been looked at, and nothing is on disk.
        try await Task.sleep(for: .milliseconds(50))
        try await core.writer.eventLoop.submit {}.get()
        store.open()
        let receipts = try await first.get()
        #expect(receipts.map(\.revision) == [Revision(1), Revision(2)])
        #expect(try await second.get() == receipts)
        #expect(try await third.get() == receipts)
        #expect(core.live.current.state.revision == Revision(2))
        await core.close()
    }

    @Test("knows every change of a request after a new start, and where each was recorded")
    func afterStart() async throws {
        let store = MemoryStore()
        let requests = [("r-1", ["p-1", "p-2", "p-3"]), ("r-2", ["p-4", "p-5"]), ("r-3", ["p-6"])].map {
            (requestID, names) in names.map { Self.change($0, requestID: requestID) }
        }
        var core = try core(store)
        var receipts: [[LedgerReceipt]] = []
        for changes in requests { receipts.append(try await submit(changes, to: core).get()) }
        await core.close()
        core = try self.core(store)
        for (changes, receipts) in zip(requests, receipts) {
            #expect(try await submit(changes, to: core).get() == receipts)
        }
        if case .failure(.requestIDReused) = await submit([requests[0][2]], to: core) {
        } else {
            Issue.record("a part of the request is another request")
        }
        #expect(core.live.current.state.revision == Revision(6))
        await core.close()
    }
}
