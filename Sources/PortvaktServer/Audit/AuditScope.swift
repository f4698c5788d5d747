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
    private let state: Snapshot?

    /// - Parameters:
    ///   - reader: who reads; `nil`: the holder of the system's certificate.
    ///   - system: the calling system as it is registered.
    /// - Throws: when the reader has no role that reads the audit, or the controller is not the system's.
    init(
        of reader: StatedReader?, _ system: PortvaktCore.System?, in state: Snapshot, at now: Instant
    ) throws(RPCStatus) {
        self.state = state
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
            let own = state.controller(of: employment),
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

    /// Of everything that belongs to no controller, too: for what is decided line by line.
    static let everything = AuditScope()

    private init() { (controllers, emergenciesOf, role, state) = ([], nil, nil, nil) }

    /// A decision is shown to the officer of the controller whose matter it was; one without a controller (a person asked about a
    /// person, an unknown object) as ``isOwn(_:askedBy:)`` says.
    func sees(_ record: DecisionRecord) -> Bool {
        guard let emergenciesOf else {
            return record.decision.controller.map(controllers.contains)
                ?? isOwn(record.decision.subject.map { [$0] } ?? [], askedBy: record.system)
        }
        return record.decision.controller.map(controllers.contains) ?? false
            && record.question.emergency != nil && record.decision.unit == emergenciesOf
    }

    func sees(_ change: Change) -> Bool { emergenciesOf == nil && controllers.contains(change.controller) }

    func sees(_ record: AuditRecord) -> Bool {
        emergenciesOf == nil
            && (record.controller.map(controllers.contains) ?? isOwn(record.subjects, askedBy: record.system))
    }

    /// What has no controller belongs to those who have a case of a person whom it is about; about nobody who is known, to those whom the
    /// system asks for; a stranger's question to everybody.
    private func isOwn(_ subjects: [PersonID], askedBy system: SystemID) -> Bool {
        guard let state else { return true }
        let records = RecordScope(state: state)
        var known: Set<ControllerID> = []
        for subject in subjects { known.formUnion(records.controllers(ofSubject: subject)) }
        if known.isEmpty { known = Set(state.system(system)?.record.controllers ?? []) }
        return known.isEmpty || !known.isDisjoint(with: controllers)
    }

    /// Everything but what needs the whole of the audit.
    func requireAll() throws(RPCStatus) {
        guard emergenciesOf == nil else { throw Failures.noOfficer }
    }
}

extension Snapshot {
    /// Whom somebody works for: the one that the employment names, or the unit's own.
    func controller(of employment: Employment) -> ControllerID? {
        employment.forController ?? unit(employment.unit)?.unit.record.controller
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
