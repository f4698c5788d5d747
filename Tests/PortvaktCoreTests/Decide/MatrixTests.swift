import Foundation
import PortvaktCore
import Testing

/// Every kind of actor asks for every action on every kind of object; the answers stand in a file that a reader can go
/// through. A new action, role or kind of object is not in the file and fails here.
@Suite("Who may what")
struct MatrixTests {
    static let file = Profiles.path("Tests/Golden/matrix.txt")

    private static func world() -> TestWorld {
        var world = TestWorld()
        world.person("fullmektig", born: "1975-01-30")
        world.person("fremmed", born: "1990-01-01")
        world.person("bestemor", born: "1955-01-01")
        world.person("fostermor", born: "1980-01-01")
        world.grant(
            "koordinerer", to: .employment(id("forvalter")), role: .koordinator, document: .plan,
            by: .unit(id("forvaltning-1")))
        for (name, role) in [("bestemor", GrantRole.parorende), ("fostermor", .fosterforelder)] {
            for giver in ["mor", "far"] {
                world.grant("\(name)-\(giver)", to: .person(id(name)), role: role, by: .person(id(giver)))
            }
        }
        world.grant("fullmakt", to: .person(id("fullmektig")), role: .fullmektig, by: .person(id("mor")))
        world.register(
            .meeting(
                Meeting(
                    id: id("mote"), type: .samarbeidsmote, caseID: id("sak"), convenedBy: id("larer"),
                    invited: [.unit(id("ppt-1"))], familyPresent: true)),
            .meeting(
                Meeting(
                    id: id("anonymt"), type: .ressursteam, convenedBy: id("larer"), invited: [.unit(id("ppt-1"))],
                    anonymous: true)))
        return world
    }

    private static let actors: [(name: String, actor: Actor)] = [
        ("stafettholder", .employment(id("larer"))), ("deltaker", .employment(id("ppt"))),
        ("koordinator", .employment(id("forvalter"))), ("kollega", .employment(id("larer-2"))),
        ("leder", .employment(id("rektor"))), ("administrator", .employment(id("administrator"))),
        ("arkivar", .employment(id("arkivar"))), ("personvernombud", .employment(id("ombud"))),
        ("annen kommune", .employment(id("larer-b"))), ("ukjent ansatt", .employment(id("ukjent"))),
        ("barnet", .person(id("barn"))),
        ("mor", .person(id("mor"))), ("pårørende", .person(id("bestemor"))),
        ("fosterforelder", .person(id("fostermor"))), ("fremmed", .person(id("fremmed"))),
        ("ukjent person", .person(id("ukjent"))),
        ("fullmektig", .proxy(id("fullmakt"))), ("ukjent fullmakt", .proxy(id("ukjent"))),
    ]

    private static let objects: [(name: String, object: Object)] = [
        ("case", .caseID(id("sak"))), ("no case", .caseID(id("ingen"))), ("person", .person(id("barn"))),
        ("no person", .person(id("ingen"))), ("meeting", .meeting(id("mote"))),
        ("anonymous meeting", .meeting(id("anonymt"))),
        ("no meeting", .meeting(id("ingen"))), ("controller", .controller(id("kommune-a"))),
        ("other controller", .controller(id("kommune-b"))),
    ]

    private static func matrix() -> [String] {
        let world = world()
        var lines: [String] = []
        for action in Action.allCases {
            for (objectName, object) in objects {
                for (actorName, actor) in actors {
                    var question = Question(actor: actor, action: action, object: object)
                    if action == .participantAdd { question.participant = .unit(id("ppt-1")) }
                    if action == .disclose { question.recipient = .unit(id("ppt-1")) }
                    if action == .logReassign { question.successor = id("larer-2") }
                    let decision = world.decide(question)
                    lines.append(
                        "\(action.word) | \(objectName) | \(actorName) | \(decision.primary.word) | \(decision.external.word)"
                    )
                }
            }
        }
        return lines
    }

    // MARK: The vocabularies

    /// Every word that a question or the state can hold of the kinds that the matrix is about.
    static let vocabularies: [String: [String]] = [
        "action": Action.allCases.map(\.word), "employment role": EmploymentRole.allCases.map(\.word),
        "grant role": GrantRole.allCases.map(\.word), "record kind": RecordKind.allCases.map(\.word),
        "meeting type": MeetingType.allCases.map(\.word),
    ]

