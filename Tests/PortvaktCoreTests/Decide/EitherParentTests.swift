import PortvaktCore
import Testing

/// Where one parent is enough (`parents.rule: any`, L04), the youth who must consent beside them still must (L03).
@Suite("Under a profile by which either parent is enough")
struct EitherParentTests {
    private static func profile() throws -> PolicyProfile {
        try PolicyProfile(
            decoding: try ProfileTests.altered("parents.rule: {value: all,", "parents.rule: {value: any,"),
            hash: ProfileTests.hash)
    }

    /// A youth of fifteen with two parents, and a case.
    private static func world() -> TestWorld {
        var world = TestWorld()
        world.person("ungdom", born: "2011-05-05")
        world.person("tante", born: "1980-01-01")
        world.foreldreansvar("mor", over: "ungdom")
        world.foreldreansvar("far", over: "ungdom")
        world.register(
            .caseRecord(
                Case(id: id("u"), subject: id("ungdom"), controller: id("kommune-a"), level: 2, holder: id("larer"))))
        world.grant("u-ppt", to: .employment(id("ppt")), on: "u")
        return world
    }

    /// Who has said yes, and what then comes out: each in both orders of the givers.
    private static let said: [([String], String)] = [
        (["mor", "ungdom"], "allow.consent"), (["far", "ungdom"], "allow.consent"),
        (["mor", "far", "ungdom"], "allow.consent"), (["mor", "far"], "deny.consent_incomplete"),
        (["mor"], "deny.consent_incomplete"), (["ungdom"], "deny.consent_incomplete"), ([], "deny.no_consent"),
    ]

    @Test(
        "a service reads with the consents of the youth and one of them, and not with both parents' alone",
        arguments: said)
    func consents(_ givers: [String], _ expected: String) throws {
        var world = Self.world()
        for giver in givers {
            world.consent("c-\(giver)", by: giver, capacity: giver == "ungdom" ? .`self` : .foreldreansvar, on: "u")
        }
        #expect(world.primary(.employee("ppt", .logRead, on: "u"), under: try Self.profile()) == expected)
    }

    @Test(
        "a relative reads with the grants of the youth and one of them, and not with both parents' alone",
        arguments: said)
    func grants(_ givers: [String], _ expected: String) throws {
        var world = Self.world()
        for giver in givers {
            world.grant(
                "g-\(giver)", to: .person(id("tante")), on: "u", role: .parorende, by: .person(id(giver)))
        }
        let isLinked = !givers.isEmpty
        let answer = world.primary(.person("tante", .logRead, on: "u"), under: try Self.profile())
        #expect(answer == (isLinked ? expected : "deny.no_fa"))
    }
}
