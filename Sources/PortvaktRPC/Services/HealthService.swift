internal import CGrpcProto
internal import NIOCore

/// `grpc.health.v1.Health`.
public enum HealthService {
    public static let name = "grpc.health.v1.Health"

    /// The methods to serve. `isAllowed` is asked at every call, on an event loop; callers that may not ask get
    /// PERMISSION_DENIED.
    public static func methods(
        _ registry: HealthRegistry, isAllowed: @escaping @Sendable (any CallerContext) -> Bool
    ) -> [RPCMethod] {
        let check: RPCMethod.Handler = { call, message in
            guard let service = unsafe request(call, message, isAllowed) else { return }
            guard let status = registry.status(of: service) else {
                return call.fail(RPCStatus(.notFound, "there is no such service"))
            }
            call.respond(response(status))
        }
        let watch: RPCMethod.Handler = { call, message in
            guard let service = unsafe request(call, message, isAllowed) else { return }
            HealthWatch(service: service, call: call, registry: registry).begin()
        }
        return [
            unsafe RPCMethod(path: "/\(name)/Check", kind: .unary, handler: check),
            unsafe RPCMethod(path: "/\(name)/Watch", kind: .serverStreaming, handler: watch),
        ]
    }

    /// The service that is asked about; nil when the call was failed.
    private static func request(
        _ call: ServerCall, _ message: UnsafeRawBufferPointer, _ isAllowed: (any CallerContext) -> Bool
    ) -> String? {
        guard isAllowed(call.caller) else {
            call.fail(RPCStatus(.permissionDenied, "the caller may not ask about the server's health"))
            return nil
        }
        let request = unsafe grpc__health__v1__health_check_request__unpack(
            nil, message.count, message.baseAddress?.assumingMemoryBound(to: UInt8.self))
        defer { unsafe grpc__health__v1__health_check_request__free_unpacked(request, nil) }
        guard let request = unsafe request, let service = unsafe ProtoText.strict(request.pointee.service) else {
            call.fail(RPCStatus(.invalidArgument, "the request is not a HealthCheckRequest with a UTF-8 service name"))
            return nil
        }
        return service
    }

    /// Nil: SERVICE_UNKNOWN.
    static func response(_ status: HealthStatus?) -> ByteBuffer {
        var message = unsafe Grpc__Health__V1__HealthCheckResponse()
        unsafe grpc__health__v1__health_check_response__init(&message)
        unsafe message.status =
            switch status {
            case .serving: GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
            case .notServing: GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING
            case nil: GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN
            }
        return unsafe ByteBuffer(packedSize: grpc__health__v1__health_check_response__get_packed_size(&message)) {
            unsafe grpc__health__v1__health_check_response__pack(&message, $0)
        }
    }
}

/// One `Watch` call: sends the status when it has changed, and only the last one to a caller that does not keep up.
///
/// `@unchecked Sendable`: `last` and `isWritable` are touched on the call's event loop only.
final class HealthWatch: @unchecked Sendable {
    let service: String
    /// Whose it is, as connections are counted.
    let caller: String
    private let call: ServerCall
    private let registry: HealthRegistry
    private var last: HealthStatus??
    private var isWritable = true

    init(service: String, call: ServerCall, registry: HealthRegistry) {
        self.service = service
        caller = call.callerKey
        self.call = call
        self.registry = registry
    }

    /// On the call's event loop.
    func begin() {
        if let refusal = registry.add(self) { return call.fail(refusal) }
        call.onCancel { self.registry.remove(self) }
        call.onWritable {
            self.isWritable = true
            self.refresh()
        }
        refresh()
    }

    func refreshLater() { call.eventLoop.execute { self.refresh() } }

    private func refresh() {
        let status = registry.status(of: service)
        guard isWritable, last != .some(status) else { return }
        last = .some(status)
        isWritable = call.send(HealthService.response(status))
    }

    func end(_ status: RPCStatus) { call.eventLoop.execute { self.call.fail(status) } }
}

extension ByteBuffer {
    /// A packed message.
    init(packedSize size: Int, _ pack: (UnsafeMutablePointer<UInt8>?) -> Int) {
        self = ByteBufferAllocator().buffer(capacity: size)
        unsafe writeWithUnsafeMutableBytes(minimumWritableBytes: size) {
            unsafe pack($0.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
    }
}
