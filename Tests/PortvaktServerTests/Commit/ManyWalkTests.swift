import NIOCore
import NIOPosix
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Synchronization
import Testing

@testable import PortvaktServer

@Suite("The walk over many questions", .timeLimit(.minutes(5)))
struct ManyWalkTests {
    /// More than one request may hold, so that some questions are left when as many parts are on their way as may be.
    private static let count = 5000
    /// Questions that are on their way when the first write is held back.
    private static let onTheirWay = ManyWalk.firstPart + (ManyWalk.partsAtATime - 1) * ManyWalk.part

    /// How many of the questions are recorded when the call is over before the first part is.
    private func recorded(callIsOver: Bool) async throws -> Int {
        let memory = MemoryStore()
        let store = GatedStore(memory)
        defer { store.open() }
        let configuration = ServiceConfiguration(
            tls: TLSFiles(certificateChain: "", privateKey: "", trustAnchors: ""), node: TestTown.node,
            profiles: ProfileShelf(initial: try TestService.profile(named: "nasjonal", in: TestTown.policies)),
            clock: ManualClock(TestTown.start))
        let core = try ServiceCore.open(configuration, store: store) {}
        let items = (0..<Self.count).map {
            CheckManyRequest.Item(id: TestTown.id("i-\($0)"), .question(TestTown.reads(case: "sak-\($0)")))
        }
        let many = ManyQuestions(
            CheckEachRequest(CheckManyRequest(items: items)), asking: AskingSystem(id: ID(TestTown.id("journal"))))
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let handed = Mutex(0)
        store.shut()
        let walk = try await loop.submit {
            let lane = core.ledger.lane { work in loop.execute(work) }
            return core.desk.decideEach(many, through: lane, on: loop) { range, _ in
                handed.withLock { $0 = range.upperBound }
            }
        }.get()
        while !store.holdsWrite { try await Task.sleep(for: .milliseconds(5)) }
        // Each part in a turn of the loop of its own.
        for _ in 0..<ManyWalk.partsAtATime { try await loop.submit {}.get() }
        if callIsOver { try await loop.submit { walk.stop() }.get() }
        store.open()
        // When this is handed over, a walk that goes on has begun with the next part.
        let end = callIsOver ? Self.onTheirWay : Self.count
        while handed.withLock({ $0 }) < end { try await Task.sleep(for: .milliseconds(5)) }
        try await loop.submit {}.get()
        await core.close()
        return memory.blocks(of: .decisions(node: TestTown.node), from: 0, limit: 100).map(\.count).reduce(0, +)
    }

    @Test("goes to the end while somebody waits")
    func whole() async throws {
        #expect(try await recorded(callIsOver: false) == Self.count)
    }

    @Test("decides and records nothing but what is on its way, once the call is over")
    func stopped() async throws {
        #expect(try await recorded(callIsOver: true) == Self.onTheirWay)
    }
}
