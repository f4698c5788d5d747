/// Why a TLS connection ended otherwise than in order.
enum TLSError: Error, Sendable, Equatable {
    /// The handshake was not finished in time.
    case handshakeTimedOut
    /// OpenSSL refused the handshake: no certificate, a wrong one, a wrong version, bytes that are not TLS, …
    case handshakeFailed(String)
    /// The peer did not choose HTTP/2 by ALPN (nor HTTP/1.1, where that is allowed).
    case notHTTP2
    /// A broken record after the handshake.
    case brokenRecord(String)
    /// Written to before the handshake or after the end.
    case notOpen
    /// The TLS library could not make a connection object.
    case outOfMemory
}
