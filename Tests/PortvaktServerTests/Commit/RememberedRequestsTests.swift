import PortvaktCore
import PortvaktLedger
import PortvaktStoreTesting
import Synchronization
import Testing

@testable import PortvaktServer

/// What a retry finds, without a writer.
@Suite("Requests that are remembered")
struct RememberedRequestsTests {
    private static func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

    private static func change(
        _ event: Event, at instant: Instant = TestTown.start, by system: String = "journal",
        requestID: String? = "r-1"
    ) -> Change {
        Change(
            event: event, registeredAt: instant, system: id(system), controller: id("a"),
            requestID: requestID.map(TestTown.id))
    }

    private static func withdrawal(_ requestID: String, by system: String = "journal") -> Change {
        change(.consentWithdrawn(id("s"), at: TestTown.start), by: system, requestID: requestID)
    }

    /// What a finding is, in a word.
    private static func find(_ change: Change, in requests: inout RememberedRequests) -> String {
        switch requests.find(.init(change), [change], then: { _ in }) {
        case .unknown: "unknown"
        case .done: "done"
        case .pending: "pending"
        case .other: "other"
        }
    }

    private static func succeed(_ change: Change, in requests: inout RememberedRequests) {
        _ = requests.end(.init(change), [change], .success([]))
    }

    @Test("The oldest are forgotten, one for each that comes, and none before there is no more room")
    func oldest() {
        var requests = RememberedRequests()
        // RememberedRequests.maximumCount is 65,536.
        for number in 0..<65_536 { Self.succeed(Self.withdrawal("r-\(number)"), in: &requests) }
        #expect(Self.find(Self.withdrawal("r-0"), in: &requests) == "done")
        for number in 65_536..<65_539 { Self.succeed(Self.withdrawal("r-\(number)"), in: &requests) }
        let found = [0, 1, 2, 3, 65_535, 65_536, 65_538].map {
            Self.find(Self.withdrawal("r-\($0)"), in: &requests)
        }
        #expect(found == ["unknown", "unknown", "unknown", "done", "done", "done", "done"])
    }

    @Test("One that failed is unknown again, and who asked for it meanwhile is told the same")
    func failed() {
        var requests = RememberedRequests()
        let change = Self.withdrawal("r-1")
        let told = Mutex<[Bool]>([])
        requests.begin(.init(change), [change])
        for _ in 0..<2 {
            let found = requests.find(.init(change), [change]) { outcome in
                if case .failure = outcome { told.withLock { $0.append(true) } }
            }
            if case .pending = found {} else { Issue.record("it is on its way") }
        }
        let outcome = ChangeWriter.Outcome.failure(.unrecorded(.full))
        for asked in requests.end(.init(change), [change], outcome) { asked(outcome) }
        #expect(told.withLock { $0 } == [true, true])
        #expect(Self.find(change, in: &requests) == "unknown")
    }

    @Test("Two systems use the same ids for requests of their own")
    func systems() {
        var requests = RememberedRequests()
        Self.succeed(Self.withdrawal("r-1"), in: &requests)
        #expect(Self.find(Self.withdrawal("r-1", by: "plan"), in: &requests) == "unknown")
        #expect(Self.find(Self.withdrawal("r-1"), in: &requests) == "done")
    }

    @Test("Who acts, and for which controller, is part of what a request states")
    func actors() {
        for (change, found) in [
            ({ (_: inout Change) in }, "done"), ({ $0.actor = .employment(Self.id("larer")) }, "other"),
            ({ $0.controller = Self.id("b") }, "other"),
        ] as [((inout Change) -> Void, String)] {
            var requests = RememberedRequests()
            Self.succeed(Self.withdrawal("r-1"), in: &requests)
            var again = Self.withdrawal("r-1")
            change(&again)
            #expect(Self.find(again, in: &requests) == found)
        }
    }

    @Test("A retry that comes later is the same request, whatever it is that the service's own instant stands in")
    func later() throws {
        let hash = [UInt8](repeating: 1, count: 32)
        let events: [(Instant) -> Event] = [
            { .consentWithdrawn(Self.id("s"), at: $0) }, { .consentRevoked(Self.id("s"), at: $0) },
            { .grantRevoked(Self.id("g"), at: $0) },
            { .profileActivated(name: TestTown.id("nasjonal"), hash: hash, from: $0, reason: "") },
            { instant in
                var consent = TestTown.consentOfFather()
                consent.registeredAt = instant
                return .registered(.consent(consent))
            },
        ]
        let later = TestTown.start.advanced(byMilliseconds: 5_000)
        for event in events {
            var requests = RememberedRequests()
            Self.succeed(Self.change(event(TestTown.start)), in: &requests)
            #expect(Self.find(Self.change(event(later), at: later), in: &requests) == "done", "\(event(later))")
            // An instant that the request stated is part of it.
            let stated = TestTown.start.advanced(byMilliseconds: -1)
            #expect(Self.find(Self.change(event(stated), at: later), in: &requests) == "other", "\(event(stated))")
        }
    }
}
