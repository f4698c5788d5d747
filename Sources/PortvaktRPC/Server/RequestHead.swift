internal import NIOCore

/// The header list of a request, as gRPC reads it (grpc/doc/PROTOCOL-HTTP2.md, "Requests"). No I/O, no allocation.
struct RequestHead {
    enum ContentType {
        case missing
        case grpc
        case other
    }

    enum Encoding {
        case identity
        case gzip
        case other
    }

    enum Timeout {
        case none
        case after(TimeAmount)
        case malformed
    }

    var isPost = false
    var isGet = false
    /// The answer has no body, whatever its length field says (RFC 9110 section 9.3.2).
    var isHead = false
    var contentType = ContentType.missing
    var encoding = Encoding.identity
    var timeout = Timeout.none
    /// The method's index in the table; nil when no path was given or there is no such method.
    var method: Int?
    /// The page's index in the table, when the path is a page's.
    var page: Int?

    func method(is method: HTTPPage.Method) -> Bool { method == .get ? isGet : isPost }

    /// Takes one field. False: it is not one of gRPC's, so it may be the application's metadata.
    mutating func take(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, methods: MethodTable) -> Bool {
        guard let first = unsafe name.first else { return true }
        if first == UInt8(ascii: ":") {
            if unsafe name.equals(":path") {
                method = unsafe methods.index(ofPath: value)
                if method == nil { page = unsafe methods.index(ofPage: value) }
            } else if unsafe name.equals(":method") {
                isPost = unsafe value.equals("POST")
                if !isPost {
                    isGet = unsafe value.equals("GET")
                    isHead = unsafe value.equals("HEAD")
                }
            }
            return true
        }
        switch name.count {
        case 2: return unsafe name.equals("te")
        case 12:
            if unsafe name.equals("content-type") {
                contentType = unsafe Self.isGRPC(value) ? .grpc : .other
                return true
            }
            if unsafe name.equals("grpc-timeout") {
                timeout = unsafe GRPCTimeout.parse(value).map { .after($0) } ?? .malformed
                return true
            }
            return false
        case 13:
            guard unsafe name.equals("grpc-encoding") else { return false }
            encoding =
                unsafe value.equals("identity") ? .identity : unsafe value.equals("gzip") ? .gzip : .other
            return true
        case 14 where unsafe name.equals("content-length"): return true
        default: return unsafe name.starts(withText: "grpc-")
        }
    }

    /// `application/grpc`, `application/grpc+proto`, with or without parameters.
    private static func isGRPC(_ value: UnsafeRawBufferPointer) -> Bool {
        let base: StaticString = "application/grpc"
        guard unsafe value.starts(withText: base) else { return false }
        var rest = unsafe UnsafeRawBufferPointer(rebasing: value[base.utf8CodeUnitCount...])
        let codec: StaticString = "+proto"
        if unsafe rest.starts(withText: codec) {
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[codec.utf8CodeUnitCount...])
        }
        return unsafe rest.isEmpty || rest.first == UInt8(ascii: ";") || rest.first == UInt8(ascii: " ")
    }
}
