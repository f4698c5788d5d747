internal import CGrpcProto
internal import CProtobufC
internal import NIOCore

/// `grpc.reflection.v1.ServerReflection`, and its older name `v1alpha`, which has the same messages.
public enum ReflectionService {
    public static let name = "grpc.reflection.v1.ServerReflection"
    static let olderName = "grpc.reflection.v1alpha.ServerReflection"

    /// The serialized FileDescriptorSet of health, reflection and `google.rpc`.
    public static var descriptorSet: [UInt8] {
        var length = 0
        let start = unsafe grpc_descriptor_set(&length)
        return unsafe Array(UnsafeBufferPointer(start: start, count: length))
    }

    /// A descriptor set cannot be read.
    public struct MalformedDescriptors: Error {}

    /// The methods to serve.
    ///
    /// - Parameters:
    ///   - descriptorSets: serialized FileDescriptorSets, imports included.
    ///   - services: those that are listed; nil: all that the sets declare.
    ///   - isAllowed: asked at every request, on an event loop; callers that may not ask get PERMISSION_DENIED.
    public static func methods(
        descriptorSets: [[UInt8]], services: [String]? = nil,
        isAllowed: @escaping @Sendable (any CallerContext) -> Bool
    ) throws(MalformedDescriptors) -> [RPCMethod] {
        guard let index = try? ReflectionIndex(descriptorSets: descriptorSets) else { throw MalformedDescriptors() }
        let answers = ReflectionAnswers(index: index, services: (services ?? index.services).sorted())
        let handler: RPCMethod.Handler = { call, message in
            guard isAllowed(call.caller) else {
                return call.fail(RPCStatus(.permissionDenied, "the caller may not read the server's interface"))
            }
            guard let answer = unsafe answers.answer(message) else {
                return call.fail(RPCStatus(.invalidArgument, "the request is not a ServerReflectionRequest"))
            }
            call.onRequestEnd { call.finish() }
            _ = call.send(answer)
        }
        return [name, olderName].map {
            unsafe RPCMethod(path: "/\($0)/ServerReflectionInfo", kind: .bidirectional, handler: handler)
        }
    }
}

/// Answers reflection requests from an index.
struct ReflectionAnswers: Sendable {
    let index: ReflectionIndex
    let services: [String]

    private enum Answer {
        case files([ReflectionIndex.File])
        case extensionNumbers(type: String, [Int32])
        case services([String])
        case error(StatusCode, String)
    }

    /// The serialized response; nil when the bytes are not a request.
    func answer(_ message: UnsafeRawBufferPointer) -> ByteBuffer? {
        let request = unsafe grpc__reflection__v1__server_reflection_request__unpack(
            nil, message.count, message.baseAddress?.assumingMemoryBound(to: UInt8.self))
        guard let request = unsafe request else { return nil }
        defer { unsafe grpc__reflection__v1__server_reflection_request__free_unpacked(request, nil) }
        return unsafe pack(find(request), request)
    }

    private func find(_ request: UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionRequest>) -> Answer {
        switch unsafe request.pointee.message_request_case {
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME:
            return file(unsafe ProtoText.strict(request.pointee.file_by_filename))
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL:
            return file(unsafe ProtoText.strict(request.pointee.file_containing_symbol).flatMap { index.symbols[$0] })
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION:
            guard let asked = unsafe request.pointee.file_containing_extension else { return Self.notFound }
            let type = unsafe ProtoText.strict(asked.pointee.containing_type) ?? ""
            return file(unsafe index.extensions[type]?[asked.pointee.extension_number])
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE:
            guard let type = unsafe ProtoText.strict(request.pointee.all_extension_numbers_of_type),
                index.symbols[type] != nil
            else { return Self.notFound }
            return .extensionNumbers(type: type, (index.extensions[type] ?? [:]).keys.sorted())
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES:
            return .services(services)
        default:
            return .error(.invalidArgument, "the request asks nothing")
        }
    }

    private func file(_ name: String?) -> Answer {
        guard let name, let files = index.closure(of: name) else { return Self.notFound }
        return .files(files)
    }

    private static let notFound = Answer.error(.notFound, "there is no such file, symbol or extension")

