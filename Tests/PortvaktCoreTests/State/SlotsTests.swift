import Testing

@testable import PortvaktCore

@Suite("Tables by handle", .timeLimit(.minutes(10)))
struct SlotsTests {
    private func filed(_ number: Int, _ state: inout StateTables) -> Filed<Controller> {
        Filed(
            Controller(id: id("controller-\(number)")), version: Revision(UInt64(number)), registeredAt: .distantPast,
            in: &state)
    }

    @Test("a copy keeps what it had, whatever is written into the original, on every level of the tree")
    func persistence() {
        var state = StateTables()
        var slots = Slots<Filed<Controller>>()
        // Three levels: more than the square of a node's width.
        let places = Slots<Filed<Controller>>.width * Slots<Filed<Controller>>.width + 5
        for number in 0..<places { slots.set(filed(number, &state), at: slots.append()) }
        let kept = slots
        for index in stride(from: 0, to: places, by: 7) { slots.set(filed(places + index, &state), at: Int32(index)) }
        for index in 0..<places {
            #expect(kept[Int32(index)]?.version == Revision(UInt64(index)))
            let isChanged = index % 7 == 0
            #expect(slots[Int32(index)]?.version == Revision(UInt64(isChanged ? places + index : index)))
            #expect(slots.facts(at: Int32(index))?.facts.filed.filed.version == slots[Int32(index)]?.version)
        }
    }

    @Test("a place outside the table, and one that is not filled, hold nothing")
    func emptiness() {
        var slots = Slots<Filed<Controller>>()
        #expect(slots[0] == nil)
        let place = slots.append()
        #expect(slots[place] == nil)
        #expect(slots.facts(at: place) == nil)
        #expect(slots.facts(at: -1) == nil)
        #expect(slots.facts(at: .max) == nil)
    }

    @Test("somebody who is only named is not there, and has the same handle once registered")
    func namedOnly() {
        var state = StateTables()
        let handle = state.persons.named(id("barn"))
        #expect(state.persons[id("barn") as PersonID] == nil)
        #expect(state.persons.count == 0)
        #expect(Array(state.persons.keys).isEmpty)
        let change = Change(
            event: .registered(.person(Person(id: id("barn"), born: nil))), registeredAt: .distantPast,
            system: id("system"), controller: id("kommune"))
        state.foldNext(change)
        #expect(state.persons[id("barn") as PersonID]?.facts.facts.handle == handle)
        #expect(state.persons.count == 1)
    }

    @Test("services beyond the first word of bits are found, others and unknown ones are not")
    func services() {
        var writer = FactWriter(Int.self, lists: FactWriter.bytes(of: 3, Handle<ServiceKind>.self), on: nil)
        let set = ServiceSet([Handle(0), Handle(63), Handle(64), Handle(1000), Handle(70)], &writer)
        let block = writer.finish(0)
        defer { block.free() }
        for index in [0, 63, 64, 70, 1000] as [Int32] { #expect(set.contains(Handle(index))) }
        for index in [1, 62, 65, 128, -1] as [Int32] { #expect(!set.contains(Handle(index))) }
    }
}

@Suite("Plain lists and sets", .timeLimit(.minutes(10)))
struct PlainListTests {
    @Test("a short list gives back what an array would, within its capacity and beyond it")
    func smallList() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var list = SmallList<4, Int>(filler: -1)
            var array: [Int] = []
            for _ in 0..<12 {
                switch Int.random(in: 0..<8, using: &random) {
                case 0:
                    let length = Int.random(in: 0...array.count, using: &random)
                    list.truncate(to: length)
                    array = Array(array.prefix(length))
                case 1:
                    list.removeAll { $0 % 3 == 0 }
                    array.removeAll { $0 % 3 == 0 }
                default:
                    let number = Int.random(in: 0..<9, using: &random)
                    list.note(number)
                    if !array.contains(number) { array.append(number) }
                }
                #expect(list.array == array)
                #expect(list.contains(4) == array.contains(4))
            }
        }
    }

    @Test("there is room for every reason that can stop a request, and for every obligation")
    func rooms() {
        var reasons = ReasonList(filler: .denyEvaluationError)
        let stopping = Reason.allCases.filter { $0.effect != .allow }
        for reason in stopping { reasons.note(reason) }
        #expect(reasons.array == stopping)
        var obligations = WordList<8, Obligation>(filler: .log)
        for obligation in Obligation.allCases { obligations.note(obligation) }
        #expect(obligations.array == Obligation.allCases)
    }

    @Test("every vocabulary that is kept as bits fits")
    func wordSets() {
        func fits<Word: Vocabulary>(_ type: Word.Type) {
            let set = WordSet(Word.allCases)
            #expect(set.count == Word.allCases.count)
            #expect(Word.allCases.allSatisfy { set.contains($0) })
            #expect(Word.allCases.allSatisfy { !WordSet<Word>().contains($0) })
        }
        fits(Action.self)
        fits(Purpose.self)
        fits(Category.self)
        fits(Mandate.self)
        fits(SeMegStep.self)
        fits(EmploymentRole.self)
        fits(RelationKind.self)
        fits(CaseKind.self)
        fits(ControllerKind.self)
    }

    @Test("a changed question leaves its copies as they were")
    func boxes() {
        let question = Question.employee("larer", .logRead)
        var other = question
        #expect(other == question)
        other.purpose = .se_meg
        #expect(question.purpose == .samordning)
        #expect(other != question)
        other.purpose = .samordning
        #expect(other == question)
        #expect(other.hashValue == question.hashValue)
    }

    @Test("identifiers with the same text have the same hash, whatever their length and however they were made")
    func hashes() throws {
        for length in 1...Identifier.maximumLength {
            let text = String(repeating: "x", count: length)
            let other = try Identifier(String(decoding: Array(text.utf8), as: UTF8.self))
            #expect(try Set([Identifier(text), other]).count == 1)
            #expect(try !Set([Identifier(text)]).contains(Identifier(String(text.dropLast()) + "y")))
        }
    }
}
