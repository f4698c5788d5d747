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

    /// grpc/doc/PROTOCOL-HTTP2.md, "Errors". For STREAM_CLOSED it has no status, since such a call is over already; what it does
    /// not name (HTTP_1_1_REQUIRED, numbers of later times) is an error of the same kind as the others.
    static let specifiedResets: [(UInt32, StatusCode)] = [
        (0x0, .internal),  // NO_ERROR
        (0x1, .internal),  // PROTOCOL_ERROR
        (0x2, .internal),  // INTERNAL_ERROR
        (0x3, .internal),  // FLOW_CONTROL_ERROR
        (0x4, .internal),  // SETTINGS_TIMEOUT
        (0x5, .internal),  // STREAM_CLOSED
        (0x6, .internal),  // FRAME_SIZE_ERROR
        (0x7, .unavailable),  // REFUSED_STREAM
        (0x8, .cancelled),  // CANCEL
        (0x9, .internal),  // COMPRESSION_ERROR
        (0xa, .internal),  // CONNECT_ERROR
        (0xb, .resourceExhausted),  // ENHANCE_YOUR_CALM
        (0xc, .permissionDenied),  // INADEQUATE_SECURITY
        (0xd, .internal),  // HTTP_1_1_REQUIRED
        (0xffff_ffff, .internal),
    ]

    @Test("Resets are mapped as specified", arguments: Self.specifiedResets)
    func resets(errorCode: UInt32, code: StatusCode) {
        #expect(StatusCode.fromHTTP2(errorCode: errorCode) == code)
    }
}
