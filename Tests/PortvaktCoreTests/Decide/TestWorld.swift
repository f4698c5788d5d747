import PortvaktCore
import PortvaktYAML

/// Ids and codes from text, for records that a test writes down.
func id<Kind>(_ text: String) -> ID<Kind> {
    guard let id = try? ID<Kind>(text) else { preconditionFailure("\(text) is no identifier") }
    return id
}

func code<Kind>(_ text: String) -> Code<Kind> {
    guard let code = try? Code<Kind>(text) else { preconditionFailure("\(text) is no code") }
    return code
}

func instant(_ text: String) -> Instant {
    guard let instant = Instant(rfc3339: text) ?? CivilDate(text).map({ OsloTime.startOfDay($0) }) else {
        preconditionFailure("\(text) is no instant")
    }
    return instant
}

func date(_ text: String) -> CivilDate {
    guard let date = CivilDate(text) else { preconditionFailure("\(text) is no date") }
    return date
}

/// The shipped profiles.
enum Profiles {
    static let folder = ProfileFolder(path: path("policies"))
    static let nasjonal = profile("nasjonal")
    static let all = ["nasjonal", "lokal-15", "begge-16"].map(profile)

    /// A path below the repository, from this file's own.
    static func path(_ relative: String, from file: String = #filePath) -> String {
        file.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" } + "/" + relative
    }

    private static func profile(_ name: String) -> PolicyProfile {
        do {
            return try folder.profile(named: name)
        } catch {
            preconditionFailure("\(name): \(error)")
        }
    }
}

/// A small municipality: a child of nine with two parents, a school that holds the log, PPT that takes part.
struct TestWorld {
    var state = Snapshot.empty
    var now = instant("2026-11-21T10:00:00+01:00")
    static let system: SystemID = id("conexus")

    init() {
        register(
            .controller(Controller(id: id("kommune-a"))), .controller(Controller(id: id("kommune-b"))),
            .controller(Controller(id: id("eier"), kind: .privat)))
        for (unit, service, controller) in [
            ("skole-1", "skole", "kommune-a"), ("ppt-1", "ppt", "kommune-a"), ("barnevern-1", "barnevern", "kommune-a"),
            ("helsestasjon-1", "helsestasjon", "kommune-a"), ("forvaltning-1", "forvaltning", "kommune-a"),
            ("skole-b", "skole", "kommune-b"), ("barnehage-p", "barnehage", "eier"),
        ] {
            register(.unit(Unit(id: id(unit), service: code(service), controller: id(controller))))
        }
        for (employment, unit, role) in [
            ("larer", "skole-1", EmploymentRole.medarbeider), ("larer-2", "skole-1", .medarbeider),
            ("rektor", "skole-1", .leder), ("ppt", "ppt-1", .medarbeider), ("barnevern", "barnevern-1", .medarbeider),
            ("sykepleier", "helsestasjon-1", .medarbeider), ("forvalter", "forvaltning-1", .medarbeider),
            ("arkivar", "forvaltning-1", .arkivar), ("ombud", "forvaltning-1", .personvernombud),
            ("administrator", "forvaltning-1", .administrator), ("larer-b", "skole-b", .medarbeider),
            ("styrer", "barnehage-p", .leder),
        ] {
            register(.employment(Employment(id: id(employment), person: id(employment), unit: id(unit), role: role)))
        }
        person("barn", born: "2017-03-10")
        person("mor", born: "1986-04-17")
        person("far", born: "1984-09-02")
        foreldreansvar("mor")
        foreldreansvar("far")
        register(
            .caseRecord(
                Case(id: id("sak"), subject: id("barn"), controller: id("kommune-a"), level: 2, holder: id("larer"))))
        grant("deltar-ppt", to: .employment(id("ppt")))
        consent("samtykke-mor", by: "mor")
        consent("samtykke-far", by: "far")
    }

    mutating func register(_ records: Record...) { for record in records { apply(.registered(record)) } }

    mutating func apply(_ event: Event) {
        do throws(ChangeRefusal) { try state.apply(change(event)) } catch { preconditionFailure("\(error)") }
    }

    func refusal(of event: Event) -> ChangeRefusal? {
        do throws(ChangeRefusal) {
            _ = try state.applying(change(event))
            return nil
        } catch {
            return error
        }
    }

    func change(_ event: Event) -> Change {
        Change(event: event, registeredAt: now, system: Self.system, controller: id("kommune-a"))
    }

    mutating func person(_ name: String, born: String, protection: Protection = .none, hiddenFrom: [PersonID] = []) {
        register(.person(Person(id: id(name), born: date(born), protection: protection, hiddenFrom: hiddenFrom)))
    }

    mutating func foreldreansvar(_ holder: String, over child: String = "barn", validity: Validity = .always) {
        register(
            .authority(
                Authority(
                    id: id("fa-\(holder)-\(child)"), holder: .person(id(holder)), over: id(child), validity: validity)))
    }

    mutating func grant(
        _ name: String, to party: Party, on caseID: String = "sak", role: GrantRole = .deltaker,
        document: GrantDocument = .log, by: Party = .employment(id("larer")), validity: Validity = .always
    ) {
        register(
            .grant(
                Grant(
                    id: id(name), caseID: id(caseID), to: party, role: role, document: document, validity: validity,
                    grantedBy: by)))
    }

    mutating func consent(
        _ name: String, by giver: String, capacity: ConsentCapacity = .foreldreansvar, on caseID: String = "sak",
        to services: [String] = ["skole", "ppt"], for purposes: [Purpose] = [.samordning],
        form: ConsentForm = .skriftlig,
        validity: Validity = .always, once: Bool = false
    ) {
        register(
            .consent(
                Consent(
                    id: id(name), scope: .caseID(id(caseID)), givenBy: .person(id(giver)), capacity: capacity,
                    services: services.map { code($0) }, purposes: purposes, form: form, validity: validity, once: once)
            ))
    }

    func decide(_ question: Question, at instant: Instant? = nil, under profile: PolicyProfile = Profiles.nasjonal)
        -> Decision
    {
        Engine.decide(question, asked: AskingSystem(id: Self.system), in: state, under: profile, at: instant ?? now)
    }

    func primary(_ question: Question, at instant: Instant? = nil, under profile: PolicyProfile = Profiles.nasjonal)
        -> String
    {
        decide(question, at: instant, under: profile).primary.word
    }
}

extension Question {
    static func employee(_ name: String, _ action: Action, on caseID: String = "sak", purpose: Purpose = .samordning)
        -> Question
    {
        Question(actor: .employment(id(name)), action: action, object: .caseID(id(caseID)), purpose: purpose)
    }

    static func person(_ name: String, _ action: Action, on caseID: String = "sak") -> Question {
        Question(actor: .person(id(name)), action: action, object: .caseID(id(caseID)))
    }

    func with(_ change: (inout Question) -> Void) -> Question {
        var copy = self
        change(&copy)
        return copy
    }
}
