/// What an ``HTTP2Session`` tells its owner, on the event loop, while it is fed bytes.
///
/// The pointers are valid during the call only.
protocol HTTP2SessionDelegate: AnyObject {
    /// Server role: the peer opened a stream. Nil refuses it (REFUSED_STREAM: the peer may try again elsewhere).
    func http2Opened(streamID: Int32) -> HTTP2Stream?
    /// One field of a header list; pseudo-header fields too.
    func http2Field(_ stream: HTTP2Stream, name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)
    /// The header list ended. When it was longer than the limit, the fields beyond it were not told.
    func http2FieldsEnd(_ stream: HTTP2Stream, kind: HTTP2FieldsKind, isTooLarge: Bool)
    /// Body bytes. The owner grants the window back with ``HTTP2Session/consume(_:bytes:)``.
    func http2Data(_ stream: HTTP2Stream, bytes: UnsafeRawBufferPointer)
    /// END_STREAM: nothing more comes from the peer on this stream.
    func http2End(_ stream: HTTP2Stream)
    /// The stream is over, in both directions. `errorCode` 0: in order (RFC 9113 section 7).
    func http2Closed(_ stream: HTTP2Stream, errorCode: UInt32)
    /// The outbox fell below the low-water mark after it had been above the high-water mark.
    func http2Writable(_ stream: HTTP2Stream)
    /// The peer goes away: streams above `lastStreamID` were not processed.
    func http2GoAway(lastStreamID: Int32, errorCode: UInt32)
    /// An answer to one of our PINGs.
    func http2PingAnswered()
    /// The peer's SETTINGS were applied (the first time and later).
    func http2SettingsApplied()
    /// The peer misbehaved. The session has already done what had to be done.
    func http2Misbehaved(_ event: HTTP2Misbehaviour)
}

/// Which header list ended.
enum HTTP2FieldsKind {
    /// A request (server role).
    case request
    /// A response that ends the informational ones (client role).
    case response
    /// A 1xx response (client role).
    case informational
    /// Trailers, in either role.
    case trailers
}

/// How a peer misbehaved. Names are the labels of the metric.
public enum HTTP2Misbehaviour: String, Sendable, Hashable, CaseIterable {
    case headerListTooLarge = "header_list_too_large"
    case headerBomb = "header_bomb"
    case continuationFlood = "continuation_flood"
    case pingFlood = "ping_flood"
    case settingsFlood = "settings_flood"
    case resetFlood = "reset_flood"
    case provokedResetFlood = "provoked_reset_flood"
    case emptyFrameFlood = "empty_frame_flood"
    case windowUpdateFlood = "window_update_flood"
    case flowControlViolation = "flow_control_violation"
    case protocolViolation = "protocol_violation"
}
