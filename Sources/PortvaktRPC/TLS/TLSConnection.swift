internal import COpenSSL
internal import NIOCore

/// One owner of an `SSL*` over two memory BIOs: ciphertext in, plaintext out, and the other way. No I/O.
///
/// Bound to one event loop.
@safe final class TLSConnection {
    enum Progress {
        case needsBytes
        case done
    }

    /// Largest plaintext of one record (RFC 8446 section 5.1). Bytes.
    static let recordSize = 16 * 1024

    let role: TLSRole
    private let allowsHTTP1: Bool
    /// After the handshake: the peer chose HTTP/1.1.
    private(set) var isHTTP1 = false
    private let ssl: OpaquePointer
    /// Owned by `ssl`.
    private let input: OpaquePointer
    private let output: OpaquePointer

    /// `serverName`: client role only; the name or IP address that the server's certificate must carry.
    init(context: TLSContext, serverName: String?) throws(TLSError) {
        guard let ssl = unsafe SSL_new(context.pointer) else { throw .outOfMemory }
        guard let input = unsafe BIO_new(BIO_s_mem()), let output = unsafe BIO_new(BIO_s_mem()) else {
            unsafe SSL_free(ssl)
            throw .outOfMemory
        }
        role = context.role
        allowsHTTP1 = context.allowsHTTP1
        unsafe self.ssl = ssl
        unsafe self.input = input
        unsafe self.output = output
        unsafe SSL_set_bio(ssl, input, output)
        switch context.role {
        case .server: unsafe SSL_set_accept_state(ssl)
        case .client:
            unsafe SSL_set_connect_state(ssl)
            guard let serverName, expect(serverName) else {
                throw .handshakeFailed("no usable server name to check the certificate against")
            }
        }
    }

    deinit { unsafe SSL_free(ssl) }

    private func expect(_ serverName: String) -> Bool {
        let parameters = unsafe SSL_get0_param(ssl)
        if unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, serverName) == 1 { return true }
        ERR_clear_error()
        guard unsafe SSL_set1_host(ssl, serverName) == 1 else { return false }
        unsafe SSL_set_hostflags(ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        var name = Array(serverName.utf8CString)
        // SSL_set_tlsext_host_name is a macro over this control.
        return unsafe SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), &name) == 1
    }

    /// Takes ciphertext from the peer.
    func feed(_ buffer: ByteBuffer) throws(TLSError) {
        let wrote = unsafe buffer.withUnsafeReadableBytes { bytes -> Bool in
            guard bytes.count > 0 else { return true }
            return unsafe BIO_write(input, bytes.baseAddress, Int32(bytes.count)) == Int32(bytes.count)
        }
        guard wrote else { throw .outOfMemory }
    }

    /// Goes on with the handshake as far as the bytes allow.
    func handshake() throws(TLSError) -> Progress {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(ssl)
        if result == 1 {
            try checkNegotiated()
            return .done
        }
        guard unsafe SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ else {
            throw .handshakeFailed(OpenSSL.takeError())
        }
        return .needsBytes
    }

    private func checkNegotiated() throws(TLSError) {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        unsafe SSL_get0_alpn_selected(ssl, &name, &length)
        let chosen = unsafe UnsafeRawBufferPointer(start: name, count: Int(length))
        isHTTP1 = unsafe allowsHTTP1 && chosen.equals("http/1.1")
        guard unsafe isHTTP1 || chosen.equals("h2") else { throw .notHTTP2 }
        // Neither can happen with our context; a library that broke it must not be trusted further.
        guard unsafe SSL_version(ssl) == TLS1_3_VERSION, unsafe SSL_session_reused(ssl) == 0 else {
            throw .handshakeFailed("not a full TLS 1.3 handshake")
        }
    }

    /// Appends the plaintext of the records received so far, at most `limit` bytes. Nil: the peer closed in order.
    ///
    /// Returns the number of bytes appended; 0 when there are no more.
    func read(into buffer: inout ByteBuffer, limit: Int) throws(TLSError) -> Int? {
        ERR_clear_error()
        var result: Int32 = 0
        unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: limit) { bytes in
            result = unsafe SSL_read(ssl, bytes.baseAddress, Int32(min(bytes.count, limit)))
            return max(Int(result), 0)
        }
        if result > 0 { return Int(result) }
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return 0
        case SSL_ERROR_ZERO_RETURN: return nil
        default: throw .brokenRecord(OpenSSL.takeError())
        }
    }

    /// Encrypts. The ciphertext waits for ``takeOutput(into:)``.
    func write(_ buffer: ByteBuffer) throws(TLSError) {
        ERR_clear_error()
        let wrote = unsafe buffer.withUnsafeReadableBytes { bytes -> Bool in
            guard bytes.count > 0 else { return true }
            return unsafe SSL_write(ssl, bytes.baseAddress, Int32(bytes.count)) == Int32(bytes.count)
        }
        guard wrote else { throw .brokenRecord(OpenSSL.takeError()) }
    }

    /// Ciphertext that waits to be sent. Bytes.
    var outputSize: Int { unsafe Int(BIO_ctrl_pending(output)) }

    /// Moves the waiting ciphertext to the end of `buffer`.
    func takeOutput(into buffer: inout ByteBuffer) {
        let size = outputSize
        guard size > 0 else { return }
        unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { bytes in
            unsafe max(Int(BIO_read(output, bytes.baseAddress, Int32(size))), 0)
        }
    }

    /// Queues `close_notify`.
    func shutdown() {
        ERR_clear_error()
        unsafe SSL_shutdown(ssl)
        ERR_clear_error()
    }

    /// What the peer presented.
    var peer: UnverifiedPeer { unsafe UnverifiedPeer(connection: ssl, role: role) }
}
