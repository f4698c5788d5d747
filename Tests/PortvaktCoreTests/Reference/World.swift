import PortvaktCore

// The reference evaluator: slow, with list scans and no cache, written from the rule book. It exists to disagree with
// the engine, so it shares nothing with it but the model's records.

/// Everything that was registered, as plain lists.
struct World {
    var controllers: [Controller] = []
    var units: [Unit] = []
    var persons: [Person] = []
    var relations: [Relation] = []
    var authorities: [Authority] = []
    var capacities: [Capacity] = []
    var employments: [Employment] = []
    var cases: [Case] = []
    /// In the order of registration.
    var handovers: [Handover] = []
    var grants: [Grant] = []
    var consents: [Consent] = []
    var meetings: [Meeting] = []
    var objections: [Objection] = []
    var restrictions: [Restriction] = []
    var discussions: [Discussion] = []

    init(_ events: [Event]) { for event in events { add(event) } }

    private mutating func add(_ event: Event) {
        switch event {
        case .registered(let record): add(record)
        case .consentWithdrawn(let id, let at), .consentRevoked(let id, let at):
            for index in consents.indices where consents[index].id == id { consents[index].withdrawnAt = at }
        case .consentInvalidated(let id):
            for index in consents.indices where consents[index].id == id { consents[index].state = .invalidated }
        case .consentSpent(let id, let at):
            for index in consents.indices where consents[index].id == id { consents[index].spentAt = at }
        case .grantRevoked(let id, let at):
            for index in grants.indices where grants[index].id == id { grants[index].revokedAt = at }
        case .systemDisabled, .profileActivated: break
        }
    }

    private mutating func add(_ record: Record) {
        switch record {
        case .controller(let record): put(record, in: &controllers) { $0.id == record.id }
        case .unit(let record): put(record, in: &units) { $0.id == record.id }
        case .person(let record): put(record, in: &persons) { $0.id == record.id }
        case .relation(let record): put(record, in: &relations) { $0.id == record.id }
        case .authority(let record): put(record, in: &authorities) { $0.id == record.id }
        case .capacity(let record): put(record, in: &capacities) { $0.id == record.id }
        case .employment(let record): put(record, in: &employments) { $0.id == record.id }
        case .caseRecord(let record): put(record, in: &cases) { $0.id == record.id }
        case .handover(let record):
            put(record, in: &handovers) { $0.id == record.id }
            for index in cases.indices
            where cases[index].id == record.caseID && record.state == .accepted && cases[index].holder == record.from {
                cases[index].holder = record.to
            }
        case .grant(let record): put(record, in: &grants) { $0.id == record.id }
        case .consent(let record): put(record, in: &consents) { $0.id == record.id }
        case .meeting(let record): put(record, in: &meetings) { $0.id == record.id }
        case .objection(let record): put(record, in: &objections) { $0.id == record.id }
        case .restriction(let record): put(record, in: &restrictions) { $0.id == record.id }
        case .discussion(let record): put(record, in: &discussions) { $0.id == record.id }
        case .system, .anonymousDiscussion: break
        }
    }

    private func put<Value>(_ record: Value, in list: inout [Value], _ isSame: (Value) -> Bool) {
        if let index = list.firstIndex(where: isSame) { list[index] = record } else { list.append(record) }
    }

    // MARK: Look-ups

    func unit(_ id: UnitID) -> Unit? { units.first { $0.id == id } }
    func employment(_ id: EmploymentID) -> Employment? { employments.first { $0.id == id } }
    func controllerKind(_ id: ControllerID) -> ControllerKind { controllers.first { $0.id == id }?.kind ?? .privat }

    /// A person with a record, or one who is known by an employment only.
    func person(_ id: PersonID) -> Person? {
        persons.first { $0.id == id }
            ?? (employments.contains { $0.person == id } ? Person(id: id, born: nil) : nil)
    }

    /// Whole years on the date in Europe/Oslo; 29 February counts from 1 March in a common year.
    func age(_ id: PersonID, at instant: Instant) -> Int {
        guard let born = person(id)?.born?.components else { return 200 }
        let today = OsloTime.date(at: instant).components
        var age = today.year - born.year
        if (today.month, today.day) < (born.month, born.day) { age -= 1 }
        return age
    }

    func isDead(_ id: PersonID, at instant: Instant) -> Bool { person(id)?.deceased.map { $0 <= instant } ?? false }

    /// Authorities over a person that are in force.
    func authorities(over person: PersonID, at instant: Instant) -> [Authority] {
        authorities.filter { authority in
            guard authority.over == person, authority.validity.contains(instant) else { return false }
            if case .person(let holder) = authority.holder { return !isDead(holder, at: instant) }
            return true
        }
    }

    func lacksCompetence(_ person: PersonID, at instant: Instant) -> Bool {
        capacities.contains { $0.person == person && $0.validity.contains(instant) }
    }
}

/// The rule book's numbers, for the three profiles.
struct ReferenceProfile {
    var name: String
    var coordinationJoins = 15
    var coordinationAlone = 16
    var dailyIsResident = false

    static let nasjonal = ReferenceProfile(name: "nasjonal")
    static let lokal15 = ReferenceProfile(
        name: "lokal-15", coordinationJoins: 15, coordinationAlone: 15, dailyIsResident: true)
    static let begge16 = ReferenceProfile(name: "begge-16", coordinationJoins: 15, coordinationAlone: 18)

    static let all = [nasjonal, lokal15, begge16]

    /// The secrecy regime of a service (5.1).
    static func regime(_ service: Service) -> String {
        switch service.text {
        case "skole", "sfo", "barnehage", "ppt", "voksenopplaring", "videregaende", "innvandring": "fvl"
        case "forvaltning", "funksjonshemmede", "barne_familie", "tiltak_familieveiledning": "health_admin"
        case "helsestasjon", "skolehelse", "fastlege", "bup", "kommunepsykolog", "fysio_ergo", "psykisk_helse_rus",
            "siv",
            "habilitering":
            "health"
        default: service.text
        }
    }
}
