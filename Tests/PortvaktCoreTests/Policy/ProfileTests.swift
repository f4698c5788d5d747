import PortvaktCore
import PortvaktYAML
import Testing

@Suite("A policy profile")
struct ProfileTests {
    static let hash = [UInt8](repeating: 1, count: 32)

    /// The national profile with one text replaced by another; the text must be there.
    static func altered(_ text: String, _ replacement: String) throws -> DocumentNode {
        let contents = try YAMLFile.read(Profiles.path("policies/nasjonal.yaml"))
        let original = try #require(String(validating: contents.bytes, as: UTF8.self))
        try #require(original.contains(text), "\(text) is not in the profile")
        return try YAMLDocument.parse(original.replacing(text, with: replacement), file: "p.yaml")
    }

    static func errors(_ document: DocumentNode) -> [String] {
        do throws(DocumentErrors) {
            _ = try PolicyProfile(decoding: document, hash: hash)
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    @Test("that is shipped is read whole", arguments: Profiles.all)
    func shipped(_ profile: PolicyProfile) {
        #expect(profile.hash.count == 32)
        #expect(profile.parameters(at: instant("2026-11-21")).count > 60)
        #expect(profile.parameters(at: instant("2026-11-21")).allSatisfy { !$0.sources.isEmpty })
    }

    @Test("that is shipped has a name and a hash of its own")
    func hashes() {
        #expect(Set(Profiles.all.map(\.name)) == ["nasjonal", "lokal-15", "begge-16"])
        #expect(Set(Profiles.all.map(\.hash)).count == 3)
    }

    @Test(
        "with something wrong is refused, naming the place",
        arguments: [
            (
                "age.view: {value: 7,", "age.veiw: {value: 7,",
                "the key \"age.veiw\" is unknown (did you mean \"age.view\"?)"
            ),
            ("age.view: {value: 7,", "age.veiw: {value: 7,", "the key \"age.view\" is missing"),
            ("age.view: {value: 7,", "age.view: {value: -7,", "expected a whole number from 0 to 120"),
            ("age.view: {value: 7,", "age.view: {value: 121,", "expected a whole number from 0 to 120"),
            (
                "{from: age.health_self, givers: self", "{from: age.helath_self, givers: self",
                "(did you mean \"age.health_self\"?)"
            ),
            (
                "{from: age.health_self, givers: self", "{from: age.health_self, givers: selv",
                "(did you mean \"self\"?)"
            ),
            (
                "{from: age.nav_joins, givers: both", "{from: 40, givers: both",
                "has a band from 40 that is never reached"
            ),
            (
                "{from: 0, givers: parents, source: [S4]}", "{from: 3, givers: parents, source: [S4]}",
                "has no band from age 0"
            ),
            ("row: health, daily_health", "row: helth, daily_health", "(did you mean \"health\"?)"),
            ("  familiemote: {", "  familiemotet: {", "the key \"familiemote\" is missing"),
            ("led_by: [koordinator]", "led_by: []", "is led by nobody"),
            (
                "    coordinator: tiltak_familieveiledning\n    level: 3", "    level: 3",
                "name its service in coordinator"
            ),
            ("skole: {regime: fvl", "skole: {regime: fvll", "(did you mean \"fvl\"?)"),
            (
                "log.pregnant_by: {value: [helsestasjon]", "log.pregnant_by: {value: [helsestasjonen]",
                "which has no regime"
            ),
            ("services: [barne_familie, barnevern", "services: [barne_familien, barnevern", "se_meg names the service"),
            ("to_services: [barnevern]", "to_services: [barnvern]", "(did you mean \"barnevern\"?)"),
            ("restriction, closed, other_controller]", "restriction, other_controller]", "closed is missing"),
            ("max_age_seconds: {value: 60", "max_age_seconds: {value: 86400", "expected a whole number from 0 to 3600"),
            ("max_minutes: {value: 120", "max_minutes: {value: 2000", "expected a whole number from 1 to 1440"),
            ("  lock.habilitet: {", "  lock.habilitett: {", "the key \"lock.habilitet\" is missing"),
            ("closed: refuse, recorded", "closed: refused, recorded", "(did you mean \"refuse\"?)"),
            ("value: Europe/Oslo", "value: UTC", "expected Europe/Oslo"),
            (
                "{from: age.coordination_alone, givers: self", "{from: 14, givers: self",
                "has a band from 15 that is never reached"
            ),
            (
                "{from: age.coordination_alone, givers: self", "{from: 15, givers: self",
                "has two bands from 15: the first is never reached"
            ),
            (
                "{from: age.fagmote_self, givers: self", "{from: 121, givers: self", "is no age: expected 0 to 120"
            ),
            (
                "plan.access_granted_by: {value: [forvaltning", "plan.access_granted_by: {value: [forvaltningx",
                "plan.access_granted_by names the service"
            ),
            ("coordination_row: education", "coordination_row: educ", "names no row of consent_rows"),
        ])
    func wrong(_ text: String, _ replacement: String, _ expected: String) throws {
        let errors = Self.errors(try Self.altered(text, replacement))
        #expect(errors.contains { $0.contains(expected) && $0.hasPrefix("p.yaml:") }, "\(errors)")
    }

    @Test("reports every problem at once, in the file's order")
    func allProblems() throws {
        let document = try Self.altered("age.view: {value: 7,", "age.view: {value: x,")
        let broken = document.extending(document)
        #expect(Self.errors(broken).count == 1)
        let two = try YAMLDocument.parse("format: portvakt-policy/2\nname: x\nlaw: x\n", file: "p.yaml")
        let errors = Self.errors(two)
        #expect(errors.count > 8)
        #expect(errors.first?.hasPrefix("p.yaml:1:") == true)
    }

    @Test("with a dated value decides by the one that holds on the day")
    func datedValues() throws {
        let dated = "age.fagmote_self: {value: [{value: 16}, {from: 2027-01-01, value: 15}],"
        let document = try Self.altered("age.fagmote_self: {value: 16,", dated)
        let profile = try PolicyProfile(decoding: document, hash: Self.hash)
        var world = TestWorld()
        world.person("ungdom", born: "2011-05-05")
        world.register(
            .caseRecord(
                Case(id: id("u"), subject: id("ungdom"), controller: id("kommune-a"), level: 2, holder: id("larer"))))
        world.consent("ungdoms", by: "ungdom", capacity: .`self`, on: "u", for: [.fagmote_uten_familie])
        world.foreldreansvar("mor", over: "ungdom")
        world.register(
            .meeting(
                Meeting(
                    id: id("f"), type: .fagmote, caseID: id("u"), convenedBy: id("larer"), invited: [.unit(id("ppt-1"))]
                )))
        let question = Question(
            actor: .employment(id("ppt")), action: .meetingAttend, object: .meeting(id("f")),
            purpose: .fagmote_uten_familie)
        #expect(
            world.primary(question, at: instant("2026-12-31T23:59:59+01:00"), under: profile) == "deny.capacity_age")
        #expect(world.primary(question, at: instant("2027-01-01"), under: profile) == "allow.consent")
        let last = world.decide(question, at: instant("2026-12-31T23:59:59+01:00"), under: profile)
        #expect(last.holdsUntil <= instant("2027-01-01"))
    }

    @Test(
        "with a wrongly dated value is refused",
        arguments: [
            ("[{value: 16}, {value: 15}]", "has no date"), ("[{from: 2027-01-01, value: 16}]", "takes no `from`"),
            ("[{value: 16}, {from: soon, value: 15}]", "expected a date"),
            ("[{value: 16}, {from: 2027-01-01, value: 150}]", "expected a whole number from 0 to 120"),
        ])
    func wronglyDated(_ value: String, _ expected: String) throws {
        let errors = Self.errors(
            try Self.altered("age.fagmote_self: {value: 16,", "age.fagmote_self: {value: \(value),"))
        #expect(errors.contains { $0.contains(expected) }, "\(errors)")
    }
}
