internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// Makes an RPC's method from a typed handler: decodes, checks the permission, hands over.
struct MethodBuilder: Sendable {
    let core: ServiceCore

    /// An RPC with one answer.
    func unary<Request: WireMessage, Response: WireMessage>(
        _ method: RPC, _ handler: @escaping @Sendable (Request, Call<Response>) -> Void
    ) -> RPCMethod { made(method, .unary, handler) }

    /// An RPC that gives a page of a list. Its handler sees the cursors as it made them.
    func list<Request: PagedRequest, Response: PagedResponse>(
        _ method: RPC, _ handler: @escaping @Sendable (Request, Call<Response>) -> Void
    ) -> RPCMethod {
        unary(method) { (request: Request, call: Call<Response>) in
            let mark = ListMark(method, request, call.tools.coder)
            var request = request
            var admitted = call.admitted
            admitted.mark = mark
            do throws(WireError) { request.page.cursor = try mark.unmarked(request.page.cursor) } catch {
                return call.fail(Failures.malformed(error))
            }
            handler(request, Call(admitted))
        }
    }

    /// An RPC with a stream of answers.
    func stream<Request: WireMessage, Response: WireMessage>(
        _ method: RPC, _ handler: @escaping @Sendable (Request, Call<Response>) -> Void
    ) -> RPCMethod { made(method, .serverStreaming, handler) }

    private func made<Request: WireMessage, Response: WireMessage>(
        _ method: RPC, _ kind: RPCMethod.Kind, _ handler: @escaping @Sendable (Request, Call<Response>) -> Void
    ) -> RPCMethod {
        let door = Door(core: core, method)
        return RPCMethod(path: method.path, kind: kind) { rpc, bytes in
            guard let admitted = door.admit(rpc) else { return }
            do throws(WireError) {
                handler(try unsafe admitted.tools.coder.decode(Request.self, from: bytes), Call(admitted))
            } catch {
                rpc.fail(Failures.malformed(error))
            }
        }
    }
}

/// The check of permissions before an RPC, the same for all of them.
private struct Door: Sendable {
    let core: ServiceCore
    private let needed: PermissionBits
    /// A stranger's question is decided and recorded; every other call of a stranger is turned away.
    private let strangersMayAsk: Bool

    init(core: ServiceCore, _ method: RPC) {
        self.core = core
        needed = PermissionBits(method.permissions)
        strangersMayAsk = method.permissions == [.ask] && method != .watchChanges
    }

    /// Lets a call in, or ends it with the status.
    func admit(_ rpc: ServerCall) -> AdmittedCall? {
        guard let caller = rpc.caller as? Caller else {
            rpc.fail(Failures.permissionDenied)
            return nil
        }
        let published = core.live.current
        let registered = caller.registered(in: published)
        let isStranger = !registered.isRegistered && !caller.isAdministrator
        guard caller.may(anyOf: needed, as: registered) || (strangersMayAsk && isStranger) else {
            rpc.fail(Failures.permissionDenied)
            return nil
        }
        return AdmittedCall(
            rpc: rpc, caller: caller, registered: registered, published: published,
            tools: core.toolbox.tools(of: rpc.eventLoop), core: core)
    }
}
