internal import PortvaktCore
internal import PortvaktWire

/// Shows accesses.
enum AccessTable {
    static func json(_ held: HeldAccess) -> JSONValue {
        [
            "actor": .string(held.access.actor.shown), "action": .string(held.access.action.word),
            "object": .string(held.access.object.shown), "case": .string(held.caseID.text),
            "basis": .string(held.access.basis.word), "until": .optional(held.access.until?.rfc3339),
        ]
    }

    static func table(_ accesses: [HeldAccess]) -> Table {
        var table = Table("actor", "action", "object", "basis", "until")
        for held in accesses {
            table.add(
                Table.Cell(held.access.actor.shown, .bold), Table.Cell(held.access.action.word),
                Table.Cell(held.access.object.shown), Table.Cell(held.access.basis.word),
                Table.Cell(held.access.until?.rfc3339 ?? ""))
        }
        return table
    }
}
