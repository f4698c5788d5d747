import Testing

@testable import PortvaktCore

@Suite("A settled state", .timeLimit(.minutes(10)))
struct SettlingTests {
    @Test("decides as before, and so do its copies and the states that come after it")
    func decisions() {
        let seed = UInt64.random(in: 0...UInt64.max)
        for index in 0..<60 as Range<UInt64> {
            var random = RandomWorld(seed: seed &+ index)
            let questions = (0..<40).map { _ in random.question() }
            let before = random.world
            let decisions = questions.map { before.decide($0) }
            var settled = before
            settled.state.settle()
            #expect(questions.map { settled.decide($0) } == decisions, "seed \(seed &+ index)")
            #expect(questions.map { before.decide($0) } == decisions, "seed \(seed &+ index): the one it was made from")
            // The same change to both, with ids that none has seen.
            var after = settled
            var other = before
            for record in Self.newcomers {
                after.register(record)
                other.register(record)
            }
            #expect(questions.map { after.decide($0) } == questions.map { other.decide($0) }, "seed \(seed &+ index)")
            after.state.settle()
            #expect(questions.map { after.decide($0) } == questions.map { other.decide($0) }, "seed \(seed &+ index)")
            #expect(questions.map { settled.decide($0) } == decisions, "seed \(seed &+ index): unchanged by later ones")
        }
    }

    private static let newcomers: [Record] = [
        .person(Person(id: id("nyfodt"), born: date("2026-01-01"))),
        .employment(Employment(id: id("nyansatt"), person: id("nyansatt"), unit: id("ppt-1"))),
        .grant(Grant(id: id("ny-tilgang"), caseID: id("sak"), to: .employment(id("nyansatt")))),
    ]

    @Test("finds every record by its id, however long, and no other")
    func lookUps() {
        var world = TestWorld()
        let names = [1, 15, 16, 54, 55, 56, 64].map { String(repeating: "x", count: $0 - 1) + "y" }
        for name in names { world.person(name, born: "2015-01-01") }
        for isSettled in [false, true] {
            if isSettled { world.state.settle() }
            for name in names {
                #expect(world.state.person(id(name))?.person.record.id == id(name))
                #expect(world.state.person(id(String(name.dropLast()) + "z")) == nil)
            }
            #expect(world.state.unit(id("ppt-1")) != nil)
            #expect(world.state.caseFile(id("sak"))?.grants.count == 1)
        }
        let page = world.state.personPage(limit: .max).items.map(\.person.record.id)
        #expect(Set(page).count == page.count && page == page.sorted())
    }

    @Test("an index of many ids gives each its handle, and the copy from before does not know the later ones")
    func manyIDs() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var index = TextIndex<Person>()
        var names: [ID<Person>] = []
        for number in 0..<20_000 {
            // Of all lengths, so that some are too long for a place.
            let text = "p\(seed &+ UInt64(number) &* 0x9E37_79B9)" + String(repeating: "-", count: number % 40)
            guard let id = try? ID<Person>(text) else { continue }
            names.append(id)
        }
        let half = names.count / 2
        for (number, id) in names.prefix(half).enumerated() { index.add(id, Handle(Int32(number))) }
        let earlier = index
        for (number, id) in names.enumerated().dropFirst(half) { index.add(id, Handle(Int32(number))) }
        for (number, id) in names.enumerated() {
            #expect(index[id] == Handle(Int32(number)), "seed \(seed): \(id)")
            #expect((earlier[id] != nil) == (number < half), "seed \(seed): \(id)")
        }
        index.flatten()
        for (number, id) in names.enumerated() { #expect(index[id] == Handle(Int32(number)), "seed \(seed): \(id)") }
        #expect(index[id("nobody")] == nil)
    }

    @Test("a region gives places until it is full, and a shelf goes on in the next")
    func regions() throws {
        let region = try #require(FactRegion(capacity: FactRegion.pageSize))
        let first = try #require(region.take(9))
        let second = try #require(region.take(FactRegion.pageSize - 16))
        #expect(second - first == 16)
        #expect(region.take(1) == nil)
        #expect(UInt(bitPattern: first) % UInt(FactRegion.pageSize) == 0)
        let shelf = FactShelf()
        let places = (0..<3).compactMap { _ in shelf.take(FactRegion.defaultCapacity / 2 + 8) }
        #expect(places.count == 3)
        // Larger than a region: it gets one of its own.
        #expect(shelf.take(FactRegion.defaultCapacity + 8) != nil)
    }
}
