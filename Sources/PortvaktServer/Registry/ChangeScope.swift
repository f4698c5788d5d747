internal import PortvaktCore

/// Whether a system may make a change: for this controller, to what is that controller's.
///
/// What belongs to somebody else is refused exactly as what does not exist.
struct ChangeScope {
    /// The controllers that the system may change for; `nil` means every one (the configured administrator).
    let allowed: Set<ControllerID>?
    let state: Snapshot

    /// Why a change is refused.
    enum Refusal: Error, Equatable {
        /// The header names a controller that the system is not registered for.
        case controller
        /// The record, or one it hangs on, is another controller's (or does not exist).
        case record
        /// The kind of record needs another permission.
        case permission(Permission)
        /// It concerns every controller, and the system is not registered for all of them.
        case everyController
    }

    func mayActFor(_ controller: ControllerID) -> Bool { allowed?.contains(controller) ?? true }

    /// Whether a record of these controllers may be seen and changed.
    func reaches(_ controllers: Set<ControllerID>) -> Bool {
        guard let allowed else { return true }
        return controllers.isEmpty || !controllers.isDisjoint(with: allowed)
    }

    /// Whether what a question is about is there, and may be seen.
    func reaches(_ object: Object) -> Bool {
        let records = RecordScope(state: state)
        let controllers =
            switch object {
            case .caseID(let id): records.controllers(of: .caseRecord, id.identifier)
            case .meeting(let id): records.controllers(of: .meeting, id.identifier)
            case .person(let id): records.controllers(of: .person, id.identifier)
            case .controller(let id): records.controllers(of: .controller, id.identifier)
            }
        return controllers.map(reaches) ?? false
    }

    /// Checks the registration of a record.
    func check(_ record: Record, may: (Permission) -> Bool) throws(Refusal) {
        let needed = Self.permission(for: record.kind)
        guard may(needed) else { throw .permission(needed) }
        let scope = RecordScope(state: state)
        if let owners = scope.owners(of: record.kind, record.identifier), !reaches(owners) { throw .record }
        guard scope.controllers(ofParentsOf: record).allSatisfy(reaches) else { throw .record }
    }

    /// Checks a change to a record that must exist.
    func check(existing kind: RecordKind, _ id: Identifier) throws(Refusal) {
        guard let owners = RecordScope(state: state).owners(of: kind, id), reaches(owners) else {
            throw .record
        }
    }

    /// Controllers, units and systems are an administrator's; the rest is registered by log and plan systems.
    static func permission(for kind: RecordKind) -> Permission {
        switch kind {
        case .controller, .unit, .system: .administer
        default: .register
        }
    }
}
