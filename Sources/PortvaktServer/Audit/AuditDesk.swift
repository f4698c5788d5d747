internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

/// What a call of the audit reads, as its entry will say.
struct AuditReading: Sendable {
    var call: AuditCall
    var reader: StatedReader?
    /// The other person, where two act together.
    var second: Actor?
    var subjects: [PersonID] = []
    var caseID: CaseID?
    var entries: [AuditRecord.Place] = []
    /// The filters in words.
    var filters = ""
    /// An attempt that found nothing, or was not allowed.
    var isRefused = false

    /// The filters and the stated reason, cut to what an entry holds.
    var text: String {
        let parts = [filters, reader?.why ?? ""].filter { !$0.isEmpty }
        let text = parts.joined(separator: "; why: ")
        // What a reader states is no mark of the service's.
        let mark = isRefused ? Self.refusalMark : text.hasPrefix(Self.refusalMark) ? "why: " : ""
        return (mark + text).cut(toBytes: EntryCodec.maximumTextBytes)
    }

    /// The text of an attempt begins with it, and no other reading's.
    fileprivate static let refusalMark = "refused: "
}

extension AuditRecord {
    /// An attempt to read that was refused. What somebody did, and said an outcome of, was not.
    var isRefusal: Bool { outcome == nil && text.hasPrefix(AuditReading.refusalMark) }
}

/// Lets the audit be read: works out what the reader may see, reads, records the reading, and only then answers.
struct AuditDesk: Sendable {
    let core: ServiceCore

    /// Reads on a thread of its own, and answers when the reading's entry is durable.
    /// - Parameters:
    ///   - reading: what is read, before it is known what is found.
    ///   - found: completes it from the answer.
    ///   - work: blocks.
    func read<Response>(
        _ call: Call<Response>, _ reading: AuditReading,
        found: @escaping @Sendable (Response, inout AuditReading) -> Void = { _, _ in },
        work: @escaping @Sendable (AuditScope) throws -> Response
    ) {
        read(call.admitted, reading) { scope in
            let response = try work(scope)
            var reading = reading
            found(response, &reading)
            return (reading, { call.answer(response) })
        }
    }

    /// - Parameter work: blocks; gives what its entry says, and what answers on the call's loop.
    private func read(
        _ call: AdmittedCall, _ reading: AuditReading,
        work: @escaping @Sendable (AuditScope) throws -> (AuditReading, @Sendable () -> Void)
    ) {
        let published = core.live.current
        let system = call.caller.registered(in: published).system
        let now = core.clock.now()
        core.blocking(for: call) {
            try work(try AuditScope(of: reading.reader, system, in: published.state, at: now))
        } then: { result in
            call.onLoop {
                switch result {
                case .success(let (reading, answer)): record(reading, call, then: answer)
                case .failure(let status as RPCStatus): fail(status, reading, call)
                case .failure(let error): call.fail(Failures.read(error))
                }
            }
        }
    }

    /// An attempt that found nothing, or was not allowed, is recorded too.
    func fail(_ status: RPCStatus, _ reading: AuditReading, _ call: AdmittedCall) {
        guard status.code == .notFound || status.code == .permissionDenied else { return call.fail(status) }
        var refused = reading
        refused.isRefused = true
        record(refused, call) { call.fail(status) }
    }

    /// Records, then goes on; without a durable entry nothing is answered.
    private func record(_ reading: AuditReading, _ call: AdmittedCall, then: @escaping @Sendable () -> Void) {
        append(entry(of: reading, call), call) { _ in then() }
    }

    /// The entry of a reading.
    func entry(of reading: AuditReading, _ call: AdmittedCall) -> AuditRecord {
        let state = core.live.current.state
        var role: EmploymentRole?
        if case .employment(let id)? = reading.reader?.actor { role = state.employment(id)?.record.role }
        var record = AuditRecord(
            call: reading.call, system: call.registered.asking.id, at: core.clock.now(), revision: state.revision,
            actor: reading.reader?.actor, role: role,
            subjects: Array(reading.subjects.prefix(EntryCodec.maximumItems)), caseID: reading.caseID,
            controller: Self.controller(of: reading.reader, call.registered.system, state),
            entries: Array(reading.entries.prefix(EntryCodec.maximumItems)), text: reading.text)
        record.second = reading.second
        return record
    }

    /// For whom somebody reads: as stated, or the one that the stated employment is for, or the system's only one.
    private static func controller(
        of reader: StatedReader?, _ system: PortvaktCore.System?, _ state: Snapshot
    ) -> ControllerID? {
        if let stated = reader?.controller { return stated }
        if case .employment(let id)? = reader?.actor, let employment = state.employment(id)?.record,
            let own = state.controller(of: employment),
            system?.controllers.contains(own) == true
        {
            return own
        }
        return system?.onlyController
    }

    /// Appends an entry and goes on when it is durable; otherwise the call fails.
    func append(
        _ record: AuditRecord, _ call: AdmittedCall, then: @escaping @Sendable (DurableEntry) -> Void
    ) {
        call.tools.lane.append(record) { outcome in
            switch outcome {
            case .success(let entry): then(entry)
            case .failure(.full): call.fail(Failures.busy)
            case .failure: call.fail(Failures.unrecorded)
            }
        }
    }
}

extension Failures {
    /// An error of reading the ledger.
    static func read(_ error: any Error) -> RPCStatus {
        switch error {
        case let status as RPCStatus: status
        case let error as DecisionReplay.Obstacle: lacking(error.description)
        default: internalError(error)
        }
    }
}

extension PortvaktCore.System {
    /// The controller that it is registered for, when there is one only.
    fileprivate var onlyController: ControllerID? { controllers.count == 1 ? controllers[0] : nil }
}

extension String {
    /// At most so many bytes of UTF-8, whole characters.
    func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var text = ""
        var count = 0
        for character in self {
            count += character.utf8.count
            if count > limit { break }
            text.append(character)
        }
        return text
    }
}

extension EntryReference {
    /// `STREAM#INDEX`.
    var reference: String { "\(stream)#\(index)" }
}

extension AuditRecord.Place {
    /// `STREAM#INDEX`.
    var reference: String { "\(stream)#\(index)" }

    /// - Returns: `nil` when it is no `STREAM#INDEX`.
    init?(_ reference: String) {
        let parts = reference.split(separator: "#", omittingEmptySubsequences: false)
        guard parts.count == 2, let stream = StreamID(String(parts[0])), let index = UInt64(parts[1]) else {
            return nil
        }
        self.init(stream: stream, index: index)
    }
}
