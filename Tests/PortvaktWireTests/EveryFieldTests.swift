import PortvaktCore
import Testing

@testable import PortvaktWire

@Suite("Every field of every message")
struct EveryFieldTests {
    /// What goes over the wire, by the calls' own messages. Whatever stands in them is looked at with them.
    static let messages: [any WireMessage.Type] = [
        CheckRequest.self, CheckResponse.self, CheckManyRequest.self, CheckManyResponse.self, CheckEachRequest.self,
        CheckEachResponse.self, ExplainRequest.self, ExplainResponse.self, GiveConsentRequest.self,
        GiveConsentResponse.self, WithdrawConsentRequest.self, WithdrawConsentResponse.self, RevokeConsentRequest.self,
        RevokeConsentResponse.self, InvalidateConsentRequest.self, InvalidateConsentResponse.self,
        GetConsentRequest.self, GetConsentResponse.self, ListConsentsRequest.self, ListConsentsResponse.self,
        RequestConsentRequest.self, RequestConsentResponse.self, RefuseConsentRequest.self, RefuseConsentResponse.self,
        RenewConsentRequest.self, RenewConsentResponse.self, ExtendConsentRequest.self, ExtendConsentResponse.self,
        ConsentReceiptRequest.self, ConsentReceiptResponse.self, ExportConsentRequest.self, ExportConsentResponse.self,
        AddGrantRequest.self, AddGrantResponse.self, RevokeGrantRequest.self, RevokeGrantResponse.self,
        ListGrantsRequest.self, ListGrantsResponse.self, RequestGrantRequest.self, RequestGrantResponse.self,
        PendingGrantsRequest.self, PendingGrantsResponse.self, ApproveGrantRequest.self, ApproveGrantResponse.self,
        RefuseGrantRequest.self, RefuseGrantResponse.self, WatchChangesRequest.self, WatchChangesResponse.self,
        RegisterRecordsRequest.self, RegisterRecordsResponse.self, GetRecordRequest.self, GetRecordResponse.self,
        ListRecordsRequest.self, ListRecordsResponse.self, StageRequest.self, StageResponse.self, CommitRequest.self,
        CommitResponse.self, DiscardRequest.self, DiscardResponse.self, RegisterSystemRequest.self,
        RegisterSystemResponse.self, ListSystemsRequest.self, ListSystemsResponse.self, DisableSystemRequest.self,
        DisableSystemResponse.self, QueryRequest.self, QueryResponse.self, ShowRequest.self, ShowResponse.self,
        ReplayRequest.self, ReplayResponse.self, StatementRequest.self, StatementResponse.self,
        AccessReviewRequest.self, AccessReviewResponse.self, ReviewsRequest.self, ReviewsResponse.self,
        ReviewRequest.self, ReviewResponse.self, UnusualRequest.self, UnusualResponse.self, EraseRequest.self,
        EraseResponse.self, RetainRequest.self, RetainResponse.self, ProveRequest.self, ProveResponse.self,
        CheckpointRequest.self, CheckpointResponse.self, WhoRequest.self, WhoResponse.self, WhatRequest.self,
        WhatResponse.self, SimulateRequest.self, SimulateResponse.self, DueRequest.self, DueResponse.self,
        ActiveProfileRequest.self, ActiveProfileResponse.self, GetProfileRequest.self, GetProfileResponse.self,
        ActivateProfileRequest.self, ActivateProfileResponse.self, ValidateProfileRequest.self,
        ValidateProfileResponse.self, ListProfilesRequest.self, ListProfilesResponse.self, SetClockRequest.self,
        SetClockResponse.self, ResetRequest.self, ResetResponse.self, ActAsRequest.self, ActAsResponse.self,
        FailRequest.self, FailResponse.self,
    ]

    @Test("is taken under its own name, and sent again as it came", arguments: 0..<messages.count)
    func both(place: Int) throws { try Self.check(Self.messages[place]) }

    @Test("is looked at: no call has another message")
    func complete() {
        let known = Set(Self.messages.map { ProtoMessage(of: $0).name })
        for service in ProtoMessage.services {
            for (input, output) in service.calls {
                #expect(known.contains(input.name) && known.contains(output.name), "\(input.name), \(output.name)")
            }
        }
    }

    private static func check<Message: WireMessage>(_ type: Message.Type) throws {
        let proto = ProtoMessage(of: type)
        for variant in 0..<FilledMessage.variants {
            let filled = FilledMessage(proto, variant: variant)
            let message: Message
            do { message = try WireCoder().decode(type, filled.bytes) } catch {
                Issue.record("\(proto.name), variant \(variant): \(error)")
                continue
            }
            let again = WireCoder().encode(message) { unsafe [UInt8]($0) }
            #expect(again == filled.bytes, "\(proto.name), variant \(variant)")
            let taken = TakenMessage(message)
            let lost = filled.leaves.filter { !taken.has($0) }
            #expect(
                lost.isEmpty,
                "\(proto.name), variant \(variant): \(lost.map { "\($0) is \(taken.names(of: $0.value))" })")
        }
    }
}
