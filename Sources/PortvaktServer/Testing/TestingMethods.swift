internal import NIOCore
internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// The RPCs of a service in testing mode: each call goes to the world of its certificate.
struct TestingMethods: Sendable {
    let worlds: TestingWorlds
    let health: HealthRegistry

    func methods() throws -> [RPCMethod] {
        let own = RPC.allCases.filter { !$0.isForTesting }.map { rpc in
            unsafe RPCMethod(path: rpc.path, kind: RPCMethod.Kind(rpc.kind), handler: pass)
        }
        return own + [
            unary(.setClock) { (request: SetClockRequest, world) in
                world.clock.stand(at: request.now)
                return SetClockResponse(world.clock.now())
            },
            unary(.reset) { (_: ResetRequest, world) in
                world.reset()
                return ResetResponse()
            },
            unary(.actAs) { (request: ActAsRequest, world) in
                world.seat.act(as: request.system)
                return ActAsResponse()
            },
            unary(.fail) { (request: FailRequest, world) in
                switch request.fault {
                case .recording: world.breakStore()
                case .evaluation: world.seat.failEvaluation()
                }
                return FailResponse()
            },
        ] + HealthService.methods(health) { _ in true }
            + (try ReflectionService.methods(
                descriptorSets: [Schema.descriptorSet, ReflectionService.descriptorSet], isAllowed: { _ in true }))
    }

    /// Hands a call to its own world.
    @Sendable private func pass(_ call: ServerCall, _ message: UnsafeRawBufferPointer) {
        guard let world = worlds.world(of: call.peer.fingerprint) else { return call.fail(Self.tooMany) }
        do {
            guard let method = try world.method(call.path) else { return call.fail(Failures.notFound) }
            unsafe method.handler(call, message)
        } catch {
            call.fail(Failures.internalError(error))
        }
    }

    /// A call of the testing service itself.
    private func unary<Request: WireMessage, Response: WireMessage>(
        _ rpc: RPC, _ work: @escaping @Sendable (Request, TestingWorld) -> Response
    ) -> RPCMethod {
        let worlds = worlds
        return unsafe RPCMethod(path: rpc.path, kind: .unary) { call, message in
            guard let world = worlds.world(of: call.peer.fingerprint) else { return call.fail(Self.tooMany) }
            let coder = WireCoder()
            do throws(WireError) {
                let response = work(try unsafe coder.decode(Request.self, from: message), world)
                unsafe coder.encode(response) { bytes in unsafe call.respond(bytes) }
            } catch {
                call.fail(Failures.malformed(error))
            }
        }
    }

    static let tooMany = RPCStatus(
        .resourceExhausted,
        "\(TestingWorlds.maximum) certificates have a store here already: start this daemon anew",
        StatusDetails(errorInfo: .init(reason: "BUSY", domain: Failures.domain)))
}

extension RPCMethod.Kind {
    init(_ kind: RPC.Kind) {
        switch kind {
        case .unary: self = .unary
        case .serverStreaming: self = .serverStreaming
        }
    }
}

/// Admits every peer whose certificate was verified and proves an identity, to the world of its certificate.
struct TestingGate: CallerPolicy {
    let worlds: TestingWorlds

    func admit(_ peer: PeerIdentity) -> Admission {
        let caller = Caller(peer, administrator: nil, seat: worlds.world(of: peer.fingerprint)?.seat)
        return caller.identities.isEmpty ? .refused : .admitted(caller)
    }
}
