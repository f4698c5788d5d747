internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// The part of `Registry` that is about the calling systems.
struct SystemHandlers: Sendable {
    let core: ServiceCore

    func methods(_ builder: MethodBuilder) -> [RPCMethod] {
        [
            builder.unary(.registerSystem, register), builder.list(.listSystems, list),
            builder.unary(.disableSystem, disable),
        ]
    }

    private var desk: ChangeDesk { ChangeDesk(core: core) }

    /// Permissions that no certificate has together: who registers systems and activates policy does not ask about children,
    /// and who reads the audit is not whom it is about.
    private static let apart: [(Permission, [Permission])] = [
        (.administer, [.ask, .explain, .audit]), (.audit, [.ask, .register]),
    ]

    /// The first permission among these that no certificate has together with some others of them, and which those are.
    static func conflict(in permissions: [Permission]) -> (of: Permission, with: [Permission])? {
        for (one, others) in apart where permissions.contains(one) {
            let clashing = others.filter(permissions.contains)
            if !clashing.isEmpty { return (one, clashing) }
        }
        return nil
    }

    /// Ids that stand in the ledger for callers that no registration names: what a system of that id did would be taken for theirs.
    private static let reserved: Set<SystemID> = [ChangeDesk.administratorID, AskingSystem.unknownID]

    @Sendable func register(_ request: RegisterSystemRequest, _ call: Call<RegisterSystemResponse>) {
        if Self.reserved.contains(request.system.id) { return call.fail(Failures.reservedID(request.system.id)) }
        // Once its identity is a system's, the administrator acts for that system's controllers alone: nobody else decides that.
        if request.system.identity == core.administrator, !call.caller.isAdministrator {
            return call.fail(Failures.refused(.takenIdentity(request.system.id), at: .record("system")))
        }
        if let conflict = Self.conflict(in: request.system.permissions) {
            return call.fail(Failures.permissionsApart(conflict.of, conflict.with))
        }
        desk.register([.registered(.system(request.system))], request.header, call, place: { _ in .record("system") }) {
            RegisterSystemResponse($0[0])
        }
    }

    @Sendable func disable(_ request: DisableSystemRequest, _ call: Call<DisableSystemResponse>) {
        desk.register([.systemDisabled(request.id)], request.header, call, place: { _ in .field("id") }) {
            DisableSystemResponse($0[0])
        }
    }

    @Sendable func list(_ request: ListSystemsRequest, _ call: Call<ListSystemsResponse>) {
        let published = core.live.current
        let scope = ChangeScope(of: call.caller, in: published)
        let all = published.state.allSystems().filter { scope.reaches(Set($0.record.controllers)) }
        do throws(WireError) {
            let (items, page) = try Paging.page(all, request.page, in: published.state) { $0.record.id.identifier }
            call.answer(
                ListSystemsResponse(
                    items.map { FiledSystem($0.record, version: $0.version, registeredAt: $0.registeredAt) }, page: page
                ))
        } catch { call.fail(Failures.malformed(error)) }
    }
}

extension Failures {
    static func reservedID(_ id: SystemID) -> RPCStatus {
        let problem =
            "\(id) stands in the ledger for a caller that is registered as no system: give the system another id"
        let violation = StatusDetails.FieldViolation(field: "system.id", description: problem)
        return RPCStatus(
            .invalidArgument, "`system.id`: \(problem)",
            StatusDetails(errorInfo: .init(reason: "MALFORMED", domain: domain), fieldViolations: [violation]))
    }

    static func permissionsApart(_ one: Permission, _ others: [Permission]) -> RPCStatus {
        let problem =
            "no system has \(one.word) together with \(others.map(\.word).joined(separator: " or ")): register two "
            + "systems, each with a certificate of its own"
        let violation = StatusDetails.FieldViolation(field: "system.permissions", description: problem)
        return RPCStatus(
            .invalidArgument, "`system.permissions`: \(problem)",
            StatusDetails(errorInfo: .init(reason: "MALFORMED", domain: domain), fieldViolations: [violation]))
    }
}
