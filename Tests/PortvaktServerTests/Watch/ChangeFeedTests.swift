import PortvaktCore
import Testing

@testable import PortvaktServer

/// The ring of the newest changes, without a call that reads it.
@Suite("The feed of changes")
struct ChangeFeedTests {
    private static func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

    private static func change(_ event: Event) -> Change {
        Change(event: event, registeredAt: TestTown.start, system: id("x"), controller: id("a"))
    }

    /// Tells of so many changes, each of which touches everything.
    private static func publish(_ count: Int, to feed: ChangeFeed, _ state: inout Snapshot) throws {
        let change = change(.registered(.controller(Controller(id: id("a")))))
        for _ in 0..<count { try state.apply(change) }
        feed.publish([Change](repeating: change, count: count), in: state)
    }

    /// The numbers after a cursor, and up to where they tell; `nil`: they are not known here.
    private static func numbers(
        _ feed: ChangeFeed, after cursor: UInt64, limit: Int
    ) -> (told: [UInt64], upTo: UInt64)? {
        guard case .told(let told, let upTo) = feed.next(after: Revision(cursor), limit: limit) else { return nil }
        return (told.map(\.sequence.number), upTo.number)
    }

    private static func isTooOld(_ feed: ChangeFeed, _ cursor: UInt64) -> Bool {
        if case .tooOld = feed.next(after: Revision(cursor), limit: 1) { true } else { false }
    }

    @Test("What is no longer held is too old, to the number; what is held is told whole and in order, around the ring")
    func ring() throws {
        let feed = ChangeFeed(from: .zero)
        var state = Snapshot.empty
        // ChangeFeed.maximumHeld is 65,536: full, and nothing is lost yet.
        try Self.publish(65_536, to: feed, &state)
        #expect(Self.numbers(feed, after: 0, limit: 2).map { $0 == ([1, 2], 2) } == true)
        for _ in 0..<2 { try Self.publish(5, to: feed, &state) }
        #expect(Self.isTooOld(feed, 0) && Self.isTooOld(feed, 9) && !Self.isTooOld(feed, 10))
        var cursor: UInt64 = 10
        while let (told, upTo) = Self.numbers(feed, after: cursor, limit: 10_000), !told.isEmpty {
            #expect(told == Array(cursor + 1...cursor + UInt64(told.count)) && upTo == told.last)
            cursor = upTo
        }
        #expect(cursor == 65_546)
    }

    @Test("A page that is not all says no more than it tells; one that is says the newest, also where nothing was told")
    func pages() throws {
        let feed = ChangeFeed(from: .zero)
        var state = Snapshot.empty
        try Self.publish(3, to: feed, &state)
        // A grant that nobody knows touches nothing: it has a number, and there is nothing to tell of.
        let change = Self.change(.registered(.controller(Controller(id: Self.id("a")))))
        try state.apply(change)
        feed.publish([Self.change(.grantRevoked(Self.id("g"), at: TestTown.start))], in: state)
        #expect(Self.numbers(feed, after: 0, limit: 2).map { $0 == ([1, 2], 2) } == true)
        #expect(Self.numbers(feed, after: 2, limit: 2).map { $0 == ([3], 4) } == true)
        #expect(Self.numbers(feed, after: 4, limit: 2).map { $0 == ([], 4) } == true)
        if case .unknown = feed.next(after: Revision(5), limit: 1) {} else { Issue.record("5 has not been here") }
    }
}
