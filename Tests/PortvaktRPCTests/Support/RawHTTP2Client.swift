import CNghttp2

@testable import PortvaktRPC

/// A blocking HTTP/2 client that sends exactly the frames it is told to, and reads all it is sent.
///
/// Header lists are written without compression (RFC 7541 section 6.2.2); those received are read with nghttp2's
/// decoder.
///
/// `@unchecked Sendable`: a test hands it from one thread to the next and waits in between.
final class RawHTTP2Client: @unchecked Sendable {
    struct Frame: Equatable {
        var type: UInt8
        var flags: UInt8
        var stream: Int32
        var payload: [UInt8]
    }

    /// What came on one stream.
    struct Response: Sendable {
        var head: [String: String] = [:]
        var body: [UInt8] = []
        var trailers: [String: String] = [:]
        var isEnded = false
        var resetCode: UInt32?

        /// `grpc-status`, from the trailers or from a head that is all there is.
        var grpcStatus: Int? { (trailers["grpc-status"] ?? head["grpc-status"]).flatMap { Int($0) } }

        /// The messages of the body, without their prefixes.
        var messages: [[UInt8]] {
            var found: [[UInt8]] = []
            var rest = body[...]
            while rest.count >= 5 {
                let length = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
                found.append(Array(rest.dropFirst(5).prefix(length)))
                rest = rest.dropFirst(5 + length)
            }
            return found
        }
    }

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    private(set) var tls: RawTLSClient!
    private(set) var responses: [Int32: Response] = [:]
    /// Error code of the last GOAWAY received.
    private(set) var goAway: UInt32?
    private(set) var goAwayCount = 0
    private(set) var isClosed = false
    private(set) var pingsAnswered = 0
    private(set) var pingsReceived = 0
    private(set) var settings: [UInt16: UInt32] = [:]
    /// Whether SETTINGS and PING are acknowledged and window is given back.
    var isPolite = true
    private var inbox: [UInt8] = []
    private var inflater: OpaquePointer?
    private var lastStream: Int32 = -1
    /// What we may still send, by stream; 0 is the connection.
    private var windows: [Int32: Int] = [0: 65535]

    /// Sends preface and SETTINGS unless `start` is false. `initialWindow`: what the server may send on each stream.
    init(_ tls: RawTLSClient, start: Bool = true, initialWindow: UInt32? = nil) throws {
        self.tls = tls
        nghttp2_hd_inflate_new(&inflater)
        guard start else { return }
        let settings = initialWindow.map { [0, 4] + Self.bytes($0) } ?? []
        try tls.write(Self.preface + Self.encode(4, payload: settings))
    }

    deinit { nghttp2_hd_inflate_del(inflater) }

    /// Reads until the server has closed the connection.
    func readToEnd() async throws {
        try await onThread { try self.pump { _ in false } }
    }

    /// Closes the socket.
    func hangUp() { tls = nil }

    // MARK: Out

