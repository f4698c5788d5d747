import NIOCore
import NIOPosix
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktSQLite
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

@testable import PortvaktServer

private func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

/// A service's core without its wire: its ledger gets as many entries as a test likes.
private struct Office {
    let core: ServiceCore
    private let lane: CommitLane

    init(_ store: MemoryStore, node: String = "node-1", index: (any LedgerIndex)? = nil) throws {
        var configuration = ServiceConfiguration(
            tls: TLSFiles(certificateChain: "", privateKey: "", trustAnchors: ""), node: TestTown.id(node),
            profiles: ProfileShelf(initial: try TestService.profile(named: "nasjonal", in: TestTown.policies)),
            clock: ManualClock(TestTown.start))
        configuration.index = index
        core = try ServiceCore.open(configuration, store: store) {}
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        lane = core.ledger.lane { work in loop.execute(work) }
    }

    /// The town, and two persons in each municipality who may erase together.
    func settle() async throws {
        let jobs: [(String, String, EmploymentRole)] = [
            ("ombud", "skole", .personvernombud), ("leder", "skole", .leder),
            ("ombud-b", "skole-b", .personvernombud), ("leder-b", "skole-b", .leder),
        ]
        let records =
            try TestTown.records()
            + jobs.map { name, unit, role in
                .employment(Employment(id: id(name), person: id(name), unit: id(unit), role: role))
            }
        let persons = jobs.map { Record.person(Person(id: id($0.0), born: nil)) }
        let changes = (persons + records).map { record in
            Change(
                event: .registered(record), registeredAt: TestTown.start, system: id("journal"),
                controller: id("kommune-a"))
        }
        let outcome = await withCheckedContinuation { continuation in
            core.writer.submit(changes) { continuation.resume(returning: $0) }
        }
        _ = try outcome.get()
    }

    /// Records so many entries that are alike.
    /// - Returns: where the first stands.
    @discardableResult
    func record(_ count: Int, _ record: DecisionRecord) async throws -> DurableEntry? {
        let outcome = await withCheckedContinuation { continuation in
            lane.append([record], at: [Int](repeating: 0, count: count)) { continuation.resume(returning: $0) }
        }
        return try outcome.get().first
    }

    func record(_ record: AuditRecord) async throws -> DurableEntry {
        let outcome = await withCheckedContinuation { continuation in
            lane.append(record) { continuation.resume(returning: $0) }
        }
        return try outcome.get()
    }

    /// A decision about the town's child.
    static func decision(of controller: String, isEmergency: Bool = false) -> DecisionRecord {
        var question = TestTown.reads()
        if isEmergency { question.emergency = Emergency(reason: "fare", anonymisedInsufficient: true, minutes: 5) }
        let decision = Decision(
            effect: isEmergency ? .allow : .deny, reasons: [isEmergency ? .allowBreakGlass : .denyRole],
            external: isEmergency ? .allow : .deny, subject: id("barn"), controller: id(controller),
            unit: id("skole"), holdsUntil: TestTown.start)
        return DecisionRecord(
            question: question, decision: decision, system: id("journal"), at: TestTown.start, revision: .zero,
            policyHash: [UInt8](repeating: 0, count: 32))
    }

    static let officer = System(
        id: id("kontor"), identity: .spiffe("spiffe://portvakt.test/kontor"),
        controllers: [id("kommune-a"), id("kommune-b")], permissions: [.audit])

    /// What an officer of the first municipality sees.
    func scope() throws -> AuditScope {
        try AuditScope(
            of: StatedReader(controller: id("kommune-a")), Self.officer, in: core.live.current.state, at: TestTown.start
        )
    }

    func erasure(subject: String? = nil, entries: [UInt64] = []) throws -> Erasure {
        let request = EraseRequest(
            entries: entries.map { "\(core.ledger.decisions)#\($0)" }, subject: subject.map { id($0) },
            first: .employment(id("ombud")), second: .employment(id("leder")), reason: "feil barn")
        return try Erasure(request, Self.officer, core)
    }
}

@Suite("The audit of a long ledger", .timeLimit(.minutes(10)))
struct LongAuditTests {
    @Test("Of one subject's entries the newest are found, up to the limit, however many of another's stand between")
    func subject() async throws {
        let office = try Office(MemoryStore())
        try await office.settle()
        try await office.record(30, Office.decision(of: "kommune-a"))
        // AuditReader.step is 500: what is found in between takes two steps, and the reader ends after each.
        try await office.record(600, Office.decision(of: "kommune-b"))
        try await office.record(10, Office.decision(of: "kommune-a"))
        let found = try Erasure.entries(
            about: id("barn"), AuditReader(office.core, office.scope(), mostFound: 1), limit: 20)
        let (newest, older): ([UInt64], [UInt64]) = ((630..<640).reversed(), (20..<30).reversed())
        #expect(found == newest + older)
        await office.core.close()
    }

