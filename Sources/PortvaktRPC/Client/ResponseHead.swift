/// The fields of a response that gRPC reads, from its header list and its trailers
/// (grpc/doc/PROTOCOL-HTTP2.md, "Responses"). No I/O.
struct ResponseHead {
    enum Status: Equatable {
        case missing
        case code(UInt8)
        /// Not a number of the specification, or stated twice.
        case malformed
    }

    enum Encoding {
        case identity
        case gzip
        case other
    }

    private(set) var httpStatus = 0
    private(set) var isGRPC = false
    private(set) var encoding = Encoding.identity
    private(set) var status = Status.missing
    /// As on the wire.
    private(set) var message: [UInt8] = []
    private(set) var details: [UInt8] = []

    /// Takes one field.
    mutating func take(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        switch name.count {
        case 7 where unsafe name.equals(":status"): httpStatus = unsafe Self.number(value) ?? 0
        case 11 where unsafe name.equals("grpc-status"):
            let code = unsafe Self.number(value).flatMap { $0 <= 16 ? UInt8($0) : nil }
            status = status == .missing ? code.map { .code($0) } ?? .malformed : .malformed
        case 12 where unsafe name.equals("content-type"):
            isGRPC = unsafe Self.isGRPC(value)
        case 12 where unsafe name.equals("grpc-message"): message = unsafe Array(value)
        case 13 where unsafe name.equals("grpc-encoding"):
            encoding = unsafe value.equals("identity") ? .identity : unsafe value.equals("gzip") ? .gzip : .other
        case 23 where unsafe name.equals("grpc-status-details-bin"): details = unsafe Array(value)
        default: break
        }
    }

    /// How the call ended, at the end of the stream. Anything unclear is not OK.
    var outcome: RPCStatus {
        switch status {
        case .code(0): return .ok
        case .code(let number):
            let code = StatusCode(rawValue: number) ?? .unknown
            return RPCStatus(code, PercentEncoding.decode(message), details: Base64.decode(details) ?? [])
        case .malformed:
            return RPCStatus(.unknown, "the server's grpc-status is not one of the known codes")
        case .missing where httpStatus != 200:
            return RPCStatus(.fromHTTP(status: httpStatus), "the server answered with HTTP status \(httpStatus)")
        case .missing where !isGRPC:
            return RPCStatus(.unknown, "the server's answer is not gRPC")
        case .missing:
            return RPCStatus(.unknown, "the server ended the call without a status")
        }
    }

    private static func isGRPC(_ value: UnsafeRawBufferPointer) -> Bool {
        guard unsafe value.starts(withText: "application/grpc") else { return false }
        let next = unsafe value.count == 16 ? UInt8(ascii: "+") : value[16]
        return next == UInt8(ascii: "+") || next == UInt8(ascii: ";") || next == UInt8(ascii: " ")
    }

    /// One to three digits.
    private static func number(_ value: UnsafeRawBufferPointer) -> Int? {
        guard (1...3).contains(value.count) else { return nil }
        var number = 0
        for index in 0..<value.count {
            let digit = unsafe value[index]
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number
    }
}