    static func heads(_ vocabularies: [String: [String]]) -> [String] {
        vocabularies.sorted { $0.key < $1.key }.map { "# \($0.key): \($0.value.sorted().joined(separator: " "))" }
    }

    /// What differs between the file and what is: words of the vocabularies, and lines.
    static func differences(
        golden: String, vocabularies: [String: [String]], lines: [String]
    ) -> [String] {
        let golden = golden.split(separator: "\n").map(String.init)
        return Set(heads(vocabularies) + lines).symmetricDifference(golden).sorted()
    }

    @Test("is what the golden file says, for every role, action and kind of object")
    func golden() throws {
        let lines = Self.matrix()
        if ProcessInfo.processInfo.environment["PORTVAKT_WRITE_GOLDEN"] != nil {
            let text = (Self.heads(Self.vocabularies) + lines).joined(separator: "\n") + "\n"
            try text.write(toFile: Self.file, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOfFile: Self.file, encoding: .utf8)
        let changed = Self.differences(golden: golden, vocabularies: Self.vocabularies, lines: lines)
        #expect(changed.isEmpty, "\(changed.count) lines differ, first \(changed.prefix(6))")
    }

    @Test("has an actor for every role of an employment and of a person's grant, and an object of every kind")
    func whole() {
        let world = Self.world()
        var roles: Set<EmploymentRole> = []
        var kinds: Set<String> = []
        for (_, actor) in Self.actors {
            if case .employment(let id) = actor, let employment = world.state.employment(id) {
                roles.insert(employment.record.role)
            }
            kinds.insert("\(actor)".prefix { $0 != "(" }.description)
        }
        #expect(roles == Set(EmploymentRole.allCases))
        #expect(kinds == ["employment", "person", "proxy"])
        let grants = world.state.caseFile(id("sak"))?.grants.map(\.record) ?? []
        let isActor = { (party: Party) in
            Self.actors.contains { entry in
                switch (entry.actor, party) {
                case (.employment(let actor), .employment(let id)): actor == id
                case (.person(let actor), .person(let id)): actor == id
                default: false
                }
            }
        }
        let asked = grants.filter { isActor($0.to) || Self.actors.map(\.actor).contains(.proxy($0.id)) }
        #expect(Set(asked.map(\.role)) == Set(GrantRole.allCases))
        let objects = Set(Self.objects.map { "\($0.object)".prefix { $0 != "(" }.description })
        #expect(objects == ["caseID", "meeting", "person", "controller"])
    }

    @Test("fails when a word is added to a vocabulary, or an answer changes", arguments: vocabularies.keys.sorted())
    func fails(_ vocabulary: String) throws {
        let golden = try String(contentsOfFile: Self.file, encoding: .utf8)
        let lines = Self.matrix()
        #expect(Self.differences(golden: golden, vocabularies: Self.vocabularies, lines: lines).isEmpty)
        var more = Self.vocabularies
        more[vocabulary, default: []].append("nytt.ord")
        let found = Self.differences(golden: golden, vocabularies: more, lines: lines)
        #expect(found.count == 2 && found.allSatisfy { $0.hasPrefix("# \(vocabulary): ") }, "\(found)")
        var fewer = Self.vocabularies
        fewer[vocabulary]?.removeLast()
        #expect(!Self.differences(golden: golden, vocabularies: fewer, lines: lines).isEmpty)
        // A new action brings lines with it; a changed answer is a line that is not there, and one that is no longer.
        let added = lines + ["ny.handling | case | mor | allow.parent | allow"]
        #expect(Self.differences(golden: golden, vocabularies: Self.vocabularies, lines: added).count == 1)
        #expect(!Self.differences(golden: golden, vocabularies: Self.vocabularies, lines: lines.dropLast()).isEmpty)
    }

    @Test("shows an unknown object exactly as one that is hidden, to everyone who is shown not_found")
    func absent() {
        let world = Self.world()
        for action in Action.allCases {
            for (name, actor) in Self.actors {
                let there = world.decide(Question(actor: actor, action: action, object: .caseID(id("sak"))))
                let absent = world.decide(Question(actor: actor, action: action, object: .caseID(id("ingen"))))
                guard there.external == .not_found else { continue }
                #expect(absent.external == .not_found, "\(name) \(action.word)")
            }
        }
    }
}