    @Test(
        "What looks unusual is looked for in the span alone, however much came after it, and up to a number of entries")
    func unusual() async throws {
        let (store, folder) = (MemoryStore(), try TestFolder())
        let day: Int64 = 86_400_000
        func at(_ days: Int64) -> Instant { TestTown.start.advanced(byMilliseconds: days * day) }
        let before = try Office(store)
        try await before.settle()
        for days: Int64 in 0..<4 {
            var record = Office.decision(of: "kommune-a")
            record.at = at(days).advanced(byMilliseconds: day / 2)
            try await before.record(20 + Int(days), record)
        }
        await before.core.close()
        let index = try SQLiteIndex.open(path: folder.file("index"))
        try IndexFollower.build(index, from: store)
        let office = try Office(store, index: index)
        let (core, scope) = (office.core, try office.scope())
        func look(_ span: Range<Int64>, most: UInt64) throws -> UnusualResponse {
            let published = core.live.current
            return try AuditHandlers.unusual(
                AuditReader(core, scope), Validity(from: at(span.lowerBound), until: at(span.upperBound)),
                published.state, AuditValues(published.profile(at: at(4)), at: at(4)), most: most)
        }
        // Refusals of one employee: 20 on the first day, one more on each day after it.
        for (span, most, looked, isComplete) in [
            (1..<2, 21, 21, true), (1..<2, 20, 20, false), (0..<1, 20, 20, true), (3..<9, 23, 23, true),
            (1..<3, 43, 43, true),
            (1..<3, 42, 42, false), (5..<9, 1, 0, true),
        ] as [(Range<Int64>, UInt64, UInt64, Bool)] {
            let found = try look(span, most: most)
            #expect(found.lookedAt == looked && found.complete == isComplete, "\(span) \(most): \(found.lookedAt)")
            #expect(found.patterns.first?.count == (looked == 0 ? nil : looked), "\(span) \(most)")
        }
        await core.close()
    }

    @Test("As much of one subject is erased at a time as one entry can name")
    func limit() async throws {
        let office = try Office(MemoryStore())
        try await office.settle()
        // Erasure.maximumEntries is 2,048.
        try await office.record(2_049, Office.decision(of: "kommune-a"))
        let erasure = try office.erasure(subject: "barn")
        let newest: [UInt64] = (1..<2_049).reversed()
        #expect(erasure.indices == newest && erasure.places.count == 2_048)
        #expect(erasure.controller == id("kommune-a"))
        await office.core.close()
    }

    @Test("Two persons of one controller erase nothing of another's, through a system that is registered for both")
    func controllers() async throws {
        let office = try Office(MemoryStore())
        try await office.settle()
        for controller in ["kommune-a", "kommune-b"] { try await office.record(1, Office.decision(of: controller)) }
        #expect(try office.erasure(entries: [0]).indices == [0])
        #expect(throws: Failures.notFound) { try office.erasure(entries: [1]) }
        #expect(throws: Failures.notFound) { try office.erasure(entries: [0, 1]) }
        #expect(try office.erasure(subject: "barn").indices == [0])
        await office.core.close()
    }

    @Test("A start gathers every emergency and every review once, beyond what is read at a time, and of every node")
    func gathered() async throws {
        let store = MemoryStore()
        let other = try Office(store, node: "node-0")
        let emergency = Office.decision(of: "kommune-a", isEmergency: true)
        try await other.record(1, emergency)
        await other.core.close()
        let office = try Office(store)
        // ReviewShelf.step is 5,000.
        let first = try #require(try await office.record(1, emergency))
        try await office.record(5_000, Office.decision(of: "kommune-a"))
        try await office.record(1, emergency)
        let place = AuditRecord.Place(stream: first.stream, index: first.index)
        let review = AuditRecord(
            call: .reviewed, system: id("kontor"), at: TestTown.start, revision: .zero,
            actor: .employment(id("leder")), role: .leder, controller: id("kommune-a"), entries: [place],
            outcome: .justified)
        let entry = try await office.record(review)
        let shelf = office.core.counters.reviews
        // Seen when it is recorded, and seen again when everything is gathered.
        shelf.note(review, entry)
        try shelf.gather(office.core.ledger)
        let found = shelf.tasks.map { "\($0.emergency.place.stream)#\($0.emergency.place.index)" }
        #expect(found.sorted() == ["decisions/node-0#0", "decisions/node-1#0", "decisions/node-1#5001"])
        #expect(shelf.task(place)?.reviews.map(\.place.index) == [entry.index])
        await office.core.close()
    }

    @Test("A retention just after a start takes no emergency access that awaits its review, however old")
    func retentionAfterStart() async throws {
        let store = MemoryStore()
        let before = try Office(store)
        try await before.settle()
        try await before.record(1, Office.decision(of: "kommune-a", isEmergency: true))
        let use = try #require(try await before.record(1, Office.decision(of: "kommune-a", isEmergency: true)))
        for (name, role) in [("leder", EmploymentRole.leder), ("ombud", .personvernombud)] {
            let review = AuditRecord(
                call: .reviewed, system: id("kontor"), at: TestTown.start, revision: .zero,
                actor: .employment(id(name)), role: role, controller: id("kommune-a"),
                entries: [AuditRecord.Place(stream: use.stream, index: use.index)], outcome: .justified)
            _ = try await before.record(review)
        }
        await before.core.close()
        // Nothing has been gathered yet: it is what the service does in the background.
        let office = try Office(store)
        #expect(!office.core.counters.reviews.isGathered)
        let now = OsloTime.adding(months: 12 * 10, to: TestTown.start).advanced(byMilliseconds: 1)
        var run = try RetentionRun(office.core, office.core.live.current, at: now)
        try run.look(through: AuditReader(office.core, office.scope()))
        #expect(run.indices == [1, 2, 3], "the second access was reviewed by both, the first by nobody")
        await office.core.close()
    }
}
