import NIOCore
import Testing

@testable import PortvaktRPC

@Suite("What descriptor sets declare")
struct ReflectionIndexTests {
    private static func index() throws -> ReflectionIndex {
        try ReflectionIndex(descriptorSets: [ReflectionService.descriptorSet, ReflectionService.descriptorSet])
    }

    @Test(
        "every kind of symbol leads to its file",
        arguments: [
            ("grpc.health.v1.Health", "grpc/health/v1/health.proto"),
            ("grpc.health.v1.Health.Watch", "grpc/health/v1/health.proto"),
            ("grpc.health.v1.HealthCheckRequest", "grpc/health/v1/health.proto"),
            ("grpc.health.v1.HealthCheckRequest.service", "grpc/health/v1/health.proto"),
            ("grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc/health/v1/health.proto"),
            ("grpc.health.v1.HealthCheckResponse.SERVING", "grpc/health/v1/health.proto"),
            ("grpc.reflection.v1.ServerReflectionRequest.message_request", "grpc/reflection/v1/reflection.proto"),
            ("google.rpc.BadRequest.FieldViolation.field", "google/rpc/error_details.proto"),
            ("google.protobuf.Any", "google/protobuf/any.proto"),
        ])
    func symbols(symbol: String, file: String) throws {
        #expect(try Self.index().symbols[symbol] == file)
    }

    @Test("the sets' services are found once each, and nothing else is")
    func services() throws {
        let index = try Self.index()
        #expect(index.services.sorted() == ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"])
        #expect(index.symbols["grpc.health.v1"] == nil)
        #expect(index.symbols["Health"] == nil)
        #expect(index.files.count == 5)
    }

    @Test("a file comes with what it imports, itself first")
    func closure() throws {
        let index = try Self.index()
        #expect(
            index.closure(of: "google/rpc/status.proto")?.map(\.name)
                == ["google/rpc/status.proto", "google/protobuf/any.proto"])
        #expect(index.closure(of: "grpc/health/v1/health.proto")?.count == 1)
        #expect(index.closure(of: "no.proto") == nil)
    }

    @Test("extensions are found by message and number")
    func extensions() throws {
        // FileDescriptorProto { name: "e.proto" package: "p" extension { name: "x" extendee: ".q.M" number: 7 } }
        let field: [UInt8] = [0x0a, 1, 0x78, 0x12, 4] + Array(".q.M".utf8) + [0x18, 7]
        let file: [UInt8] = [0x0a, 7] + Array("e.proto".utf8) + [0x12, 1, 0x70, 0x3a, UInt8(field.count)] + field
        let index = try ReflectionIndex(descriptorSets: [[0x0a, UInt8(file.count)] + file])
        #expect(index.extensions == ["q.M": [7: "e.proto"]])
        #expect(index.symbols["p.x"] == "e.proto")
    }

    @Test("a set that is cut short is refused at start", arguments: [1, 10, 100])
    func malformed(missing: Int) {
        let cut = Array(ReflectionService.descriptorSet.dropLast(missing))
        #expect(throws: ReflectionService.MalformedDescriptors.self) {
            try ReflectionService.methods(descriptorSets: [cut]) { _ in true }
        }
    }
}

@Suite("grpc.reflection.v1")
struct ReflectionServiceTests {
    static let path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"

    /// One field of a `ServerReflectionRequest` that holds text.
    static func request(_ field: UInt8, _ text: String) -> [UInt8] {
        [field << 3 | 2, UInt8(text.utf8.count)] + Array(text.utf8)
    }

    /// The fields of a message that hold bytes, by number.
    static func fields(_ message: some Collection<UInt8>) throws -> [Int: [[UInt8]]] {
        var reader = ProtoReader(Array(message)[...])
        var found: [Int: [[UInt8]]] = [:]
        while let (field, value) = try reader.next() {
            if case .bytes(let bytes) = value { found[field, default: []].append(Array(bytes)) }
        }
        return found
    }

