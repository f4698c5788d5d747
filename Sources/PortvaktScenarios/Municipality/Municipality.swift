public import PortvaktCore

/// A municipality made up from a seed: children with their families, services, cases, consents and grants.
///
/// For benchmarks, demonstrations and property tests. Nobody in it exists: ids are counters, and there are no names.
/// Everything about one family follows from the seed and the family's number alone, so a million subjects need no
/// memory beyond the list of units, and a question about any of them can be made without making the others.
public struct Municipality: Sendable {
    public struct Settings: Sendable {
        public var seed: UInt64
        /// How many children there are.
        public var subjects: Int
        /// The instant around which ages, consents and meetings are placed.
        public var now: Instant
        /// How many of a thousand children have a case. 80 is about what a municipality has; a benchmark takes 1000.
        public var casesPerThousand: Int
        /// Ages at which something changes: every so often a child is one day short of one, exactly at it, or a day past.
        public var ageEdges: [Int]

        public init(
            seed: UInt64, subjects: Int, now: Instant, casesPerThousand: Int = 80,
            ageEdges: [Int] = [7, 12, 13, 15, 16, 18]
        ) {
            self.seed = seed
            self.subjects = subjects
            self.now = now
            self.casesPerThousand = casesPerThousand
            self.ageEdges = ageEdges
        }
    }

    public let settings: Settings
    let organisation: Organisation

    public init(_ settings: Settings) {
        self.settings = settings
        organisation = Organisation(subjects: settings.subjects)
    }

    /// How many families there are.
    public var familyCount: Int {
        let (rounds, rest) = settings.subjects.quotientAndRemainder(dividingBy: FamilySize.childrenInRound)
        let last = FamilySize.firstChild.lastIndex { $0 < rest }.map { $0 + 1 } ?? 0
        return rounds * FamilySize.inRound.count + last
    }

    /// Every registration, in an order in which they can be registered, made while it is read.
    public var changes: Changes { Changes(self) }

    /// The registrations are two years old.
    static let registeredBefore: Int64 = 730 * 86_400_000

    /// What one family is like.
    func family(_ number: Int) -> Family { Family(number, of: self) }
}

/// How many children a family has: ten sizes that come round again, 1.8 on average.
enum FamilySize {
    static let inRound = [2, 1, 2, 3, 2, 1, 2, 2, 1, 2]
    static let childrenInRound = inRound.reduce(0, +)
    /// The first child of each family in a round.
    static let firstChild: [Int] = inRound.indices.map { inRound[..<$0].reduce(0, +) }

    /// The numbers of a family's children, of `subjects` in all.
    static func children(of family: Int, subjects: Int) -> Range<Int> {
        let (round, place) = family.quotientAndRemainder(dividingBy: inRound.count)
        let first = round * childrenInRound + firstChild[place]
        return min(first, subjects)..<min(first + inRound[place], subjects)
    }

    /// The family that a child belongs to.
    static func family(of child: Int) -> Int {
        let (round, rest) = child.quotientAndRemainder(dividingBy: childrenInRound)
        return round * inRound.count + (firstChild.lastIndex { $0 <= rest } ?? 0)
    }
}

extension ID {
    /// An id made of a letter and numbers.
    init(made text: String) { self.init((try? Identifier(text)) ?? .placeholder) }
}

extension Municipality {
    /// The changes of a municipality, made a unit or a family at a time.
    public struct Changes: Sequence, IteratorProtocol, Sendable {
        private let municipality: Municipality
        private let registeredAt: Instant
        private var nextPart = 0
        private var part: ArraySlice<Event> = []

        init(_ municipality: Municipality) {
            self.municipality = municipality
            registeredAt = municipality.settings.now.advanced(byMilliseconds: -Municipality.registeredBefore)
        }

        public mutating func next() -> Change? {
            while part.isEmpty {
                guard let events = municipality.events(ofPart: nextPart) else { return nil }
                part = events[...]
                nextPart += 1
            }
            return Change(
                event: part.removeFirst(), registeredAt: registeredAt, system: SystemID(.placeholder),
                controller: municipality.organisation.municipality)
        }
    }

    /// The controllers and units, then each unit's employments, then each family.
    private func events(ofPart part: Int) -> [Event]? {
        if part == 0 { return organisation.unitEvents }
        if part <= organisation.places.count { return organisation.employmentEvents(of: part - 1) }
        let number = part - 1 - organisation.places.count
        return number < familyCount ? family(number).events : nil
    }
}
