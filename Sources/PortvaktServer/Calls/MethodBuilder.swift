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

    /// An RPC with a stream of answers.
    func stream<Request: WireMessage, Response: WireMessage>(
        _ method: RPC, _ handler: @escaping @Sendable (Request, Call<Response>) -> Void
    ) -> RPCMethod { made(method, .serverStreaming, handler) }

    private func made<Request: WireMessage, Response: WireMessage>(
        _ method: RPC, _ kind: RPCMethod.Kind, _ handler: @escaping @Sendable (Request, Call<Response>) -> Void
    ) -> RPCMethod {
        let core = core
        let permissions = method.permissions
        let needed = PermissionBits(permissions)
        // A stranger's question is decided and recorded; every other call of a stranger is turned away.
        let strangersMayAsk = permissions == [.ask] && method != .watchChanges
        return RPCMethod(path: method.path, kind: kind) { rpc, bytes in
            guard let caller = rpc.caller as? Caller else { return rpc.fail(Failures.permissionDenied) }
            let published = core.live.current
            let registered = caller.registered(in: published)
            let isStranger = registered.system == nil && !caller.isAdministrator
            guard caller.may(anyOf: needed, as: registered) || (strangersMayAsk && isStranger) else {
                return rpc.fail(Failures.permissionDenied)
            }
            let tools = core.toolbox.tools(of: rpc.eventLoop)
            let call = Call<Response>(
                rpc: rpc, caller: caller, registered: registered, published: published, tools: tools, core: core)
            do throws(WireError) {
                handler(try unsafe tools.coder.decode(Request.self, from: bytes), call)
            } catch {
                rpc.fail(Failures.malformed(error))
            }
        }
    }
}
