internal import CNghttp2

/// nghttp2's callbacks: each finds its session and calls one method of it.
enum HTTP2Callbacks {
    /// Makes a session with our options. The caller owns it, and keeps the memory until it is deleted.
    static func makeSession(role: HTTP2Role, limits: HTTP2Limits, memory: HTTP2Memory) -> OpaquePointer? {
        var callbacks: OpaquePointer?
        var options: OpaquePointer?
        guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0 else { return nil }
        defer { unsafe nghttp2_session_callbacks_del(callbacks) }
        guard unsafe nghttp2_option_new(&options) == 0 else { return nil }
        defer { unsafe nghttp2_option_del(options) }
        unsafe nghttp2_option_set_no_auto_window_update(options, 1)
        unsafe nghttp2_option_set_no_closed_streams(options, 1)
        unsafe nghttp2_option_set_max_outbound_ack(options, limits.maxOutboundAcknowledgements)
        // The library has limits of its own for these; they stand behind ours, which are counted.
        unsafe nghttp2_option_set_stream_reset_rate_limit(
            options, UInt64(limits.peerResets.burst) * 2, UInt64(limits.peerResets.perSecond) * 2)
        unsafe nghttp2_option_set_max_continuations(options, limits.maxContinuations + 1)
        unsafe install(callbacks)
        var session: OpaquePointer?
        var functions = unsafe memory.functions
        let code =
            switch role {
            case .server: unsafe nghttp2_session_server_new3(&session, callbacks, nil, options, &functions)
            case .client: unsafe nghttp2_session_client_new3(&session, callbacks, nil, options, &functions)
            }
        return unsafe code == 0 ? session : nil
    }

    /// Fills a DATA frame from the stream's outbox.
    static let readBody: nghttp2_data_source_read_callback = {
        _, _, buffer, length, flags, source, userData in
        guard let raw = unsafe source?.pointee.ptr, let buffer = unsafe buffer, let flags = unsafe flags else {
            return Int(failed)
        }
        return unsafe with(userData, else: Int(failed)) { session in
            let stream = unsafe Unmanaged<HTTP2Stream>.fromOpaque(raw).takeUnretainedValue()
            return unsafe session.readBody(
                stream, into: UnsafeMutableRawBufferPointer(start: buffer, count: length), flags: flags)
        }
    }
}

/// Lends the session without counting a reference: whoever feeds or drains it holds it meanwhile.
private func with<Result>(
    _ userData: UnsafeMutableRawPointer?, else nothing: Result, _ body: (HTTP2Session) -> Result
) -> Result {
    guard let userData = unsafe userData else { return nothing }
    return unsafe Unmanaged<HTTP2Session>.fromOpaque(userData)._withUnsafeGuaranteedRef { body($0) }
}

private let failed = Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)

private func install(_ callbacks: OpaquePointer?) {
    unsafe nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { _, header, userData in
        guard let header = unsafe header?.pointee else { return failed }
        return unsafe with(userData, else: failed) {
            $0.began(type: header.type, flags: header.flags, length: header.length) ? 0 : failed
        }
    }
    unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, userData in
        guard let header = unsafe frame?.pointee.hd else { return failed }
        return unsafe with(userData, else: failed) {
            $0.beganFields(streamID: header.stream_id)
            return 0
        }
    }
    unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks) {
        _, _, name, nameLength, value, valueLength, _, userData in
        unsafe with(userData, else: failed) {
            let name = unsafe UnsafeRawBufferPointer(start: name, count: nameLength)
            let value = unsafe UnsafeRawBufferPointer(start: value, count: valueLength)
            return unsafe $0.field(name: name, value: value) ? 0 : failed
        }
    }
    unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
        _, _, streamID, data, length, userData in
        unsafe with(userData, else: failed) {
            unsafe $0.data(streamID: streamID, bytes: UnsafeRawBufferPointer(start: data, count: length))
            return 0
        }
    }
    unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, userData in
        guard let frame = unsafe frame else { return failed }
        return unsafe with(userData, else: failed) {
            unsafe $0.received(frame)
            return 0
        }
    }
    unsafe nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, userData in
        guard let frame = unsafe frame else { return failed }
        return unsafe with(userData, else: failed) {
            unsafe $0.sent(frame)
            return 0
        }
    }
    unsafe nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) { _, frame, _, userData in
        guard let header = unsafe frame?.pointee.hd else { return failed }
        return unsafe with(userData, else: failed) {
            if header.type == FloodGuard.FrameType.headers { $0.notSent(streamID: header.stream_id) }
            return 0
        }
    }
    unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, streamID, code, userData in
        unsafe with(userData, else: failed) {
            $0.closed(streamID: streamID, errorCode: code)
            return 0
        }
    }
}
