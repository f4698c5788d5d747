internal import COpenSSL

/// Constants of OpenSSL 3 whose C macros Swift cannot import, with the header that defines them.
enum OpenSSL {
    /// `SSL_OP_NO_TICKET`, `SSL_OP_NO_COMPRESSION`, `SSL_OP_NO_RENEGOTIATION`, `SSL_OP_CIPHER_SERVER_PREFERENCE`
    /// (`openssl/ssl.h`: `SSL_OP_BIT(n)` is `1 << n`).
    static let contextOptions: UInt64 = (1 << 14) | (1 << 17) | (1 << 30) | (1 << 22)
    /// `SSL_MODE_NO_AUTO_CHAIN`: never send certificates from the trust store.
    static let modeNoAutoChain = 0x8
    /// `SSL_TLSEXT_ERR_OK`, `SSL_TLSEXT_ERR_ALERT_FATAL` (`openssl/tls1.h`).
    static let alpnChosen: Int32 = 0
    static let alpnRefused: Int32 = 2

    /// The oldest entry of this thread's error queue as text; the queue is emptied.
    static func takeError() -> String {
        let code = ERR_get_error()
        defer { ERR_clear_error() }
        guard code != 0 else { return "no reason given" }
        guard let reason = unsafe ERR_reason_error_string(code) else { return "error \(code)" }
        return unsafe String(cString: reason)
    }
}
