import COpenSSL
import Glibc

@testable import PortvaktRPC

/// A blocking TLS client over OpenSSL, with nothing of the product in it.
final class RawTLSClient {
    enum Failure: Error {
        case handshake(String)
        case closed
    }

    let socket: TestSocket
    private let context: OpaquePointer
    private let ssl: OpaquePointer

    /// Records received so far, of any type.
    private(set) var records = 0

    struct Options {
        var version = TLS1_3_VERSION
        var alpn: String? = "h2"
        var groups: String?
        var signatureAlgorithms: String?
        var receiveBuffer: Int32?

        init() {}
    }

    init(
        port: Int, trustAnchors: String, credential: TestPKI.Credential?, options: Options = Options()
    ) throws {
        signal(SIGPIPE, SIG_IGN)
        socket = try TestSocket(port: port, receiveBuffer: options.receiveBuffer)
        context = SSL_CTX_new(TLS_client_method())
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(options.version), nil)
        SSL_CTX_load_verify_locations(context, trustAnchors, nil)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        if let credential {
            SSL_CTX_use_certificate_chain_file(context, credential.certificate)
            SSL_CTX_use_PrivateKey_file(context, credential.key, SSL_FILETYPE_PEM)
        }
        if let alpn = options.alpn {
            let offer = [UInt8(alpn.utf8.count)] + Array(alpn.utf8)
            SSL_CTX_set_alpn_protos(context, offer, UInt32(offer.count))
        }
        for (command, value) in [
            (SSL_CTRL_SET_GROUPS_LIST, options.groups), (SSL_CTRL_SET_SIGALGS_LIST, options.signatureAlgorithms),
        ] {
            guard let value else { continue }
            var text = Array(value.utf8CString)
            SSL_CTX_ctrl(context, command, 0, &text)
        }
        ssl = SSL_new(context)
        SSL_set_fd(ssl, socket.descriptor)
        SSL_set_msg_callback(ssl) { isWritten, _, type, _, _, _, client in
            guard isWritten == 0, type == SSL3_RT_HEADER, let client else { return }
            Unmanaged<RawTLSClient>.fromOpaque(client).takeUnretainedValue().records += 1
        }
        // SSL_set_msg_callback_arg is a macro over this control.
        SSL_ctrl(ssl, SSL_CTRL_SET_MSG_CALLBACK_ARG, 0, Unmanaged.passUnretained(self).toOpaque())
        ERR_clear_error()
        guard SSL_connect(ssl) == 1 else {
            let verified = String(cString: X509_verify_cert_error_string(SSL_get_verify_result(ssl)))
            throw Failure.handshake("\(OpenSSL.takeError()); certificate: \(verified)")
        }
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
    }

    func write(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { return }
        ERR_clear_error()
        guard SSL_write(ssl, bytes, Int32(bytes.count)) == Int32(bytes.count) else { throw Failure.closed }
    }

    /// Some bytes; empty when the server closed the connection, in order or not.
    func read(max: Int = 16 * 1024) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: max)
        ERR_clear_error()
        errno = 0
        let count = SSL_read(ssl, &buffer, Int32(max))
        if count > 0 { return Array(buffer[..<Int(count)]) }
        if SSL_get_error(ssl, count) == SSL_ERROR_SYSCALL, errno == EAGAIN { throw TestSocket.Failure.timedOut }
        if SSL_get_error(ssl, count) == SSL_ERROR_WANT_READ { throw TestSocket.Failure.timedOut }
        return []
    }

    /// Asks for new keys, with an answer (RFC 8446 section 4.6.3), with the next write.
    func updateKeys() { SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) }

    /// Sends `close_notify`.
    func shutdown() { SSL_shutdown(ssl) }
}
