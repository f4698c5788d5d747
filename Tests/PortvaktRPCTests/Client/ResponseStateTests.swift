import Testing

@testable import PortvaktRPC

@Suite("What a response means (grpc/doc/PROTOCOL-HTTP2.md)")
struct ResponseStateTests {
    private func head(_ fields: [(String, String)]) -> ResponseHead {
        var head = ResponseHead()
        add(fields, to: &head)
        return head
    }

    private func add(_ fields: [(String, String)], to head: inout ResponseHead) {
        for (name, value) in fields {
            Array(name.utf8).withUnsafeBytes { name in
                Array(value.utf8).withUnsafeBytes { head.take(name: name, value: $0) }
            }
        }
    }

    static let plain = [(":status", "200"), ("content-type", "application/grpc")]

    @Test(
        "grpc-status counts, whatever the HTTP status says",
        arguments: [("0", StatusCode.ok), ("3", .invalidArgument), ("16", .unauthenticated), ("14", .unavailable)])
    func codes(value: String, code: StatusCode) {
        #expect(head(Self.plain + [("grpc-status", value)]).outcome.code == code)
        #expect(head([(":status", "503"), ("grpc-status", value)]).outcome.code == code)
    }

    @Test(
        "a grpc-status that is not a known code is UNKNOWN",
        arguments: ["17", "", "-1", "OK", "0x0", " 0", "000000", "+0"])
    func unknownCodes(value: String) {
        #expect(head(Self.plain + [("grpc-status", value)]).outcome.code == .unknown)
    }

    @Test("two statuses are none", arguments: [("0", "13"), ("13", "0"), ("0", "0")])
    func twice(first: String, second: String) {
        #expect(head(Self.plain + [("grpc-status", first), ("grpc-status", second)]).outcome.code == .unknown)
    }

    @Test("without grpc-status it is never OK, and the HTTP status is mapped")
    func missing() {
        #expect(head(Self.plain).outcome.code == .unknown)
        #expect(head([(":status", "200"), ("content-type", "text/html")]).outcome.code == .unknown)
        #expect(head([(":status", "503"), ("content-type", "text/html")]).outcome.code == .unavailable)
        #expect(head([(":status", "404")]).outcome.code == .unimplemented)
        #expect(head([]).outcome.code == .unknown)
    }

    @Test("message and details are decoded")
    func message() {
        let outcome = head(
            Self.plain + [
                ("grpc-status", "9"), ("grpc-message", "ikke n%C3%A5: 100 %25"), ("grpc-status-details-bin", "AQID"),
            ]
        ).outcome
        #expect(outcome == RPCStatus(.failedPrecondition, "ikke n\u{e5}: 100 %", details: [1, 2, 3]))
        let broken = head(Self.plain + [("grpc-status", "9"), ("grpc-status-details-bin", "!")]).outcome
        #expect(broken == RPCStatus(.failedPrecondition, ""))
    }

    @Test(
        "the content type is gRPC's, with a codec or parameters or neither",
        arguments: [
            ("application/grpc", true), ("application/grpc+proto", true), ("application/grpc;charset=utf-8", true),
            ("application/grpc-web", false), ("application/grpcx", false), ("application/json", false), ("", false),
        ])
    func contentType(value: String, isGRPC: Bool) {
        #expect(head([("content-type", value)]).isGRPC == isGRPC)
    }

    @Test("header list, messages, trailers: in this order and no other")
    func order() {
        var state = ResponseState()
        #expect(state.bodyReceived() != .take)
        #expect(state.fieldsEnded(.informational, isTooLarge: false) == nil)
        #expect(!state.hasBegun)
        #expect(state.fieldsEnded(.trailers, isTooLarge: false)?.code == .internal)
        add(Self.plain, to: &state.head)
        #expect(state.fieldsEnded(.response, isTooLarge: false) == nil)
        #expect(state.hasBegun)
        #expect(state.bodyReceived() == .take)
        #expect(state.fieldsEnded(.response, isTooLarge: false)?.code == .internal)
        #expect(state.fieldsEnded(.trailers, isTooLarge: false) == nil)
        #expect(state.bodyReceived() != .take)
        #expect(state.fieldsEnded(.trailers, isTooLarge: false)?.code == .internal)
    }

    @Test("after a status in the header list nothing may come; the body of a web page is ignored")
    func statusOnly() {
        var trailersOnly = ResponseState()
        add(Self.plain + [("grpc-status", "0")], to: &trailersOnly.head)
        #expect(trailersOnly.fieldsEnded(.response, isTooLarge: false) == nil)
        guard case .fail = trailersOnly.bodyReceived() else {
            Issue.record("a message after Trailers-Only was taken")
            return
        }
        var page = ResponseState()
        add([(":status", "502"), ("content-type", "text/html")], to: &page.head)
        #expect(page.fieldsEnded(.response, isTooLarge: false) == nil)
        #expect(page.bodyReceived() == .ignore)
    }

    @Test("a header list over the limit and an encoding that was not offered end the call")
    func refused() {
        var state = ResponseState()
        #expect(state.fieldsEnded(.response, isTooLarge: true)?.code == .resourceExhausted)
        var compressed = ResponseState()
        add(Self.plain + [("grpc-encoding", "br")], to: &compressed.head)
        #expect(compressed.fieldsEnded(.response, isTooLarge: false)?.code == .internal)
    }
}
