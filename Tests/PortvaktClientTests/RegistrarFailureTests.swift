import PortvaktRPC
import PortvaktWire
import Testing

@testable import PortvaktClient

@Suite("Why a registrar's change was not made")
struct RegistrarFailureTests {
    /// By grpc/doc/statuscodes.md: what the service says of a request is a refusal, what it says of the caller a permission, and
    /// after everything else the change may have been made.
    private static let kinds: [(number: UInt8, kind: Registrar.Failure.Kind)] = [
        (1, .unknown), (2, .unknown), (3, .refused), (4, .unknown), (5, .refused), (6, .refused), (7, .notPermitted),
        (8, .unknown), (9, .refused), (10, .refused), (11, .refused), (12, .notPermitted), (13, .unknown),
        (14, .unknown), (15, .unknown), (16, .notPermitted),
    ]

    @Test("Every status says whether it was refused, not permitted, or may have been made", arguments: kinds)
    func statuses(number: UInt8, kind: Registrar.Failure.Kind) throws {
        let code = try #require(StatusCode(rawValue: number))
        let failure = Registrar.Failure(.status(RPCStatus(code, "scripted")))
        #expect(failure.kind == kind && failure.message == "scripted" && failure.reason == nil)
        #expect(failure.fields.isEmpty && failure.description == "scripted")
    }

    @Test("The service's reason, its sentence and every field come through; without a sentence there is the status")
    func details() {
        let details = StatusDetails(
            errorInfo: .init(reason: "CONSENT_MISSING", domain: "portvakt"),
            fieldViolations: [
                .init(field: "grant.role", description: "is missing: give one"),
                .init(field: "", description: "is empty"),
            ])
        let failure = Registrar.Failure(.status(RPCStatus(.failedPrecondition, "a consent is missing", details)))
        #expect(failure.kind == .refused && failure.reason == "CONSENT_MISSING")
        #expect(
            failure.fields == [
                .init(name: "grant.role", problem: "is missing: give one"), .init(name: "", problem: "is empty"),
            ])
        #expect(failure.description == "a consent is missing\n  grant.role: is missing: give one\n  is empty")
        #expect(Registrar.Failure(.status(RPCStatus(.unavailable))).message == "UNAVAILABLE")
    }

    @Test("An answer that cannot be read leaves open whether the change was made, and says which field it was")
    func unreadable() {
        let failure = Registrar.Failure(.unreadable(WireError(.unknownValue(9), field: "receipt.entry")))
        #expect(failure.kind == .unknown && failure.message.contains("receipt.entry") && failure.reason == nil)
    }
}
