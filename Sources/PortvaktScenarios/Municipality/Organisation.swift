internal import PortvaktCore

/// The controllers, units and employments of a municipality and of those that it works with.
struct Organisation: Sendable {
    /// One unit with its employments, which are numbered from `firstEmployment`.
    struct Place: Sendable {
        var unit: Unit
        var firstEmployment: Int
        var staff: Int
    }

    let municipality: ControllerID
    let places: [Place]
    /// The numbers of the places of each service.
    private let byService: [String: [Int]]

    /// A kind of unit: how many children one of them serves (0 means one unit in all), and how many work there.
    private struct Kind {
        var service: String
        var controller: Int
        var childrenPerUnit: Int
        var staff: Int
    }

    private static let controllers: [(id: String, kind: ControllerKind)] = [
        ("kommune-1", .kommune), ("helseforetak-1", .helseforetak), ("fylke-1", .fylkeskommune), ("privat-1", .privat),
        ("privat-2", .privat),
    ]

    private static let kinds: [Kind] = [
        Kind(service: "skole", controller: 0, childrenPerUnit: 400, staff: 30),
        Kind(service: "barnehage", controller: 0, childrenPerUnit: 250, staff: 15),
        Kind(service: "barnehage", controller: 3, childrenPerUnit: 600, staff: 15),
        Kind(service: "sfo", controller: 0, childrenPerUnit: 800, staff: 8),
        Kind(service: "helsestasjon", controller: 0, childrenPerUnit: 2500, staff: 12),
        Kind(service: "skolehelse", controller: 0, childrenPerUnit: 2500, staff: 8),
        Kind(service: "ppt", controller: 0, childrenPerUnit: 5000, staff: 15),
        Kind(service: "barnevern", controller: 0, childrenPerUnit: 5000, staff: 25),
        Kind(service: "nav", controller: 0, childrenPerUnit: 10_000, staff: 20),
        Kind(service: "forvaltning", controller: 0, childrenPerUnit: 0, staff: 10),
        Kind(service: "tiltak_familieveiledning", controller: 0, childrenPerUnit: 0, staff: 10),
        Kind(service: "psykisk_helse_rus", controller: 0, childrenPerUnit: 10_000, staff: 12),
        Kind(service: "bup", controller: 1, childrenPerUnit: 10_000, staff: 20),
        Kind(service: "videregaende", controller: 2, childrenPerUnit: 2500, staff: 40),
        Kind(service: "fastlege", controller: 4, childrenPerUnit: 1500, staff: 4),
    ]

    init(subjects: Int) {
        var places: [Place] = []
        var byService: [String: [Int]] = [:]
        var nextEmployment = 0
        for kind in Self.kinds {
            guard let service = try? Service(kind.service) else { continue }
            let count = kind.childrenPerUnit == 0 ? 1 : max(1, subjects / kind.childrenPerUnit)
            for _ in 0..<count {
                let unit = Unit(
                    id: UnitID(made: "u\(places.count)"), service: service,
                    controller: ControllerID(made: Self.controllers[kind.controller].id))
                byService[kind.service, default: []].append(places.count)
                places.append(Place(unit: unit, firstEmployment: nextEmployment, staff: kind.staff))
                nextEmployment += kind.staff
            }
        }
        municipality = ControllerID(made: Self.controllers[0].id)
        self.places = places
        self.byService = byService
    }

    /// The controllers, then the units.
    var unitEvents: [Event] {
        let controllers = Self.controllers.map { Controller(id: ControllerID(made: $0.id), kind: $0.kind) }
        return controllers.map { .registered(.controller($0)) } + places.map { .registered(.unit($0.unit)) }
    }

    /// Those who work at a place; the first one leads it.
    func employmentEvents(of number: Int) -> [Event] {
        let place = places[number]
        return (0..<place.staff).map { number in
            let id = Self.employment(place.firstEmployment + number)
            let role: EmploymentRole = number == 0 ? .leder : .medarbeider
            return .registered(
                .employment(Employment(id: id, person: PersonID(id.identifier), unit: place.unit.id, role: role)))
        }
    }

    static func employment(_ number: Int) -> EmploymentID { EmploymentID(made: "e\(number)") }

    /// A unit of a service.
    func place(_ service: String, _ random: inout SeededRandom) -> Place {
        let numbers = byService[service] ?? [0]
        return places[numbers[random.below(numbers.count)]]
    }

    /// Somebody who works there and does not lead it.
    func employment(in place: Place, _ random: inout SeededRandom) -> EmploymentID {
        Self.employment(place.firstEmployment + 1 + random.below(place.staff - 1))
    }

    /// Anybody.
    func anyEmployment(_ random: inout SeededRandom) -> EmploymentID {
        let last = places[places.count - 1]
        return Self.employment(random.below(last.firstEmployment + last.staff))
    }
}