    private func pack(
        _ answer: Answer, _ request: UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionRequest>
    ) -> ByteBuffer {
        var arena = ProtoArena()
        var response = unsafe Grpc__Reflection__V1__ServerReflectionResponse()
        unsafe grpc__reflection__v1__server_reflection_response__init(&response)
        unsafe response.valid_host = unsafe request.pointee.host
        unsafe response.original_request = unsafe request
        switch answer {
        case .files(let files):
            unsafe response.message_response_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE
            unsafe response.file_descriptor_response = unsafe Self.files(files, &arena)
        case .extensionNumbers(let type, let numbers):
            unsafe response.message_response_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ALL_EXTENSION_NUMBERS_RESPONSE
            unsafe response.all_extension_numbers_response = unsafe Self.extensionNumbers(type, numbers, &arena)
        case .services(let names):
            unsafe response.message_response_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE
            unsafe response.list_services_response = unsafe Self.list(names, &arena)
        case .error(let code, let message):
            unsafe response.message_response_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE
            unsafe response.error_response = unsafe Self.error(code, message, &arena)
        }
        return unsafe ByteBuffer(
            packedSize: grpc__reflection__v1__server_reflection_response__get_packed_size(&response)
        ) {
            unsafe grpc__reflection__v1__server_reflection_response__pack(&response, $0)
        }
    }

    private static func files(
        _ files: [ReflectionIndex.File], _ arena: inout ProtoArena
    ) -> UnsafeMutablePointer<Grpc__Reflection__V1__FileDescriptorResponse> {
        let message = unsafe arena.array(of: Grpc__Reflection__V1__FileDescriptorResponse.self, count: 1)
        unsafe grpc__reflection__v1__file_descriptor_response__init(message)
        let list = unsafe arena.array(of: ProtobufCBinaryData.self, count: files.count)
        for (position, file) in files.enumerated() {
            let copy = unsafe arena.array(of: UInt8.self, count: file.bytes.count)
            unsafe copy.update(from: file.bytes, count: file.bytes.count)
            unsafe list[position] = unsafe ProtobufCBinaryData(len: file.bytes.count, data: copy)
        }
        unsafe message.pointee.n_file_descriptor_proto = files.count
        unsafe message.pointee.file_descriptor_proto = unsafe list
        return unsafe message
    }

    private static func extensionNumbers(
        _ type: String, _ numbers: [Int32], _ arena: inout ProtoArena
    ) -> UnsafeMutablePointer<Grpc__Reflection__V1__ExtensionNumberResponse> {
        let message = unsafe arena.array(of: Grpc__Reflection__V1__ExtensionNumberResponse.self, count: 1)
        unsafe grpc__reflection__v1__extension_number_response__init(message)
        unsafe message.pointee.base_type_name = unsafe arena.text(type)
        let list = unsafe arena.array(of: Int32.self, count: numbers.count)
        unsafe list.update(from: numbers, count: numbers.count)
        unsafe message.pointee.n_extension_number = numbers.count
        unsafe message.pointee.extension_number = unsafe list
        return unsafe message
    }

    private static func list(
        _ names: [String], _ arena: inout ProtoArena
    ) -> UnsafeMutablePointer<Grpc__Reflection__V1__ListServiceResponse> {
        typealias Service = Grpc__Reflection__V1__ServiceResponse
        let message = unsafe arena.array(of: Grpc__Reflection__V1__ListServiceResponse.self, count: 1)
        unsafe grpc__reflection__v1__list_service_response__init(message)
        let list = unsafe arena.array(of: UnsafeMutablePointer<Service>?.self, count: names.count)
        for (position, name) in names.enumerated() {
            let service = unsafe arena.array(of: Service.self, count: 1)
            unsafe grpc__reflection__v1__service_response__init(service)
            unsafe service.pointee.name = unsafe arena.text(name)
            unsafe list[position] = unsafe service
        }
        unsafe message.pointee.n_service = names.count
        unsafe message.pointee.service = unsafe list
        return unsafe message
    }

    private static func error(
        _ code: StatusCode, _ text: String, _ arena: inout ProtoArena
    ) -> UnsafeMutablePointer<Grpc__Reflection__V1__ErrorResponse> {
        let message = unsafe arena.array(of: Grpc__Reflection__V1__ErrorResponse.self, count: 1)
        unsafe grpc__reflection__v1__error_response__init(message)
        unsafe message.pointee.error_code = Int32(code.rawValue)
        unsafe message.pointee.error_message = unsafe arena.text(text)
        return unsafe message
    }
}
