import PortvaktCore
import PortvaktStoreTesting
import PortvaktTesting
import Testing

@testable import PortvaktServer

@Suite("Places that all systems share")
struct SharedPlacesTests {
    private let log = try? SystemID("log")
    private let plan = try? SystemID("plan")

    @Test("One system has as many as one may; the other systems' places stay, up to all there are")
    func shares() throws {
        let (log, plan) = (try #require(log), try #require(plan))
        var places = SharedPlaces(limit: 5, limitOfOne: 3)
        for _ in 0..<3 { try places.take(log) }
        #expect(throws: SharedPlaces.Refusal.ownFull(limit: 3)) { try places.take(log) }
        for _ in 0..<2 { try places.take(plan) }
        #expect(throws: SharedPlaces.Refusal.full) { try places.take(plan) }
        #expect(places.count == 5)
    }

    @Test("A place that is given back is free again, for the system and for all; one that was never taken frees none")
    func givenBack() throws {
        let (log, plan) = (try #require(log), try #require(plan))
        var places = SharedPlaces(limit: 2, limitOfOne: 1)
        try places.take(log)
        places.giveBack(plan)
        #expect(places.count == 1)
        places.giveBack(log)
        #expect(places.count == 0)
        try places.take(log)
        try places.take(plan)
        #expect(places.count == 2)
    }

    @Test(
        "Requests of one system that wait for a revision leave places for the others', and come back when they are given up"
    )
    func waits() async throws {
        let (log, plan) = (try #require(log), try #require(plan))
        let profile = try await TestTown.setup(MemoryStore()).profile
        let live = LiveState(Published(state: .empty, profiles: ProfileShelf(initial: profile)))
        let far = Revision(1_000_000)
        // LiveState.maximumWaitingOfOne is 512.
        for number in 0..<512 { #expect(live.whenAtLeast(far, of: log) {} == .kept(UInt64(number))) }
        #expect(live.whenAtLeast(far, of: log) {} == .refused(.ownFull(limit: 512)))
        #expect(live.whenAtLeast(far, of: plan) {} == .kept(512))
        #expect(live.giveUp(0))
        #expect(!live.giveUp(0))
        #expect(live.whenAtLeast(far, of: log) {} == .kept(513))
        #expect(live.whenAtLeast(far, of: log) {} == .refused(.ownFull(limit: 512)))
    }

    @Test("No system has all the places of what is shared: several are needed to take them")
    func numbers() {
        #expect(ChangeFeed.maximumWatchesOfOne == 256 && ChangeFeed.maximumWatches == 1024)
        #expect(LiveState.maximumWaitingOfOne == 512 && LiveState.maximumWaiting == 1024)
    }
}
