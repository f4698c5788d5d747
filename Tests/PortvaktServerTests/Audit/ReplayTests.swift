import Foundation
import PortvaktCore
@testable import PortvaktLedger
import PortvaktScenarios
import PortvaktStoreTesting
import PortvaktYAML
import Synchronization
import Testing

/// A random history of changes and decisions in a real ledger, and the decisions derived again from it.
@Suite("Replay")
struct ReplayTests {
    static let decisions = Share.of(10_000, "random decisions")
    static let policies = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("policies").path
    static let now = Instant(milliseconds: 1_795_000_000_000)

    @Test(
        "10,000 random decisions come out byte for byte; with one age of the rules altered, some do not",
        .timeLimit(.minutes(10)))
    func random() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("ReplayTests.random: seed \(seed)")
        var history = try History(seed: seed)
        defer { history.ledger.stop() }
        for _ in 0..<Self.decisions { try history.step() }
        history.settle()

        let counts = try Self.replay(history.ledger, under: history.profile)
        #expect(counts.identical == Self.decisions)
        #expect(counts.different == 0)
        #expect(counts.allowed > Self.decisions / 20, "a history without allows proves little: \(counts.allowed)")

        // The same hash, so that nothing but the outcome can tell.
        let file = Self.policies + "/nasjonal.yaml"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let altered = text.replacing(
            "age.coordination_alone: {value: 16", with: "age.coordination_alone: {value: 17")
        try #require(altered != text)
        let other = try PolicyProfile(
            decoding: try YAMLDocument.parse(altered, file: file), hash: history.profile.hash)
        let noticed = try Self.replay(history.ledger, under: other)
        #expect(noticed.different > 0)
        print("ReplayTests.random: \(counts.allowed) allowed; \(noticed.different) differ with one age altered")
    }

    private static func replay(
        _ ledger: Ledger, under profile: PolicyProfile
    ) throws -> (identical: Int, different: Int, allowed: Int) {
        var states: [Snapshot] = [.empty]
        try ledger.replay { recorded in
            guard let change = recorded.change, let last = states.last else { return }
            states.append(try last.applying(change))
        }
        var counts = (identical: 0, different: 0, allowed: 0)
        var next: UInt64 = 0
        while true {
            let page = try ledger.entries(of: ledger.decisions, from: next, limit: 1000)
            for entry in page.entries {
                guard case .decision(let record) = try EntryCodec.body(of: entry) else { continue }
                let state = states[Int(record.revision.number)]
                let again = try DecisionReplay.again(record, in: state, under: profile)
                if record.decision.effect == .allow { counts.allowed += 1 }
                if try DecisionReplay.isIdentical(again, to: entry) {
                    counts.identical += 1
                } else {
                    counts.different += 1
                    #expect(!DecisionReplay.differences(record.decision, again.decision).isEmpty)
                }
            }
            guard !page.isComplete, page.next > next else { return counts }
            next = page.next
        }
    }

    @Test(
        "A consent that turns out never to have been valid changes a past decision, and is named; a later one does not")
    func knownNow() throws {
        let history = try History(seed: 7)
        defer { history.ledger.stop() }
        var found: DecisionRecord?
        for number in 0..<5_000 where found == nil {
            let record = history.decide(UInt64(number))
            if record.decision.primary == .allowConsent { found = record }
        }
        let record = try #require(found)
        let consent = try #require(record.decision.evidence.first { $0.kind == .consent })
        let later = Self.now.advanced(byMilliseconds: 1000)
        func knowledge(_ event: Event) -> (decision: Decision, later: [RecordedChange]) {
            var knowledge = LaterKnowledge(after: record, in: history.state)
            knowledge.take(history.recorded(event, at: later))
            return knowledge.decide(under: history.profile)
        }
        let invalid = knowledge(.consentInvalidated(ConsentID(consent.id)))
        #expect(invalid.decision.effect != .allow)
        #expect(invalid.later.count == 1)
        let withdrawn = knowledge(.consentWithdrawn(ConsentID(consent.id), at: record.at.advanced(byMilliseconds: 1)))
        #expect(withdrawn.decision.effect == .allow, "it was withdrawn after the decision")
        #expect(withdrawn.later.isEmpty)
        let before = knowledge(.consentWithdrawn(ConsentID(consent.id), at: record.at.advanced(byMilliseconds: -1)))
        #expect(before.decision.effect != .allow, "it had been withdrawn, and was registered late")
    }
}

