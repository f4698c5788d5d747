/// What a server knows of a caller beyond its certificate: made by the ``CallerPolicy``, handed to the handlers as it
/// is.
public protocol CallerContext: AnyObject, Sendable {}

/// The answer of a ``CallerPolicy``.
public enum Admission: Sendable {
    /// The peer may call; its handlers get the context.
    case admitted(any CallerContext)
    /// The connection is cut without a word.
    case refused
}

/// Decides which verified peers may hold a connection.
public protocol CallerPolicy: Sendable {
    /// Called on an event loop after the handshake, and again at every recheck. Must not block.
    func admit(_ peer: PeerIdentity) -> Admission
}