    static func bytes(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 0xff), UInt8(value >> 8 & 0xff), UInt8(value & 0xff)]
    }

    static func encode(_ type: UInt8, flags: UInt8 = 0, stream: Int32 = 0, payload: [UInt8] = []) -> [UInt8] {
        bytes(UInt32(payload.count)).dropFirst() + [type, flags] + bytes(UInt32(bitPattern: stream)) + payload
    }

    func send(_ type: UInt8, flags: UInt8 = 0, stream: Int32 = 0, _ payload: [UInt8] = []) throws {
        try tls.write(Self.encode(type, flags: flags, stream: stream, payload: payload))
    }

    /// A header block of literal fields that are not indexed.
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { name, value in [0] + string(name) + string(value) }
    }

    /// RFC 7541 section 5.2, without Huffman coding.
    private static func string(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var length: [UInt8] = [127]
        var rest = bytes.count - 127
        while rest >= 128 {
            length.append(UInt8(rest & 0x7f | 0x80))
            rest >>= 7
        }
        return length + [UInt8(rest)] + bytes
    }

    static func requestFields(_ path: String) -> [(String, String)] {
        [
            (":method", "POST"), (":scheme", "https"), (":path", path), (":authority", "localhost"),
            ("te", "trailers"), ("content-type", "application/grpc"),
        ]
    }

    /// The frame that opens a gRPC call.
    static func head(
        _ stream: Int32, _ path: String, _ extra: [(String, String)] = [], end: Bool = false
    ) -> [UInt8] {
        encode(1, flags: end ? 5 : 4, stream: stream, payload: block(requestFields(path) + extra))
    }

    /// The frame that carries one message.
    static func data(_ stream: Int32, _ message: [UInt8], flag: UInt8 = 0, end: Bool = true) -> [UInt8] {
        encode(0, flags: end ? 1 : 0, stream: stream, payload: [flag] + bytes(UInt32(message.count)) + message)
    }

    /// The number of the next stream.
    func nextStream() -> Int32 {
        lastStream += 2
        return lastStream
    }

    /// A whole unary call.
    func call(_ path: String, _ message: [UInt8], _ extra: [(String, String)] = [], flag: UInt8 = 0) throws -> Response
    {
        let stream = nextStream()
        try tls.write(Self.head(stream, path, extra) + Self.data(stream, message, flag: flag))
        return try response(stream)
    }

    /// Sends body bytes as the server's windows allow, in frames of at most 16 KiB.
    func sendBody(_ stream: Int32, _ bytes: [UInt8], end: Bool = true) throws {
        try pump { $0.settings[4] != nil }
        var rest = bytes[...]
        while !rest.isEmpty {
            let room = { (client: RawHTTP2Client) in min(client.windows[0]!, client.window(stream), 16384) }
            try pump { room($0) > 0 || $0.responses[stream]?.isEnded == true }
            if isClosed || responses[stream]?.isEnded == true { return }
            let count = min(room(self), rest.count)
            try send(0, flags: end && count == rest.count ? 1 : 0, stream: stream, Array(rest.prefix(count)))
            windows[0]! -= count
            windows[stream] = window(stream) - count
            rest = rest.dropFirst(count)
        }
    }

    /// What we may send on a stream; 0 is the connection.
    func window(_ stream: Int32) -> Int { windows[stream] ?? Int(settings[4] ?? 65535) }

    // MARK: In

    /// Reads until the stream is over, or the connection.
    func response(_ stream: Int32) throws -> Response {
        try pump { $0.responses[stream]?.isEnded == true || $0.responses[stream]?.resetCode != nil }
        return responses[stream] ?? Response()
    }

    /// Reads until `enough`, or until the server closes the connection.
    func pump(until enough: (RawHTTP2Client) -> Bool) throws {
        while !isClosed, !enough(self) {
            while let frame = takeFrame() { try received(frame) }
            if enough(self) { return }
            let bytes = try tls.read()
            if bytes.isEmpty { isClosed = true }
            inbox += bytes
        }
    }

    private func takeFrame() -> Frame? {
        guard inbox.count >= 9 else { return nil }
        let length = inbox[..<3].reduce(0) { $0 << 8 | Int($1) }
        guard inbox.count >= 9 + length else { return nil }
        let stream = inbox[5..<9].reduce(Int32(0)) { $0 << 8 | Int32($1) }
        let frame = Frame(type: inbox[3], flags: inbox[4], stream: stream, payload: Array(inbox[9..<9 + length]))
        inbox.removeFirst(9 + length)
        return frame
    }

    private static func number(_ bytes: some Sequence<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }

    private func received(_ frame: Frame) throws {
        switch frame.type {
        case 0:
            responses[frame.stream, default: Response()].body += frame.payload
            if isPolite, !frame.payload.isEmpty {
                let grant = Self.bytes(UInt32(frame.payload.count))
                try? tls.write(
                    Self.encode(8, stream: 0, payload: grant) + Self.encode(8, stream: frame.stream, payload: grant))
            }
        case 1: inflate(frame)
        case 3: responses[frame.stream, default: Response()].resetCode = Self.number(frame.payload)
        case 4 where frame.flags & 1 == 0:
            for start in stride(from: 0, to: frame.payload.count, by: 6) {
                let name = UInt16(frame.payload[start]) << 8 | UInt16(frame.payload[start + 1])
                settings[name] = Self.number(frame.payload[start + 2..<start + 6])
            }
            if isPolite { try? send(4, flags: 1) }
        case 6:
            if frame.flags & 1 != 0 {
                pingsAnswered += 1
            } else {
                pingsReceived += 1
                if isPolite { try? send(6, flags: 1, frame.payload) }
            }
        case 8: windows[frame.stream] = window(frame.stream) + Int(Self.number(frame.payload))
        case 7:
            goAway = Self.number(frame.payload[4..<8])
            goAwayCount += 1
        default: break
        }
        if frame.type <= 1, frame.flags & 1 != 0 { responses[frame.stream, default: Response()].isEnded = true }
    }

    private func inflate(_ frame: Frame) {
        var fields: [String: String] = [:]
        var block = frame.payload
        block.withUnsafeMutableBufferPointer { bytes in
            guard var start = bytes.baseAddress else { return }
            var left = bytes.count
            while true {
                var field = nghttp2_nv()
                var flags: Int32 = 0
                let used = nghttp2_hd_inflate_hd2(inflater, &field, &flags, start, left, 1)
                guard used >= 0 else { return }
                start += used
                left -= used
                if flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) != 0 {
                    let name = String(
                        decoding: UnsafeBufferPointer(start: field.name, count: field.namelen), as: UTF8.self)
                    fields[name] = String(
                        decoding: UnsafeBufferPointer(start: field.value, count: field.valuelen), as: UTF8.self)
                }
                if flags & Int32(NGHTTP2_HD_INFLATE_FINAL.rawValue) != 0 {
                    nghttp2_hd_inflate_end_headers(inflater)
                    return
                }
                if used == 0, flags == 0 { return }
            }
        }
        if responses[frame.stream]?.head.isEmpty ?? true {
            responses[frame.stream, default: Response()].head = fields
        } else {
            responses[frame.stream, default: Response()].trailers = fields
        }
    }
}
