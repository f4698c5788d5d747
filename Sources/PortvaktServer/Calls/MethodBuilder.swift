internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// Makes a unary RPC's method from a typed handler: decodes, checks the permission, hands over.
struct MethodBuilder: Sendable {
    let core: ServiceCore

    /// - Parameter permission: what the caller needs; `nil`: the handler sees to it.
    func unary<Request: WireMessage, Response: WireMessage>(
        _ path: String, needs permission: Permission?, _ handler: @escaping @Sendable (Request, Call<Response>) -> Void
    ) -> RPCMethod {
        let core = core
        return RPCMethod(path: path, kind: .unary) { rpc, bytes in
            guard let caller = rpc.caller as? Caller else { return rpc.fail(Failures.permissionDenied) }
            if let permission, !caller.may(permission, in: core.live.current) { return rpc.fail(Failures.permissionDenied) }
            let tools = core.toolbox.tools(of: rpc.eventLoop)
            let call = Call<Response>(rpc: rpc, caller: caller, tools: tools, core: core)
            do throws(WireError) {
                handler(try unsafe tools.coder.decode(Request.self, from: bytes), call)
            } catch {
                rpc.fail(Failures.malformed(error))
            }
        }
    }
}
