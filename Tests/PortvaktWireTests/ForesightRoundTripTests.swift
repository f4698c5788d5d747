import PortvaktCore
import Testing

@testable import PortvaktWire

@Suite("The messages of foresight and of testing go both ways")
struct ForesightRoundTripTests {
    static let seeds = RecordRoundTripTests.seeds

    private func same<Message: WireMessage & Equatable>(_ message: Message, _ seed: UInt64) throws {
        try RecordRoundTripTests().same(message, seed)
    }

    private func held(_ model: inout RandomModel) -> HeldAccess {
        HeldAccess(
            Access(
                actor: model.actor(), action: model.word(), object: .caseID(model.id()), basis: model.word(),
                until: model.perhaps { $0.instant() }), to: model.id())
    }

    @Test("Requests", arguments: seeds.prefix(20))
    func requests(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        try same(WhoRequest(caseID: model.id(), page: model.pageRequest()), seed)
        try same(WhatRequest(actor: model.actor(), page: model.pageRequest()), seed)
        try same(DueRequest(days: 60, caseID: model.perhaps { $0.id() }, page: model.pageRequest()), seed)
        let proposals: [Proposal] = [
            .withdrawConsent(model.id()), .revokeConsent(model.id()), .invalidateConsent(model.id()),
            .revokeGrant(model.id()), .endAuthority(model.id()), .endEmployment(model.id()), .closeLog(model.id()),
            .record(.controller(Controller(id: model.id(), kind: .kommune))),
        ]
        try same(SimulateRequest(proposals, then: model.instant(), cases: [model.id()]), seed)
        try same(SimulateRequest([], turning: Birthday(person: model.id(), age: 16)), seed)
        try same(SetClockRequest(model.perhaps { $0.instant() }), seed)
        try same(ActAsRequest(model.perhaps { $0.id() }), seed)
        for fault in TestingFault.allCases { try same(FailRequest(fault), seed) }
    }

    @Test("Answers", arguments: seeds.prefix(20))
    func answers(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        let page = Page(nextCursor: [1, 2], complete: false, revision: Revision(model.number()))
        try same(WhoResponse([held(&model)], page: page), seed)
        try same(WhatResponse([held(&model), held(&model)], page: page), seed)
        let changes = [
            AccessChange(held(&model), appears: true),
            AccessChange(held(&model), appears: false, lostBy: .denyConsentWithdrawn),
        ]
        try same(SimulateResponse(changes, page: page, then: model.instant()), seed)
        let coming = [
            Coming(caseID: model.id(), kind: .person, id: model.identifier(), age: 16, at: model.instant()),
            Coming(caseID: model.id(), at: nil, breaks: held(&model)),
        ]
        try same(DueResponse(coming, page: page), seed)
        try same(SetClockResponse(model.instant()), seed)
    }

    @Test("An instant out of range is told as people write it, and an end that every instant has is not told")
    func instants() {
        let all = WireLimits.instants
        func said(_ range: ClosedRange<Int64>) -> String {
            WireError(.instantOutOfRange(range), field: "at").description
        }
        #expect(said(all.lowerBound...0) == "`at` is out of range: give 1970-01-01T00:00:00Z or an earlier instant")
        #expect(said(0...all.upperBound) == "`at` is out of range: give 1970-01-01T00:00:00Z or a later instant")
        #expect(
            said(0...1)
                == "`at` is out of range: give an instant from 1970-01-01T00:00:00Z to 1970-01-01T00:00:00.001Z")
    }

    @Test("What is out of range or contradicts itself is refused")
    func refusals() throws {
        var model = RandomModel(seed: 1)
        #expect(throws: WireError.self) { _ = try roundTrip(DueRequest(days: 0)) }
        #expect(throws: WireError.self) { _ = try roundTrip(DueRequest(days: 3661)) }
        #expect(throws: WireError.self) {
            _ = try roundTrip(SimulateRequest([], turning: Birthday(person: model.id(), age: 0)))
        }
        let both = SimulateRequest([], then: model.instant(), turning: Birthday(person: model.id(), age: 16))
        #expect(throws: WireError.self) { _ = try roundTrip(both) }
        let many = (0...SimulateRequest.maximumProposals).map { _ in Proposal.closeLog(model.id()) }
        #expect(throws: WireError.self) { _ = try roundTrip(SimulateRequest(many)) }
    }
}