    private func with(
        isAllowed: Bool = true, _ body: (ClientServer, TestPKI) async throws -> Void
    ) async throws {
        let methods = try ReflectionService.methods(descriptorSets: [ReflectionService.descriptorSet]) { _ in isAllowed
        }
        try await ClientServer.with(methods, body)
    }

    @Test("several requests on one stream are answered in order, then the call ends with OK")
    func stream() async throws {
        try await with { server, pki in
            let requests = [
                Self.request(7, "*"), Self.request(4, "grpc.health.v1.Health"),
                Self.request(3, "google/rpc/status.proto"),
                Self.request(4, "no.Such"), Self.request(1, "host"),
            ]
            let client = try pki.raw(server.port)
            let response = try await onThread {
                let stream = client.nextStream()
                try client.tls.write(RawHTTP2Client.head(stream, Self.path))
                for (index, request) in requests.enumerated() {
                    try client.tls.write(RawHTTP2Client.data(stream, request, end: index == requests.count - 1))
                }
                return try client.response(stream)
            }
            #expect(response.grpcStatus == 0)
            let answers = try response.messages.map { try Self.fields($0) }
            try #require(answers.count == 5)
            #expect(answers.map { $0[2]?.first } == requests)
            let services = try Self.fields(answers[0][6]?.first ?? [])[1]?.map { try Self.fields($0)[1]?.first ?? [] }
            #expect(
                services == ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"].map { Array($0.utf8) })
            #expect(try Self.fileNames(answers[1]) == ["grpc/health/v1/health.proto"])
            #expect(try Self.fileNames(answers[2]) == ["google/rpc/status.proto", "google/protobuf/any.proto"])
            #expect(answers[3][7]?.first?.starts(with: [0x08, 5]) == true)
            #expect(answers[4][7]?.first?.starts(with: [0x08, 3]) == true)
            #expect(answers[4][1] == [Array("host".utf8)])
        }
    }

    private static func fileNames(_ answer: [Int: [[UInt8]]]) throws -> [String] {
        try (fields(answer[4]?.first ?? [])[1] ?? []).map { file in
            String(decoding: try fields(file)[1]?.first ?? [], as: UTF8.self)
        }
    }

    @Test("an answer comes before the stream is closed, as interactive tools need it")
    func interactive() async throws {
        try await with { server, pki in
            let client = try pki.raw(server.port)
            let response = try await onThread {
                let stream = client.nextStream()
                try client.tls.write(RawHTTP2Client.head(stream, Self.path))
                for count in 1...3 {
                    try client.tls.write(RawHTTP2Client.data(stream, Self.request(7, ""), end: false))
                    try client.pump { $0.responses[stream]?.messages.count == count }
                }
                try client.send(0, flags: 1, stream: stream, [])
                return try client.response(stream)
            }
            #expect(response.messages.count == 3)
            #expect(response.grpcStatus == 0)
        }
    }

    @Test("the older name answers too; what is no request and who has no permission are refused")
    func refused() async throws {
        try await with { server, pki in
            try await pki.channel([server.port]).closing { channel in
                let older = channel.serverStream(
                    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                    ByteBuffer(bytes: Self.request(7, "")))
                var count = 0
                for try await _ in older { count += 1 }
                #expect(count == 1)
                let broken = channel.serverStream(Self.path, ByteBuffer(bytes: [0x3a, 9]))
                #expect(await status { for try await _ in broken {} }.code == .invalidArgument)
            }
        }
        try await with(isAllowed: false) { server, pki in
            try await pki.channel([server.port]).closing { channel in
                let stream = channel.serverStream(Self.path, ByteBuffer(bytes: Self.request(7, "")))
                #expect(await status { for try await _ in stream {} }.code == .permissionDenied)
            }
        }
    }
}

extension TestPKI {
    /// A client of its own on this port.
    func raw(_ port: Int) throws -> RawHTTP2Client {
        let credential = try issue("raw", .client(TestServer.organizationNumber))
        return try RawHTTP2Client(RawTLSClient(port: port, trustAnchors: trustAnchors, credential: credential))
    }
}
