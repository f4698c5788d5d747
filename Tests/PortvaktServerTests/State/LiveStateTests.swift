import PortvaktCore
import PortvaktTesting
import Synchronization
import Testing

@testable import PortvaktServer

private func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

@Suite("The published state and its profile")
struct LiveStateTests {
    private static func profile(_ name: String = "nasjonal") throws -> PolicyProfile {
        try TestService.profile(named: name, in: TestTown.policies)
    }

    /// A state of so many changes.
    private func published(_ count: Int) throws -> Published {
        var state = Snapshot.empty
        for number in 0..<count {
            try state.apply(
                Change(
                    event: .registered(.controller(Controller(id: id("k-\(number)")))), registeredAt: TestTown.start,
                    system: id("x"), controller: id("k-0")))
        }
        return Published(state: state, profiles: ProfileShelf(initial: try Self.profile()))
    }

    @Test(
        "A revision is there at that very revision; who waits for a later one is let go when it comes, in order, once")
    func revisions() throws {
        let live = LiveState(try published(2))
        let ran = Mutex<[Int]>([])
        func wait(_ number: Int, _ revision: UInt64) -> LiveState.Wait {
            live.whenAtLeast(Revision(revision), of: id("x")) { ran.withLock { $0.append(number) } }
        }
        #expect(wait(0, 2) == .over && ran.withLock { $0 } == [0])
        let kept = [wait(1, 3), wait(2, 4), wait(3, 3), wait(4, 3)]
        guard case .kept(let last) = kept[3] else {
            Issue.record("\(kept)")
            return
        }
        #expect(live.giveUp(last) && !live.giveUp(last))
        live.publish(try published(2))
        #expect(ran.withLock { $0 } == [0])
        live.publish(try published(3))
        #expect(ran.withLock { $0 } == [0, 1, 3])
        live.publish(try published(5))
        live.publish(try published(6))
        #expect(ran.withLock { $0 } == [0, 1, 3, 2])
    }

    @Test("Who waited gives the place back, by being let go and by giving up")
    func places() throws {
        let live = LiveState(try published(1))
        for round in 1...2 {
            for number in 0..<LiveState.maximumWaitingOfOne {
                guard case .kept(let wait) = live.whenAtLeast(Revision(UInt64(round + 1)), of: id("x"), {}) else {
                    Issue.record("round \(round): no place for \(number)")
                    return
                }
                if number.isMultiple(of: 2) {
                    live.giveUp(wait)
                    _ = live.whenAtLeast(Revision(UInt64(round + 1)), of: id("x")) {}
                }
            }
            #expect(
                live.whenAtLeast(Revision(9), of: id("x")) {}
                    == .refused(.ownFull(limit: LiveState.maximumWaitingOfOne)))
            live.publish(try published(round + 1))
        }
    }

    @Test("A profile that was activated and is not here is none: nothing is decided by another one instead")
    func lacking() throws {
        var state = Snapshot.empty
        let later = TestTown.start.advanced(byMilliseconds: 1)
        try state.apply(
            Change(
                event: .profileActivated(
                    name: TestTown.id("ingen"), hash: [UInt8](repeating: 1, count: 32), from: later, reason: "vedtak"),
                registeredAt: TestTown.start, system: id("x"), controller: id("k")))
        let published = Published(state: state, profiles: ProfileShelf(initial: try Self.profile()))
        #expect(published.profile(at: TestTown.start)?.name == "nasjonal")
        #expect(published.profile(at: later) == nil)
    }
}
