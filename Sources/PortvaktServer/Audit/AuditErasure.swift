internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

extension AuditHandlers {
    @Sendable func erase(_ request: EraseRequest, _ call: Call<EraseResponse>) { call.fail(Failures.notFound) }
    @Sendable func retain(_ request: RetainRequest, _ call: Call<RetainResponse>) { call.fail(Failures.notFound) }
}
