/// What a server counts besides calls: everything a hostile or broken client can do. Names are the metric's labels.
public enum ServerEvent: String, Sendable, Hashable, CaseIterable {
    // TLS and admission.
    case handshakeTimedOut = "handshake_timed_out"
    case handshakeFailed = "handshake_failed"
    case callerRefused = "caller_refused"
    case certificateExpired = "certificate_expired"
    case recheckRefused = "recheck_refused"
    case reloadFailed = "reload_failed"
    // Floods of connections.
    case tooManyConnections = "too_many_connections"
    case tooManyConnectionsOfCaller = "too_many_connections_of_caller"
    case tooManyHandshakesOfAddress = "too_many_handshakes_of_address"
    // Slowness.
    case slowPreface = "slow_preface"
    case slowHeaders = "slow_headers"
    case slowBody = "slow_body"
    case stalledResponse = "stalled_response"
    case unreadSocket = "unread_socket"
    case keepaliveTimedOut = "keepalive_timed_out"
    // HTTP/2: one for each HTTP2Misbehaviour.
    case badPreface = "bad_preface"
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
    // gRPC.
    case notGRPC = "not_grpc"
    case unknownMethod = "unknown_method"
    case badMessage = "bad_message"
    case messageTooLarge = "message_too_large"
    case secondMessage = "second_message"
    case badCompression = "bad_compression"
    case bufferExhausted = "buffer_exhausted"
    case unsentExhausted = "unsent_exhausted"
    case tooManyUnanswered = "too_many_unanswered"

    init(_ misbehaviour: HTTP2Misbehaviour) {
        // The labels are the same by construction; a test holds every case against it.
        self = ServerEvent(rawValue: misbehaviour.rawValue) ?? .protocolViolation
    }
}

/// A snapshot of a server's counters, all since it was made but `connectionsOpen` and `callsOpen`.
public struct ServerMetrics: Sendable {
    public var connectionsOpen = 0
    public var connectionsAccepted: UInt64 = 0
    public var callsOpen = 0
    public var callsStarted: UInt64 = 0
    /// Calls ended, by status; index is ``StatusCode``'s raw value.
    public var callsEnded = [UInt64](repeating: 0, count: 17)
    public var callsCancelled: UInt64 = 0
    public var events: [ServerEvent: UInt64] = [:]
    /// Answers of pages, by HTTP status.
    public var pagesAnswered: [Int: UInt64] = [:]

    public init() {}

    public func ended(_ code: StatusCode) -> UInt64 { callsEnded[Int(code.rawValue)] }
}
