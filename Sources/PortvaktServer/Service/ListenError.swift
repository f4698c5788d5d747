internal import Glibc
internal import NIOCore

/// Why nothing listens on an address: the setting, the address, what is wrong, what to do.
struct ListenError: Error, Hashable, CustomStringConvertible {
    /// Which of the service's addresses.
    enum Setting: String, Sendable {
        case listen
        case metrics
    }

    let description: String

    /// - Parameter error: what NIO says about it, which names neither the setting nor the address.
    init(_ setting: Setting, host: String, port: Int, _ error: any Error) {
        let place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        description = "\(setting.rawValue): \(place) \(Self.sentence(error))"
    }

    private static func sentence(_ error: any Error) -> String {
        switch error {
        case is SocketAddressError.UnknownHost, is SocketAddressError:
            "names no host that is known here; give an address of this machine, or a name that leads to one"
        case let error as IOError: sentence(code: error.errnoCode)
        default: "cannot be listened on (\(error)); give another address"
        }
    }

    private static func sentence(code: CInt) -> String {
        switch code {
        case EADDRINUSE: "is in use; stop what listens there, or give another port"
        case EADDRNOTAVAIL: "is no address of this machine; give one that is, such as 127.0.0.1"
        case EACCES: "may not be used by this user; give a port of 1024 or above"
        default: "cannot be listened on (error \(code) of the system); give another address"
        }
    }

    /// Runs what listens, and says of a failure which address it is about.
    static func naming<Value: Sendable>(
        _ setting: Setting, host: String, port: Int, _ body: () async throws -> Value
    ) async throws -> Value {
        do { return try await body() } catch { throw ListenError(setting, host: host, port: port, error) }
    }

    /// Looks a host up, without listening. Blocks.
    static func check(_ setting: Setting, host: String, port: Int) throws(ListenError) {
        do { _ = try SocketAddress.makeAddressResolvingHost(host, port: port) } catch {
            throw ListenError(setting, host: host, port: port, error)
        }
    }
}
