internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// `Registry`: records of every kind, and imports of many.
struct RegistryHandlers: Sendable {
    let core: ServiceCore

    var methods: [RPCMethod] {
        let builder = MethodBuilder(core: core)
        return [
            builder.unary(.registerRecords, register), builder.unary(.getRecord, get),
            builder.list(.listRecords, list),
            builder.unary(.stage, stage), builder.unary(.commit, commit), builder.unary(.discard, discard),
        ] + SystemHandlers(core: core).methods(builder)
    }

    private var desk: ChangeDesk { ChangeDesk(core: core) }

    @Sendable func register(_ request: RegisterRecordsRequest, _ call: Call<RegisterRecordsResponse>) {
        guard let events = events(request.records, call.admitted) else { return }
        desk.register(
            events, request.header, call, place: { .any(request.records[$0], in: "records[\($0)]") }
        ) { RegisterRecordsResponse($0) }
    }

    @Sendable func get(_ request: GetRecordRequest, _ call: Call<GetRecordResponse>) {
        let published = core.live.current
        guard mayRead(request.kind, call.admitted, published) else { return }
        let controllers = RecordScope(state: published.state).controllers(of: request.kind, request.id)
        guard let controllers, ChangeScope(of: call.caller, in: published).reaches(controllers),
            let filed = published.state.filedRecord(request.kind, request.id)
        else { return call.fail(Failures.notFound) }
        call.answer(GetRecordResponse(FiledRecord(filed)))
    }

    @Sendable func list(_ request: ListRecordsRequest, _ call: Call<ListRecordsResponse>) {
        let published = core.live.current
        guard mayRead(request.kind, call.admitted, published) else { return }
        let scope = ChangeScope(of: call.caller, in: published)
        // A pass over every id of the kind: not on an event loop.
        call.offLoop {
            let state = published.state
            let records = RecordScope(state: state)
            do throws(WireError) {
                let cursor = try Paging.cursor(request.page)
                let found = state.recordIDs(request.kind, after: cursor, limit: request.page.size) { id in
                    scope.reaches(records.controllers(of: request.kind, id) ?? [])
                }
                let items = found.items.compactMap { state.filedRecord(request.kind, $0).map { FiledRecord($0) } }
                return ListRecordsResponse(items, page: Paging.page(found, in: state))
            } catch {
                throw Failures.malformed(error)
            }
        }
    }

    /// A system is shown by ListSystems only; the other kinds need the permission of their kind.
    private func mayRead(_ kind: RecordKind, _ call: AdmittedCall, _ published: Published) -> Bool {
        guard kind != .system else {
            call.fail(Failures.malformed(WireError(.misplaced, field: "kind")))
            return false
        }
        guard call.caller.may(kind.permission, in: published) else {
            call.fail(Failures.permissionDenied)
            return false
        }
        return true
    }

    /// The registrations of records; systems have a call of their own. Fails the call and gives nil otherwise.
    private func events(_ records: [Record], _ call: AdmittedCall) -> [Event]? {
        for (index, record) in records.enumerated() where record.kind == .system {
            call.fail(Failures.malformed(WireError(.misplaced, field: "records[\(index)].system")))
            return nil
        }
        return records.map(Event.registered)
    }

    // MARK: Imports

    @Sendable func stage(_ request: StageRequest, _ call: Call<StageResponse>) {
        guard events(request.records, call.admitted) != nil else { return }
        do throws(ImportShelf.Refusal) {
            let staged = try core.imports.stage(
                request.records, chunk: UInt32(request.chunk), importID: request.importID,
                system: system(call.admitted),
                at: core.clock.now())
            call.answer(StageResponse(staged: staged))
        } catch { call.fail(Failures.staged(error)) }
    }

    @Sendable func commit(_ request: CommitRequest, _ call: Call<CommitResponse>) {
        do throws(ImportShelf.Refusal) {
            let records = try core.imports.take(
                importID: request.importID, system: system(call.admitted), chunks: request.chunks,
                records: request.records, again: request.header.requestID != nil, at: core.clock.now())
            let events = records.map(Event.registered)
            desk.register(
                events, request.header, call, place: { .any(records[$0], in: "records[\($0)]") }
            ) { receipts in
                CommitResponse(
                    records: receipts.count, first: receipts[0], last: receipts[receipts.count - 1])
            }
        } catch { call.fail(Failures.staged(error)) }
    }

    @Sendable func discard(_ request: DiscardRequest, _ call: Call<DiscardResponse>) {
        core.imports.discard(importID: request.importID, system: system(call.admitted))
        call.answer(DiscardResponse())
    }

    private func system(_ call: AdmittedCall) -> SystemID {
        call.caller.registered(in: core.live.current).system?.id ?? ChangeDesk.administratorID
    }
}

extension FiledRecord {
    init(_ filed: Filed<Record>) {
        self.init(filed.record, version: filed.version, registeredAt: filed.registeredAt)
    }
}
