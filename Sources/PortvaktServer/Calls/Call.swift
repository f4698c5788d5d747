internal import NIOCore
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

/// A call that was let in: who calls, and with what it is answered. The same for every RPC.
struct AdmittedCall: Sendable {
    let rpc: ServerCall
    let caller: Caller
    /// The caller's registration when the call began.
    let registered: Caller.Registered
    /// The state when the call began: one call sees one state.
    let published: Published
    let tools: LoopTools
    let core: ServiceCore
    /// Of a call that gives a page of a list: what stands in its cursors.
    var mark: ListMark?

    /// Ends the call with a status. On the call's event loop.
    func fail(_ status: RPCStatus) { rpc.fail(status) }

    /// Runs on the call's event loop, from any thread.
    func onLoop(_ body: @escaping @Sendable () -> Void) {
        if rpc.eventLoop.inEventLoop { body() } else { rpc.eventLoop.execute(body) }
    }
}

/// One call of one RPC, typed: who calls, and how to answer. Used on the call's event loop.
struct Call<Response: WireMessage>: Sendable {
    /// What it is whatever the answer: what does not answer takes this, and so is compiled once.
    let admitted: AdmittedCall

    init(_ admitted: AdmittedCall) { self.admitted = admitted }

    var rpc: ServerCall { admitted.rpc }
    var caller: Caller { admitted.caller }
    var registered: Caller.Registered { admitted.registered }
    var published: Published { admitted.published }
    var tools: LoopTools { admitted.tools }
    var core: ServiceCore { admitted.core }

    /// Answers. On the call's event loop.
    func answer(_ response: Response) {
        unsafe tools.coder.encode(marked(response)) { bytes in unsafe rpc.respond(bytes) }
    }

    private func marked(_ response: Response) -> Response {
        guard let mark = admitted.mark, var paged = response as? any PagedResponse else { return response }
        paged.page.nextCursor = mark.marked(paged.page.nextCursor)
        return paged as? Response ?? response
    }

    /// Sends one message of a stream. On the call's event loop.
    /// - Returns: false when the caller does not keep up: the message is queued, and the next one waits.
    func send(_ response: Response) -> Bool {
        unsafe tools.coder.encode(response) { bytes in unsafe rpc.send(bytes) }
    }

    /// Ends the call with a status. On the call's event loop.
    func fail(_ status: RPCStatus) { admitted.fail(status) }

    /// Runs on the call's event loop, from any thread.
    func onLoop(_ body: @escaping @Sendable () -> Void) { admitted.onLoop(body) }

    /// Runs blocking work on a thread of its own, and answers with what it gives.
    func offLoop(_ work: @escaping @Sendable () throws -> Response) {
        core.blocking(for: admitted, work) { result in
            self.onLoop {
                switch result {
                case .success(let response): self.answer(response)
                case .failure(let error as RPCStatus): self.fail(error)
                case .failure(let error): self.fail(Failures.internalError(error))
                }
            }
        }
    }
}
