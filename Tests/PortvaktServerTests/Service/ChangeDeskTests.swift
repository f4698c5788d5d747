import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

@testable import PortvaktServer

private func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

/// In whose name a change stands, and what its refusal is called.
@Suite("Changes that calls make", .timeLimit(.minutes(10)))
struct ChangeDeskTests {
    private static func person(
        _ name: String, for controller: String, actor: Actor? = nil, requestID: String? = nil
    ) -> RegisterRecordsRequest {
        RegisterRecordsRequest(
            header: ChangeHeader(
                requestID: requestID.map(TestTown.id), controller: id(controller), actor: actor),
            records: [.person(Person(id: id(name), born: nil))])
    }

    @Test("A change stands for the controller that the request names, not for another one of the system's")
    func header() async throws {
        let store = MemoryStore()
        try await TestTown.run(store) { service in
            let both = System(
                id: id("nabo"), identity: .spiffe("spiffe://portvakt.test/nabo"),
                controllers: [id("kommune-a"), id("kommune-b")], permissions: [.register])
            let administrator = try service.channel(as: "administrator")
            let _: RegisterSystemResponse = try await administrator.call(
                .registerSystem, RegisterSystemRequest(header: TestTown.header(), system: both))
            let nabo = try service.channel(as: "nabo")
            for controller in ["kommune-b", "kommune-a"] {
                let _: RegisterRecordsResponse = try await nabo.call(
                    .registerRecords,
                    Self.person(
                        "p-\(controller)", for: controller, actor: .employment(id("larer")),
                        requestID: "r-\(controller)"))
            }
        }
        let changes = try RecordedLedger(reading: store, node: TestTown.node).changes.suffix(2).map(\.change)
        #expect(changes.map { $0?.controller } == [id("kommune-b"), id("kommune-a")])
        #expect(changes.allSatisfy { $0?.system == id("nabo") && $0?.actor == .employment(id("larer")) })
        #expect(changes.map { $0?.requestID } == [TestTown.id("r-kommune-b"), TestTown.id("r-kommune-a")])
    }

    @Test("An administrator that is registered as a system changes for that system's controllers alone")
    func registeredAdministrator() async throws {
        try await TestTown.run { service in
            let administrator = try service.channel(as: "administrator")
            let own = System(
                id: id("drift"), identity: TestTown.administrator, controllers: [id("kommune-a")],
                permissions: [.administer, .register])
            let _: RegisterSystemResponse = try await administrator.call(
                .registerSystem, RegisterSystemRequest(header: TestTown.header(), system: own))
            for (controller, code) in [("kommune-a", StatusCode.ok), ("kommune-b", .notFound)] {
                let ended = try await status {
                    let response: RegisterRecordsResponse = try await administrator.call(
                        .registerRecords, Self.person("p-\(controller)", for: controller))
                    return response
                }
                #expect(ended.code == code, "\(controller): \(ended.message)")
            }
        }
    }

    @Test("Each failure of the writer has its status, and says whether the same request may be tried again")
    func failures() {
        for (failure, status, code, reason) in [
            (ChangeFailure.unrecorded(.full), Failures.busy, StatusCode.resourceExhausted, "BUSY"),
            (.unrecorded(.broken), Failures.uncertain, .unavailable, "UNRECORDED"),
            (.unrecorded(.stopped), Failures.unrecorded, .unavailable, "UNRECORDED"),
            (.requestIDReused, Failures.requestIDReused, .alreadyExists, "REQUEST_ID_REUSED"),
        ] {
            let found = Failures.failed(failure) { _ in .field("id") }
            #expect(found == status && found.code == code, "\(failure)")
            #expect(
                found.parsedDetails?.errorInfo?.reason == reason && found.parsedDetails?.errorInfo?.domain == "portvakt"
            )
        }
        for (refusal, status) in [
            (ChangeScope.Refusal.controller, Failures.notFound), (.record, Failures.notFound),
            (.permission(.administer), Failures.permissionDenied), (.everyController, Failures.notForAll),
        ] { #expect(Failures.outOfScope(refusal) == status, "\(refusal)") }
        #expect(Failures.notForAll.message != Failures.permissionDenied.message)
    }
}
