internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

/// What a reader of the audit may see: by role and controller (rules section 9).
struct AuditScope: Sendable {
    /// Whose entries are seen.
    let controllers: Set<ControllerID>
    /// A leder sees the emergency accesses of the own unit and nothing else.
    let emergenciesOf: UnitID?
    /// The reader's role, for an employment.
    let role: EmploymentRole?

    /// - Parameters:
    ///   - reader: who reads; `nil`: the holder of the system's certificate.
    ///   - system: the calling system as it is registered.
    /// - Throws: when the reader has no role that reads the audit, or the controller is not the system's.
    init(
        of reader: StatedReader?, _ system: PortvaktCore.System?, in state: Snapshot, at now: Instant
    ) throws(RPCStatus) {
        var controllers = Set(system?.controllers ?? [])
        if let controller = reader?.controller {
            guard controllers.contains(controller) else { throw Failures.notFound }
            controllers = [controller]
        }
        guard let actor = reader?.actor else {
            (self.controllers, emergenciesOf, role) = (controllers, nil, nil)
            return
        }
        guard case .employment(let id) = actor, let employment = state.employment(id)?.record,
            employment.validity.contains(now),
            let own = employment.forController ?? state.unit(employment.unit)?.unit.record.controller,
            controllers.contains(own)
        else { throw Failures.noOfficer }
        self.controllers = [own]
        role = employment.role
        switch employment.role {
        case .personvernombud: emergenciesOf = nil
        case .leder: emergenciesOf = employment.unit
        case .medarbeider, .administrator, .arkivar: throw Failures.noOfficer
        }
    }

    /// A decision is shown to the officer of the controller whose matter it was. One whose controller is not known (an
    /// unknown object, a stranger's question) belongs to nobody, and is shown to every officer of the node.
    func sees(_ record: DecisionRecord) -> Bool {
        let isOwn = record.decision.controller.map(controllers.contains) ?? (emergenciesOf == nil)
        guard let emergenciesOf else { return isOwn }
        return isOwn && record.question.emergency != nil && record.decision.unit == emergenciesOf
    }

    func sees(_ change: Change) -> Bool { emergenciesOf == nil && controllers.contains(change.controller) }

    func sees(_ record: AuditRecord) -> Bool {
        emergenciesOf == nil && (record.controller.map(controllers.contains) ?? true)
    }

    /// Everything but what needs the whole of the audit.
    func requireAll() throws(RPCStatus) {
        guard emergenciesOf == nil else { throw Failures.noOfficer }
    }
}

extension Failures {
    /// The stated person has no role that reads the audit here.
    static let noOfficer = RPCStatus(
        .permissionDenied,
        "the stated reader may not see this: a personvernombud reads the own controller's audit, a leder the emergency "
            + "accesses of the own unit",
        StatusDetails(errorInfo: .init(reason: "READER_ROLE", domain: domain)))

    /// Something that is needed to answer is not here.
    static func lacking(_ text: String) -> RPCStatus {
        RPCStatus(
            .failedPrecondition, text, StatusDetails(errorInfo: .init(reason: "LACKING", domain: domain)))
    }
}
