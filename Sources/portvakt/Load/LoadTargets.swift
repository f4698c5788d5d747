internal import NIOCore
internal import PortvaktLoad
internal import PortvaktRPC
internal import PortvaktScenarios
internal import PortvaktWire

extension LoadTarget {
    /// Bytes of payload of an echo, as the published comparisons have it.
    static let echoBytes = 64
    /// Different questions that are sent in turn: enough that no cache of a few answers helps.
    static let questionCount = 4096

    /// `portvakt.v1.Access/Check` with questions about a made-up municipality.
    static func check(_ address: ServerAddress, _ municipality: Municipality) -> LoadTarget {
        let coder = WireCoder()
        let messages = (0..<questionCount).map { number in
            let request = CheckRequest(municipality.question(UInt64(number)))
            return unsafe coder.encode(request) { bytes in unsafe ByteBuffer(bytes: bytes) }
        }
        return LoadTarget(
            name: "portvaktd", address: RPCTarget(host: address.host, port: address.port),
            route: RPCRoute(RPC.check.path), messages: messages, inspectsEach: 64)
    }

    /// `portvakt.bench.v1.Echo/Echo`, the peer in Benchmarks/peers.
    static func echo(_ address: ServerAddress) -> LoadTarget {
        // Field 1, length-delimited (protobuf encoding): the tag, the length, the payload.
        let message = ByteBuffer(bytes: [0x0A, UInt8(echoBytes)] + [UInt8](repeating: 0x70, count: echoBytes))
        return LoadTarget(
            name: "gRPC C++ echo", address: RPCTarget(host: address.host, port: address.port),
            route: RPCRoute("/portvakt.bench.v1.Echo/Echo"), messages: [message], inspectsEach: 0)
    }
}
