import Foundation
import NIOCore
import NIOPosix
import PortvaktCore
import PortvaktLedger
import PortvaktStoreTesting
import PortvaktTesting
import Synchronization
import Testing

@testable import PortvaktRPC
@testable import PortvaktServer

/// The pages, handed requests as a connection hands them over. What a whole daemon answers is in `dev/interop/authzen_client.py`.
@Suite("Evaluations in JSON, and the ledger", .timeLimit(.minutes(5)))
struct AuthZENPagesTests {
    /// Gives each reading a later instant, by a second.
    private final class TickingClock: PortvaktServer.Clock {
        private let readings = Atomic<Int64>(0)

        func now() -> Instant {
            let (_, reading) = readings.add(1, ordering: .sequentiallyConsistent)
            return TestTown.start.advanced(byMilliseconds: reading * 1000)
        }
    }

    /// The caller's end of a request.
    private final class Asked: HTTPExchange, Sendable {
        private let answered = Mutex<HTTPAnswer?>(nil)

        func send(_ answer: HTTPAnswer) { answered.withLock { $0 = answer } }

        func answer() async throws -> HTTPAnswer {
            while true {
                if let answer = answered.withLock({ $0 }) { return answer }
                try await Task.sleep(for: .milliseconds(2))
            }
        }

        func told() async throws -> Told {
            try JSONDecoder().decode(Told.self, from: Data(try await answer().body.readableBytesView))
        }
    }

    private struct Told: Decodable {
        struct Failure: Decodable {
            var field: String
        }

        struct Context: Decodable {
            var error: Failure?
            var reasons: [String]?
            var revision: UInt64?
            var decided_at: String?
        }

        var decision: Bool?
        var context: Context?
        var evaluations: [Told]?
    }

    /// A service of the town with the loop of one connection.
    private final class Bench: Sendable {
        let core: ServiceCore
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var loop: any EventLoop { group.any() }

        init(_ store: any LedgerStore, _ clock: any PortvaktServer.Clock = ManualClock(TestTown.start)) async throws {
            let configuration = ServiceConfiguration(
                tls: TLSFiles(certificateChain: "", privateKey: "", trustAnchors: ""), node: TestTown.node,
                profiles: ProfileShelf(initial: try TestService.profile(named: "nasjonal", in: TestTown.policies)),
                clock: clock)
            core = try ServiceCore.open(configuration, store: store) {}
            try await register(try TestTown.records() + TestTown.systems.map { .system($0) })
        }

        func register(_ records: [Record]) async throws {
            let changes = records.map {
                Change(
                    event: .registered($0), registeredAt: TestTown.start, system: ID(TestTown.id("journal")),
                    controller: ID(TestTown.id("kommune-a")))
            }
            let outcome = await withCheckedContinuation { continuation in
                core.writer.submit(changes) { continuation.resume(returning: $0) }
            }
            _ = try outcome.get()
        }

        /// Hands a request over, on the connection's loop.
        /// - Parameter turn: keeps the loop in that turn, so that nothing which the request leads to is told before it is signalled.
        func begin(
            _ name: String, _ body: String, of system: PortvaktCore.System.Identity = .organizationNumber("312345676"),
            until turn: DispatchSemaphore? = nil
        ) async throws -> (asked: Asked, call: HTTPCall) {
            let page = try #require(AuthZENPages(core: core).pages.first { $0.path == "/access/v1/\(name)" })
            var fields = HTTP2Fields()
            fields.append("content-type", "application/json")
            var (number, spiffe): (String?, String?)
            switch system {
            case .organizationNumber(let text): number = text
            case .spiffe(let text): spiffe = text
            }
            let peer = PeerIdentity(
                organizationNumber: number, spiffeID: spiffe, fingerprint: [UInt8](repeating: 1, count: 32),
                notAfter: .max)
            let asked = Asked()
            let call = HTTPCall(
                page, authority: "pdp.example.com", fields: fields,
                caller: AdmittedCaller(peer: peer, context: Caller(peer, administrator: nil)), on: loop,
                quota: CallQuota(counters: ServerCounters()), exchange: asked)
            let begun = loop.makePromise(of: Void.self)
            let isBegun = Atomic(false)
            loop.execute {
                page.handler(call, ByteBuffer(string: body))
                isBegun.store(true, ordering: .releasing)
                turn?.wait()
                begun.succeed()
            }
            if turn == nil { try await begun.futureResult.get() }
            while !isBegun.load(ordering: .acquiring) { try await Task.sleep(for: .milliseconds(2)) }
            return (asked, call)
        }

        func close() async throws {
            await core.close()
            try await group.shutdownGracefully()
        }
    }

    private static let one =
        #""subject":{"type":"employment","id":"larer","properties":{"assurance":"high"}},"action":{"name":"log.read"},"#
        + #""context":{"purpose":"samordning","need":true},"resource":{"type":"case","id":"no-such-case"}"#

    private func several(_ evaluations: [String], _ semantic: String) -> String {
        "{\(Self.one),\"evaluations\":[\(evaluations.joined(separator: ","))],"
            + "\"options\":{\"evaluations_semantic\":\"\(semantic)\"}}"
    }

