import PortvaktCore
import PortvaktWire
import Testing

@Suite("Records, changes and lists come out as they went in")
struct RecordRoundTripTests {
    static let seeds = (0..<60).map { _ in UInt64.random(in: 0...UInt64.max) }

    @Test("Every kind of record", arguments: RecordKind.allCases, seeds.prefix(20))
    func record(kind: RecordKind, seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        let response = GetRecordResponse(
            FiledRecord(model.record(of: kind), version: Revision(model.number()), registeredAt: model.instant()))
        #expect(try roundTrip(response) == response, "seed \(seed)")
    }

    @Test("Consents", arguments: seeds)
    func consents(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        var stated = model.consent()
        stated.state = .given
        stated.registeredAt = .distantPast
        stated.withdrawnAt = nil
        stated.spentAt = nil
        try same(GiveConsentRequest(header: model.header(), consent: stated), seed)
        try same(GiveConsentResponse(model.receipt()), seed)
        try same(
            WithdrawConsentRequest(header: model.header(), id: model.id(), at: model.perhaps { $0.instant() }), seed)
        try same(WithdrawConsentResponse(model.receipt()), seed)
        try same(RevokeConsentRequest(header: model.header(), id: model.id(), at: model.perhaps { $0.instant() }), seed)
        try same(RevokeConsentResponse(model.receipt()), seed)
        try same(InvalidateConsentRequest(header: model.header(), id: model.id()), seed)
        try same(InvalidateConsentResponse(model.receipt()), seed)
        try same(GetConsentRequest(model.id()), seed)
        let filed = FiledConsent(model.consent(), version: Revision(model.number()), registeredAt: model.instant())
        try same(GetConsentResponse(filed), seed)
        let scope: ConsentScope = model.flag() ? .caseID(model.id()) : .subject(model.id())
        try same(ListConsentsRequest(of: scope, states: model.list { $0.word() }, page: model.pageRequest()), seed)
        try same(ListConsentsResponse([filed], page: model.page()), seed)
    }

    @Test("Grants", arguments: seeds)
    func grants(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        var stated = model.grant()
        stated.revokedAt = nil
        try same(AddGrantRequest(header: model.header(), grant: stated), seed)
        try same(AddGrantResponse(model.receipt()), seed)
        try same(RevokeGrantRequest(header: model.header(), id: model.id(), at: model.perhaps { $0.instant() }), seed)
        try same(RevokeGrantResponse(model.receipt()), seed)
        try same(ListGrantsRequest(caseID: model.id(), page: model.pageRequest()), seed)
        let filed = FiledGrant(model.grant(), version: Revision(model.number()), registeredAt: model.instant())
        try same(ListGrantsResponse([filed], page: model.page()), seed)
    }

    @Test("The registry", arguments: seeds)
    func registry(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        try same(RegisterRecordsRequest(header: model.header(), records: model.list(1...9) { $0.anyRecord() }), seed)
        try same(RegisterRecordsResponse(model.list(1...9) { $0.receipt() }), seed)
        try same(GetRecordRequest(kind: .person, id: model.identifier()), seed)
        try same(ListRecordsRequest(kind: .meeting, page: model.pageRequest()), seed)
        let filed = FiledRecord(model.anyRecord(), version: Revision(model.number()), registeredAt: model.instant())
        try same(ListRecordsResponse([filed], page: model.page()), seed)
        try same(
            StageRequest(importID: model.identifier(), chunk: 7, records: model.list(1...9) { $0.anyRecord() }), seed)
        try same(StageResponse(staged: 70), seed)
        try same(CommitRequest(header: model.header(), importID: model.identifier(), chunks: 8, records: 77), seed)
        try same(CommitResponse(records: 77, first: model.receipt(), last: model.receipt()), seed)
        try same(DiscardRequest(importID: model.identifier()), seed)
        try same(DiscardResponse(), seed)
        try same(RegisterSystemRequest(header: model.header(), system: model.system()), seed)
        try same(RegisterSystemResponse(model.receipt()), seed)
        try same(ListSystemsRequest(page: model.pageRequest()), seed)
        let system = FiledSystem(model.system(), version: Revision(model.number()), registeredAt: model.instant())
        try same(ListSystemsResponse([system], page: model.page()), seed)
        try same(DisableSystemRequest(header: model.header(), id: model.id()), seed)
        try same(DisableSystemResponse(model.receipt()), seed)
    }

    @Test("The audit", arguments: seeds)
    func audit(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        try same(
            QueryRequest(
                subject: model.perhaps { $0.id() }, actor: model.perhaps { $0.actor() },
                unit: model.perhaps { $0.id() },
                system: model.perhaps { $0.id() }, object: model.perhaps { $0.object() },
                caseID: model.perhaps { $0.id() }, effects: model.list { $0.word() }, reasons: model.list { $0.word() },
                actions: model.list { $0.word() }, time: model.validity(), emergenciesOnly: model.flag(),
                requestID: model.perhaps { $0.identifier() }, page: model.pageRequest()), seed)
        try same(QueryResponse(model.list { $0.auditEntry() }, page: model.page()), seed)
        try same(ShowRequest(stream: "decisions/node-1", index: model.number()), seed)
        try same(ShowResponse(model.auditEntry(), explanation: Explanation(steps: model.explanation())), seed)
    }

    @Test("Policy profiles", arguments: seeds.prefix(10))
    func policy(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        try same(ActiveProfileRequest(), seed)
        try same(
            ActiveProfileResponse(
                model.profile(), from: model.perhaps { $0.instant() }, next: model.perhaps { $0.profile() },
                nextFrom: model.perhaps { $0.instant() }), seed)
        try same(GetProfileRequest.name(model.identifier()), seed)
        try same(GetProfileRequest.hash(model.hash()), seed)
        try same(GetProfileResponse(model.profile(), file: model.hash()), seed)
        try same(
            ActivateProfileRequest(
                header: model.header(), profile: model.profile(), from: model.perhaps { $0.instant() }), seed)
        try same(ActivateProfileResponse(model.receipt()), seed)
        try same(ValidateProfileRequest(file: model.hash()), seed)
        let problem = ProfileProblem(
            line: 3, column: 9, path: "meetings.fagmote", problem: model.prose(),
            suggestion: model.perhaps { $0.prose() })
        try same(ValidateProfileResponse(profile: model.perhaps { $0.profile() }, problems: [problem]), seed)
        try same(ListProfilesRequest(), seed)
        try same(ListProfilesResponse(model.list { $0.profile() }), seed)
    }

    func same<Message: WireMessage & Equatable>(_ message: Message, _ seed: UInt64) throws {
        #expect(try roundTrip(message) == message, "seed \(seed)")
    }
}
