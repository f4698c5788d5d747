import Testing

@testable import PortvaktRPC

@Suite struct StatusCodeTests {
    /// grpc/doc/statuscodes.md.
    static let specified = [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS", "UNAUTHENTICATED",
    ]

    @Test("Numbers and names are the specification's")
    func names() {
        #expect(StatusCode.allCases.map(\.name) == Self.specified)
        #expect(StatusCode.allCases.map(\.rawValue) == Array(0...16))
    }

    @Test(
        "HTTP statuses without grpc-status are mapped as specified",
        arguments: [
            (400, StatusCode.internal), (401, .unauthenticated), (403, .permissionDenied), (404, .unimplemented),
            (429, .unavailable), (502, .unavailable), (503, .unavailable), (504, .unavailable), (200, .unknown),
            (500, .unknown),
            (301, .unknown),
        ])
    func http(status: Int, code: StatusCode) {
        #expect(StatusCode.fromHTTP(status: status) == code)
    }

    @Test(
        "Resets are mapped as specified",
        arguments: [
            (0x0, StatusCode.internal), (0x1, .internal), (0x2, .internal), (0x3, .internal), (0x6, .internal),
            (0x7, .unavailable), (0x8, .cancelled), (0x9, .internal), (0xb, .resourceExhausted),
            (0xc, .permissionDenied),
        ] as [(UInt32, StatusCode)])
    func resets(errorCode: UInt32, code: StatusCode) {
        #expect(StatusCode.fromHTTP2(errorCode: errorCode) == code)
    }
}
