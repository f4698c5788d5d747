internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

extension AuditHandlers {
    /// `Audit.Erase`: erases what is personal in entries, by two persons, recorded before it is done.
    @Sendable func erase(_ request: EraseRequest, _ call: Call<EraseResponse>) {
        let core = core
        core.blocking(for: call.admitted) { () throws -> Erasure in
            try Erasure(request, call.registered.system, core)
        } then: { result in
            call.onLoop {
                switch result {
                case .failure(let error):
                    let reading = AuditReading(
                        call: .retention, reader: StatedReader(actor: request.first), second: request.second,
                        subjects: request.subject.map { [$0] } ?? [],
                        entries: request.entries.compactMap { AuditRecord.Place($0) }, filters: "erase")
                    AuditDesk(core: core).fail(Failures.read(error), reading, call.admitted)
                case .success(let erasure) where request.dryRun || erasure.indices.isEmpty:
                    let reading = AuditReading(
                        call: .retention, reader: StatedReader(actor: request.first), second: request.second,
                        entries: erasure.places, filters: "erase, dry run")
                    let desk = AuditDesk(core: core)
                    desk.append(desk.entry(of: reading, call.admitted), call.admitted) { _ in
                        call.answer(EraseResponse(count: UInt64(erasure.indices.count)))
                    }
                case .success(let erasure): carryOut(erasure, request, call)
                }
            }
        }
    }

    /// The entry is durable before anything is erased.
    private func carryOut(_ erasure: Erasure, _ request: EraseRequest, _ call: Call<EraseResponse>) {
        let core = core
        let desk = AuditDesk(core: core)
        let reading = AuditReading(
            call: .erased, reader: StatedReader(actor: request.first), second: request.second,
            entries: erasure.places, filters: request.reason)
        var record = desk.entry(of: reading, call.admitted)
        record.controller = erasure.controller
        desk.append(record, call.admitted) { entry in
            core.blocking { () throws -> Int in
                try core.erase(erasure.indices)
            } then: { result in
                call.onLoop {
                    switch result {
                    case .success(let count):
                        call.answer(EraseResponse(count: UInt64(count), entry: EntryReference(entry)))
                    case .failure(let error): call.fail(Failures.read(error))
                    }
                }
            }
        }
    }
}

extension ServiceCore {
    /// Erases entries of this node's decisions, in the ledger and in what is kept beside it. Blocks.
    /// - Returns: how many openings were there.
    func erase(_ indices: some Sequence<UInt64>) throws -> Int {
        let (ledger, stream, indices) = (ledger, ledger.decisions, Set(indices))
        let count =
            try follower.map { try $0.rebuild { try ledger.erase(indices, of: stream) } }
            ?? ledger.erase(indices, of: stream)
        counters.reviews.forget(indices.map { AuditRecord.Place(stream: stream, index: $0) })
        return count
    }
}

extension EntryReference {
    init(_ entry: DurableEntry) {
        self.init(stream: entry.stream.description, index: entry.index, block: entry.sequence)
    }
}

/// Two persons who together may erase: a personvernombud, and another person at work for the same controller.
struct TwoPersons: Sendable {
    let controller: ControllerID

    init(
        _ first: Actor, _ second: Actor, _ system: PortvaktCore.System?, in state: Snapshot, at now: Instant
    ) throws(RPCStatus) {
        guard let one = Self.employment(first, state, now), let other = Self.employment(second, state, now),
            one.employment.person != other.employment.person, one.controller == other.controller,
            one.employment.role == .personvernombud || other.employment.role == .personvernombud,
            system?.controllers.contains(one.controller) == true
        else { throw Failures.twoPersons }
        controller = one.controller
    }

    private static func employment(
        _ actor: Actor, _ state: Snapshot, _ now: Instant
    ) -> (employment: Employment, controller: ControllerID)? {
        guard case .employment(let id) = actor, let employment = state.employment(id)?.record,
            employment.validity.contains(now),
            let controller = state.controller(of: employment)
        else { return nil }
        return (employment, controller)
    }
}

extension Failures {
    static let twoPersons = RPCStatus(
        .permissionDenied,
        "two persons erase together: give two employments of two persons of one controller, one of them its personvernombud",
        StatusDetails(errorInfo: .init(reason: "TWO_PERSONS", domain: domain)))

    static let awaitsReview = RPCStatus(
        .failedPrecondition, "an emergency access among them still awaits its review: it cannot be erased before",
        StatusDetails(errorInfo: .init(reason: "AWAITS_REVIEW", domain: domain)))
}

/// What is to be erased: checked, nothing done yet.
struct Erasure: Sendable {
    /// Entries of one request, at most: an entry's list holds them.
    static let maximumEntries = EntryCodec.maximumItems

    let indices: [UInt64]
    let places: [AuditRecord.Place]
    let controller: ControllerID

    /// Blocks.
    init(_ request: EraseRequest, _ system: PortvaktCore.System?, _ core: ServiceCore) throws {
        let state = core.live.current.state
        let two = try TwoPersons(request.first, request.second, system, in: state, at: core.clock.now())
        controller = two.controller
        guard !request.reason.isEmpty else { throw Failures.malformed(WireError(.missing, field: "reason")) }
        guard request.entries.isEmpty != (request.subject == nil) else {
            let problem: WireError.Problem = request.entries.isEmpty ? .missing : .misplaced
            throw Failures.malformed(WireError(problem, field: "subject"))
        }
        let reader = AuditReader(
            core, try AuditScope(of: StatedReader(controller: controller), system, in: state, at: core.clock.now()))
        let found =
            try request.subject.map { try Self.entries(about: $0, reader) }
            ?? Self.named(request.entries, reader)
        let tasks = try ReviewTasks.gathered(core)
        let stream = core.ledger.decisions
        places = found.map { AuditRecord.Place(stream: stream, index: $0) }
        for place in places {
            if let task = tasks.shelf.task(place), !tasks.awaits(task).isEmpty { throw Failures.awaitsReview }
        }
        indices = found
    }

    private static func named(_ entries: [String], _ reader: AuditReader) throws -> [UInt64] {
        guard entries.count <= maximumEntries else {
            throw Failures.malformed(WireError(.tooMany(limit: maximumEntries), field: "entries"))
        }
        var seen: Set<UInt64> = []
        return try entries.enumerated().compactMap { position, text in
            guard let place = AuditRecord.Place(text), place.stream == reader.ledger.decisions else {
                throw Failures.malformed(WireError(.badEntry, field: "entries[\(position)]"))
            }
            guard seen.insert(place.index).inserted else {
                throw Failures.malformed(WireError(.duplicate, field: "entries[\(position)]"))
            }
            guard let found = try reader.entry(of: place.stream, at: place.index) else { throw Failures.notFound }
            return found.body == nil ? nil : place.index
        }
    }

    /// The newest entries about a person, however many the reader passes over between them.
    static func entries(
        about subject: PersonID, _ reader: AuditReader, limit: Int = maximumEntries
    ) throws -> [UInt64] {
        var found: [UInt64] = []
        var next: UInt64?
        var filter = AuditFilter()
        filter.subject = subject
        repeat {
            let page = try reader.decisions(filter, before: next, limit: limit - found.count)
            found += page.entries.map(\.entry.index)
            next = page.next
        } while next != 0 && found.count < limit
        return found
    }
}