/// A municipality whose consents and grants end at random while random questions are asked about its children.
private struct History {
    let profile: PolicyProfile
    let ledger: Ledger
    private(set) var state = Snapshot.empty
    private let lane: CommitLane
    private let municipality: Municipality
    private let controller: ControllerID
    private var random: SplitMix
    private var consents: [ConsentID] = []
    private var grants: [GrantID] = []
    private let waiting = DispatchGroup()
    private let asking: AskingSystem

    init(seed: UInt64) throws {
        profile = try ProfileFolder(path: ReplayTests.policies).profile(named: "nasjonal")
        ledger = try Ledger.open(
            store: MemoryStore(), configuration: .init(node: try Identifier("node-1")) { _ in })
        lane = ledger.lane { work in DispatchQueue.global().async(execute: work) }
        municipality = Municipality(.init(seed: seed, subjects: 120, now: ReplayTests.now, casesPerThousand: 900))
        random = SplitMix(state: seed)
        asking = AskingSystem(id: try SystemID("journal"))
        controller = try ControllerID("k")
        var first: ControllerID?
        for change in municipality.changes {
            first = first ?? change.controller
            try add(change)
        }
        // The system that asks, for every controller and action.
        let system = PortvaktCore.System(
            id: asking.id, identity: .spiffe("spiffe://portvakt.test/journal"),
            controllers: state.allControllers().map(\.record.id), permissions: [.ask])
        try add(change(.registered(.system(system)), at: ReplayTests.now, first))
    }

    private func change(_ event: Event, at: Instant, _ owner: ControllerID? = nil) -> Change {
        Change(
            event: event, registeredAt: at, system: asking.id,
            controller: owner ?? state.allControllers().first?.record.id ?? controller)
    }

    private mutating func add(_ change: Change) throws {
        try state.apply(change)
        if case .registered(.consent(let consent)) = change.event { consents.append(consent.id) }
        if case .registered(.grant(let grant)) = change.event { grants.append(grant.id) }
        waiting.enter()
        lane.append(change) { [waiting] _ in waiting.leave() }
    }

    func recorded(_ event: Event, at: Instant) -> RecordedChange {
        let change = change(event, at: at)
        return RecordedChange(
            revision: Revision(state.revision.number + 1), change: change, stream: .changes(change.controller),
            index: 0,
            block: 0)
    }

    func decide(_ number: UInt64, at: Instant = ReplayTests.now) -> DecisionRecord {
        let question = municipality.question(number)
        let decision = Engine.decide(
            question, asked: DecisionReplay.asking(asking.id, in: state), in: state, under: profile, at: at)
        return DecisionRecord(
            question: question, decision: decision, system: asking.id, at: at, revision: state.revision,
            policyHash: profile.hash)
    }

    /// One decision at a random instant of two years; now and then a change before it.
    mutating func step() throws {
        let year: UInt64 = 31_536_000_000
        let at = ReplayTests.now.advanced(byMilliseconds: Int64(random.next() % (2 * year)) - Int64(year))
        if random.next() % 8 == 0 {
            let event: Event? =
                switch random.next() % 3 {
                case 0: consents.randomElement(using: &random).map { .consentWithdrawn($0, at: at) }
                case 1: consents.randomElement(using: &random).map { .consentInvalidated($0) }
                default: grants.randomElement(using: &random).map { .grantRevoked($0, at: at) }
                }
            // What contradicts is refused, as it would be.
            if let event { try? add(change(event, at: at)) }
        }
        waiting.enter()
        lane.append(decide(random.next(), at: at)) { [waiting] _ in waiting.leave() }
    }

    /// Everything is in the ledger.
    func settle() { waiting.wait() }
}

/// SplitMix64.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
