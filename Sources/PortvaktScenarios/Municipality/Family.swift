internal import PortvaktCore

/// What one family is like: the plan from which its records and the questions about it are made.
struct Family: Sendable {
    /// How the parents live, and who has foreldreansvar.
    enum Form: Sendable, CaseIterable {
        case together
        /// Both have it; the children live with the first.
        case apart
        /// Only the first has it; the second is a parent without.
        case oneHolder
        /// The second is dead.
        case widowed
        /// A care order: barnevern has omsorg, both have foreldreansvar.
        case careOrder
        /// The register does not know about the second.
        case unknown
    }

    let number: Int
    let form: Form
    /// `p<family>a` and `p<family>b`.
    let parents: [PersonID]
    let parentsBorn: [CivilDate]
    let children: [Child]
    /// The second parent must not find the first.
    let isHidden: Bool
    let barnevern: UnitID
    let carePeriodStart: Instant
    private(set) var widowedAt: Instant?

    init(_ number: Int, of municipality: Municipality) {
        let settings = municipality.settings
        var random = SeededRandom(seed: settings.seed, stream: UInt64(number))
        let drawn: Form = random.weighted([
            .together: 600, .apart: 250, .oneHolder: 100, .widowed: 15, .careOrder: 20, .unknown: 15,
        ])
        let today = OsloTime.date(at: settings.now)
        self.number = number
        form = drawn
        parents = ["a", "b"].map { PersonID(made: "p\(number)\($0)") }
        parentsBorn = [0, 1].map { _ in
            CivilDate(daysSinceEpoch: today.daysSinceEpoch - Int32(13_000 + random.below(5000)))
        }
        isHidden = random.chance(4)
        barnevern = municipality.organisation.place("barnevern", &random).unit.id
        carePeriodStart = settings.now.advanced(byMilliseconds: -Int64(30 + random.below(600)) * Self.day)
        widowedAt =
            drawn == .widowed ? settings.now.advanced(byMilliseconds: -Int64(random.below(900)) * Self.day) : nil
        var children: [Child] = []
        for child in FamilySize.children(of: number, subjects: settings.subjects) {
            children.append(Child(child, of: municipality, &random))
        }
        self.children = children
    }

    static let day: Int64 = 86_400_000

    /// The parents who have foreldreansvar and are alive.
    var holders: [PersonID] {
        switch form {
        case .together, .apart, .careOrder: parents
        case .oneHolder, .widowed, .unknown: [parents[0]]
        }
    }
}

/// One child of a family.
struct Child: Sendable {
    let number: Int
    let born: CivilDate
    /// Whole years at `now`.
    let age: Int
    let protection: Protection
    /// School, kindergarten or upper secondary school, and who follows the child there.
    let home: Organisation.Place
    let contact: EmploymentID
    let plan: CasePlan?

    var person: PersonID { PersonID(made: "b\(number)") }
    var caseID: CaseID { CaseID(made: "s\(number)") }

    init(_ number: Int, of municipality: Municipality, _ random: inout SeededRandom) {
        let settings = municipality.settings
        let organisation = municipality.organisation
        let today = OsloTime.date(at: settings.now)
        let born = Self.birthDate(settings, today, &random)
        let age = Self.years(from: born, to: today)
        let service = age < 6 ? "barnehage" : age < 16 ? "skole" : "videregaende"
        let home = organisation.place(service, &random)
        let contact = organisation.employment(in: home, &random)
        self.number = number
        self.born = born
        self.age = age
        protection = random.weighted([.none: 990, .fortrolig: 7, .strengt_fortrolig: 3])
        self.home = home
        self.contact = contact
        plan =
            random.chance(settings.casesPerThousand)
            ? CasePlan(age: age, home: home, contact: contact, settings, organisation, &random) : nil
    }

    /// Somewhere from 0 to 18 years ago; one in thirty stands at an edge, give or take a day.
    private static func birthDate(
        _ settings: Municipality.Settings, _ today: CivilDate, _ random: inout SeededRandom
    ) -> CivilDate {
        guard random.chance(33), !settings.ageEdges.isEmpty else {
            return CivilDate(daysSinceEpoch: today.daysSinceEpoch - Int32(random.below(19 * 365)))
        }
        let edge = settings.ageEdges[random.below(settings.ageEdges.count)]
        let (year, month, day) = today.components
        let birthday =
            CivilDate(year: year - edge, month: month, day: day)
            ?? CivilDate(year: year - edge, month: 3, day: 1) ?? today
        return CivilDate(daysSinceEpoch: birthday.daysSinceEpoch + Int32(random.below(3) - 1))
    }

    /// Whole years; a birthday on 29 February counts from 1 March in a common year.
    static func years(from born: CivilDate, to today: CivilDate) -> Int {
        let (bornYear, bornMonth, bornDay) = born.components
        let (year, month, day) = today.components
        return year - bornYear - ((month, day) < (bornMonth, bornDay) ? 1 : 0)
    }
}

/// A child's case.
struct CasePlan: Sendable {
    let level: UInt8
    let log: LogState
    let closedAt: Instant?
    let holder: EmploymentID
    let participants: [Organisation.Place]
    let participantEmployments: [EmploymentID]
    let consents: Consents
    let consentFrom: Instant
    let oral: Bool
    let meeting: MeetingType?

    /// How it stands with the consents.
    enum Consents: Sendable, CaseIterable {
        case complete, oneMissing, oneWithdrawn, expired, none
    }

    init(
        age: Int, home: Organisation.Place, contact: EmploymentID, _ settings: Municipality.Settings,
        _ organisation: Organisation, _ random: inout SeededRandom
    ) {
        level = random.weighted([0: 10, 1: 30, 2: 40, 3: 20])
        log = level == 0 ? .none : random.weighted([.open: 85, .closing: 5, .closed: 10])
        closedAt =
            log == .closed ? settings.now.advanced(byMilliseconds: -Int64(1 + random.below(600)) * Family.day) : nil
        holder = contact
        let services = Self.partners.filter { $0.fits(age) }
        var places: [Organisation.Place] = []
        var employments: [EmploymentID] = []
        for partner in services where level >= 2 && random.chance(level == 3 ? 600 : 300) {
            let place = organisation.place(partner.service, &random)
            places.append(place)
            employments.append(organisation.employment(in: place, &random))
        }
        participants = places
        participantEmployments = employments
        consents = random.weighted([.complete: 80, .oneMissing: 6, .oneWithdrawn: 5, .expired: 4, .none: 5])
        consentFrom = settings.now.advanced(byMilliseconds: -Int64(10 + random.below(300)) * Family.day)
        oral = random.chance(50)
        meeting =
            level >= 2 && random.chance(400)
            ? random.weighted([.samarbeidsmote: 5, .fagmote: 3, .drofting: 1, .ansvarsgruppemote: 1]) : nil
    }

    private struct Partner: Sendable {
        var service: String
        var ages: ClosedRange<Int>
        func fits(_ age: Int) -> Bool { ages.contains(age) }
    }

    private static let partners = [
        Partner(service: "ppt", ages: 0...19), Partner(service: "helsestasjon", ages: 0...6),
        Partner(service: "skolehelse", ages: 6...19), Partner(service: "barnevern", ages: 0...19),
        Partner(service: "bup", ages: 5...19), Partner(service: "sfo", ages: 6...9),
        Partner(service: "nav", ages: 15...19),
        Partner(service: "psykisk_helse_rus", ages: 12...19), Partner(service: "fastlege", ages: 0...19),
    ]
}