    /// Decisions in the ledger.
    private func recorded(_ store: MemoryStore) -> Int {
        var count = 0
        for block in store.blocks(of: .decisions(node: TestTown.node), from: 0, limit: 100) { count += block.count }
        return count
    }

    @Test(
        "Several are decided for one instant on one revision, whatever is registered meanwhile",
        arguments: ["execute_all", "permit_on_first_permit", "deny_on_first_deny"])
    func oneInstant(_ semantic: String) async throws {
        let bench = try await Bench(MemoryStore(), TickingClock())
        let holder = #"{"resource":{"type":"case","id":"sak"}}"#
        let evaluation = semantic == "deny_on_first_deny" ? holder : "{}"
        // What the first one comes to is told after a change has been published.
        let turn = DispatchSemaphore(value: 0)
        let (asked, _) = try await bench.begin(
            "evaluations", several(Array(repeating: evaluation, count: 3), semantic), until: turn)
        let before = bench.core.live.current.state.revision
        try await bench.register([.person(Person(id: ID(TestTown.id("p-1")), born: nil))])
        #expect(bench.core.live.current.state.revision > before)
        turn.signal()
        let told = try await asked.told().evaluations ?? []
        let permits = semantic == "deny_on_first_deny"
        #expect(told.count == 3 && told.allSatisfy { $0.decision == permits })
        let revisions: Set<UInt64> = Set(told.compactMap { $0.context?.revision })
        #expect(revisions == [before.number])
        let instants: Set<String> = Set(told.compactMap { $0.context?.decided_at })
        #expect(instants.count == 1)
        try await bench.close()
    }

    @Test("A stranger's questions are decided and recorded, whatever they name, and answered with nothing but 401")
    func stranger() async throws {
        let memory = MemoryStore()
        let bench = try await Bench(memory)
        let nowhere = #"{"action":{"name":"disclose","properties":{"recipient":{"type":"service","id":"no-service"}}}}"#
        let requests = [
            ("evaluation", "{\(Self.one)}"), ("evaluations", several(["{}", nowhere], "execute_all")),
            ("evaluations", several([nowhere, "{}"], "permit_on_first_permit")), ("evaluation", "{"),
            ("evaluations", several(["7"], "execute_all")),
        ]
        for (page, body) in requests {
            let (asked, _) = try await bench.begin(page, body, of: .spiffe("spiffe://portvakt.test/stranger"))
            let answer = try await asked.answer()
            let said = String(buffer: answer.body)
            #expect(answer.status == 401, "\(body)")
            #expect(said == "\"\(AuthZENReply.unknown)\"", "\(body)")
        }
        try await bench.close()
        // One, two and two; what cannot be read is no question.
        #expect(recorded(memory) == 5)
    }

    @Test(
        "A registered system is told which evaluation names a service that there is not, and that one is not recorded")
    func unknownService() async throws {
        let memory = MemoryStore()
        let bench = try await Bench(memory)
        let action = #"{"name":"disclose","properties":{"recipient":{"type":"service","id":"no-service"}}}"#
        for semantic in ["execute_all", "permit_on_first_permit"] {
            let (asked, _) = try await bench.begin(
                "evaluations", several(["{\"action\":\(action)}", "{}"], semantic))
            let told = try await asked.told().evaluations ?? []
            #expect(told.count == 2 && told.allSatisfy { $0.decision == false })
            let fields: [String] = told.map { $0.context?.error?.field ?? "" }
            #expect(fields == ["evaluations[0].action.properties.recipient.id", ""])
        }
        try await bench.close()
        #expect(recorded(memory) == 2)
    }

    @Test("When nobody waits any more, what comes next of a sequence is neither decided nor recorded")
    func cancelled() async throws {
        let memory = MemoryStore()
        let store = GatedStore(memory)
        defer { store.open() }
        let bench = try await Bench(store)
        store.shut()
        let (_, call) = try await bench.begin("evaluations", several(["{}", "{}", "{}"], "permit_on_first_permit"))
        while !store.holdsWrite { try await Task.sleep(for: .milliseconds(2)) }
        try await bench.loop.submit { call.detach(cancelled: true) }.get()
        store.open()
        // What the sequence would have asked is recorded before the second of these.
        for _ in 0..<2 { #expect(try await bench.begin("evaluation", "{\(Self.one)}").asked.told().decision == false) }
        try await bench.close()
        #expect(recorded(memory) == 3)
    }

    @Test(
        "Of a sequence of thousands that are each refused at once, each is answered, and none stands on the one before on the stack",
        arguments: ["{}", #"{"subject":7}"#])
    func atOnce(_ evaluation: String) async throws {
        let bench = try await Bench(MemoryStore())
        // Nothing can be recorded from here on: a decision is refused before the call that asks for it returns.
        await bench.core.close()
        let count = 2048
        let (asked, _) = try await bench.begin(
            "evaluations", several(Array(repeating: evaluation, count: count), "permit_on_first_permit"))
        let told = try await asked.told().evaluations ?? []
        #expect(told.count == count && told.allSatisfy { $0.decision == false })
        if evaluation == "{}" { #expect(told.allSatisfy { $0.context?.reasons == ["deny.unrecorded"] }) }
        try await bench.group.shutdownGracefully()
    }
}
