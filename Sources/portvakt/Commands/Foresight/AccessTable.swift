internal import PortvaktCore
internal import PortvaktWire

/// Shows accesses.
enum AccessTable {
    static func json(_ held: HeldAccess) -> JSONValue {
        [
            "actor": .string(held.access.actor.shown), "action": .string(held.access.action.word),
            "object": .string(held.access.object.shown), "case": .string(held.caseID.text),
            "purpose": .string(held.access.purpose.word),
            "basis": .string(held.access.basis.word), "until": .optional(held.access.until?.rfc3339),
        ]
    }

    static func table(_ accesses: [HeldAccess]) -> Table {
        var table = Table("actor", "action", "object", "purpose", "basis", "until")
        for held in accesses {
            table.add(
                Table.Cell(held.access.actor.shown, .bold), Table.Cell(held.access.action.word),
                Table.Cell(held.access.object.shown), Table.Cell(held.access.purpose.word),
                Table.Cell(held.access.basis.word),
                Table.Cell(held.access.until?.rfc3339 ?? ""))
        }
        return table
    }
}

/// What a list of accesses was made from: an access by another action, or for another purpose, is not in it.
struct Covered: Sendable {
    var actions: [Action] = []
    var purposes: [Purpose] = []

    var json: JSONValue {
        ["actions": .strings(actions.map(\.word)), "purposes": .strings(purposes.map(\.word))]
    }

    var line: String {
        "Looked at: \(actions.map(\.word).joined(separator: ", ")); a log is read for "
            + "\(purposes.map(\.word).joined(separator: ", ")). Not listed: other actions, and emergencies."
    }
}
