import Glibc

/// A blocking TCP client socket on the loopback address.
final class TestSocket {
    enum Failure: Error, Equatable {
        case system(Int32)
        case timedOut
    }

    /// How long a read or write may block. Generous: the machine may be busy. Seconds.
    static let patience = 20

    let descriptor: Int32

    /// `receiveBuffer`: bytes of SO_RCVBUF, for a client that will not read.
    init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure.system(errno) }
        set(SOL_SOCKET, SO_RCVTIMEO, timeval(tv_sec: Self.patience, tv_usec: 0))
        set(SOL_SOCKET, SO_SNDTIMEO, timeval(tv_sec: Self.patience, tv_usec: 0))
        set(Int32(IPPROTO_TCP), TCP_NODELAY, Int32(1))
        if let receiveBuffer { set(SOL_SOCKET, SO_RCVBUF, receiveBuffer) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        // `deinit` closes it, also after this: twice would close what another test has opened under its number meanwhile.
        guard result == 0 else { throw Failure.system(errno) }
    }

    deinit { Glibc.close(descriptor) }

    private func set<Value: BitwiseCopyable>(_ level: Int32, _ option: Int32, _ value: Value) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Value>.size))
    }

    func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure.system(errno) }
            sent += count
        }
    }

    /// Some bytes; empty when the peer closed or reset the connection.
    func read(max: Int = 16 * 1024) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: max)
        let count = recv(descriptor, &buffer, max, 0)
        if count < 0 {
            if errno == EAGAIN { throw Failure.timedOut }
            return []
        }
        return Array(buffer[..<count])
    }

    /// Sends FIN.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }
}
