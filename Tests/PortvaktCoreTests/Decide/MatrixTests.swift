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
        ("kollega", .employment(id("larer-2"))),
        ("leder", .employment(id("rektor"))), ("administrator", .employment(id("administrator"))),
        ("arkivar", .employment(id("arkivar"))), ("personvernombud", .employment(id("ombud"))),
        ("annen kommune", .employment(id("larer-b"))), ("ukjent ansatt", .employment(id("ukjent"))),
        ("barnet", .person(id("barn"))),
        ("mor", .person(id("mor"))), ("fremmed", .person(id("fremmed"))), ("ukjent person", .person(id("ukjent"))),
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

    @Test("is what the golden file says, for every role, action and kind of object")
    func golden() throws {
        let lines = Self.matrix()
        if ProcessInfo.processInfo.environment["PORTVAKT_WRITE_GOLDEN"] != nil {
            try (lines.joined(separator: "\n") + "\n").write(toFile: Self.file, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOfFile: Self.file, encoding: .utf8).split(separator: "\n").map(String.init)
        let changed = Set(lines).symmetricDifference(golden).sorted()
        #expect(changed.isEmpty, "\(changed.count) lines differ, first \(changed.prefix(6))")
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
