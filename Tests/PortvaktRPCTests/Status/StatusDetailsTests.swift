import Testing

@testable import PortvaktRPC

@Suite struct StatusDetailsTests {
    /// Made with `protoc --encode google.rpc.Status` from text.
    static let known =
        "CAMSHXN1YmplY3QgaXMgZW1wdHk7IHNlbmQgaXRzIGlkGlEKKHR5cGUuZ29vZ2xlYXBpcy5jb20vZ29vZ2xlLnJwYy5FcnJvckluZm8SJQoNRklFTERf"
        + "SU5WQUxJRBIIcG9ydHZha3QaCgoFbGltaXQSATgaWAopdHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLkJhZFJlcXVlc3QSKwopChBpdGVtc1sy"
        + "XS5zdWJqZWN0EhVpcyBlbXB0eTsgc2VuZCBpdHMgaWQ="

    static let details = StatusDetails(
        errorInfo: .init(reason: "FIELD_INVALID", domain: "portvakt", metadata: ["limit": "8"]),
        fieldViolations: [.init(field: "items[2].subject", description: "is empty; send its id")])

    @Test("Details are written as another implementation writes them")
    func encode() {
        let status = RPCStatus(.invalidArgument, "subject is empty; send its id", Self.details)
        #expect(status.details == Base64.decode(Self.known.utf8))
    }

    @Test("Details of another implementation are read")
    func decode() throws {
        let bytes = try #require(Base64.decode(Self.known.utf8))
        #expect(RPCStatus(.invalidArgument, "", details: bytes).parsedDetails == Self.details)
    }

    @Test("No details, broken details and foreign details are nil")
    func nothing() throws {
        #expect(RPCStatus(.internal, "x").parsedDetails == nil)
        #expect(RPCStatus(.internal, "x", details: [0x0a, 0xff]).parsedDetails == nil)
        #expect(RPCStatus(.internal, "x", details: [0x08, 0x03]).parsedDetails == nil)
        // One google.protobuf.Any with the type URL "x/y".
        #expect(RPCStatus(.internal, "x", details: [0x1a, 0x05, 0x0a, 0x03, 0x78, 0x2f, 0x79]).parsedDetails == nil)
    }

    @Test("Text that is not UTF-8 is repaired, and a zero byte does not cut a text short")
    func text() throws {
        // ErrorInfo with the reason ff, inside Any, inside Status.
        let type = Array("type.googleapis.com/google.rpc.ErrorInfo".utf8)
        let any: [UInt8] = [0x0a, UInt8(type.count)] + type + [0x12, 0x03, 0x0a, 0x01, 0xff]
        let broken = RPCStatus(.internal, "", details: [0x1a, UInt8(any.count)] + any)
        #expect(broken.parsedDetails?.errorInfo?.reason == "\u{fffd}")
        let zero = StatusDetails(errorInfo: .init(reason: "a\0b", domain: "d"))
        #expect(RPCStatus(.internal, "", zero).parsedDetails?.errorInfo?.reason == "a\u{fffd}b")
    }

    @Test("Details never exceed the limit, and say how many violations are missing")
    func limit() throws {
        let many = (0..<1_000).map { StatusDetails.FieldViolation(field: "items[\($0)]", description: "is empty") }
        let status = RPCStatus(
            .invalidArgument, "m", StatusDetails(errorInfo: Self.details.errorInfo, fieldViolations: many))
        #expect(status.details.count <= RPCStatus.maxDetailsSize)
        #expect(status.details.count > RPCStatus.maxDetailsSize / 4)
        let kept = try #require(status.parsedDetails?.fieldViolations)
        #expect(Array(kept.dropLast()) == Array(many.prefix(kept.count - 1)))
        #expect(kept.last == .init(field: "", description: "and \(1_000 - kept.count + 1) more"))
        #expect(status.parsedDetails?.errorInfo == Self.details.errorInfo)
    }

    @Test("An ErrorInfo that is too large loses its metadata; a message that is too large leaves no details")
    func tooLarge() {
        let long = String(repeating: "x", count: RPCStatus.maxDetailsSize)
        let info = StatusDetails(errorInfo: .init(reason: "R", domain: "d", metadata: ["k": long]))
        #expect(RPCStatus(.internal, "m", info).parsedDetails?.errorInfo == .init(reason: "R", domain: "d"))
        #expect(RPCStatus(.internal, long, info).details.isEmpty)
    }

    @Test("Any details come back")
    func roundTrip() {
        var random = SeededGenerator()
        for _ in 0..<50 {
            let pairs = (0..<Int.random(in: 0..<4, using: &random)).map { ("k\($0)", random.text(5)) }
            let details = StatusDetails(
                errorInfo: .init(
                    reason: random.text(8), domain: random.text(8), metadata: Dictionary(uniqueKeysWithValues: pairs)),
                fieldViolations: (0..<Int.random(in: 0..<4, using: &random)).map { _ in
                    .init(field: random.text(9), description: random.text(9))
                })
            #expect(RPCStatus(.internal, random.text(9), details).parsedDetails == details, random.comment)
        }
    }
}
