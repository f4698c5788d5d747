internal import CNghttp2
internal import NIOCore

/// Which end of an HTTP/2 connection.
enum HTTP2Role: Sendable, Hashable {
    case server
    case client
}

/// The one owner of an `nghttp2_session*`: bytes in, events out; answers in, bytes out. No I/O, no clock.
///
/// Bound to one event loop. Every limit of ``HTTP2Limits`` that concerns frames is kept here; time-outs and keepalive
/// are the owner's, who has the clock.
@safe final class HTTP2Session {
    /// What is drained at once: one TLS record. Bytes.
    static let drainSize = 16 * 1024

    let role: HTTP2Role
    let limits: HTTP2Limits
    /// Told what the peer does. Held strongly: the owner sets it to nil when the connection is over.
    var delegate: (any HTTP2SessionDelegate)?

    let pointer: OpaquePointer
    /// What `pointer` points to lies in it.
    private let memory = HTTP2Memory()
    var now: NIODeadline
    /// Unchecked: its methods call nothing of ours, so that no two changes can overlap.
    @exclusivity(unchecked) var guardian: FloodGuard
    /// Why the connection ends, once it does.
    var failure: HTTP2Misbehaviour?
    /// What the owner ended the connection with: its own GOAWAY tells of no violation.
    private(set) var terminationCode: UInt32?
    /// When the header list that is being received began.
    var fieldsBeganAt: NIODeadline
    /// The stream whose header list is being received.
    var fieldsStream: HTTP2Stream? {
        didSet { unsafe lentFieldsStream = unsafe fieldsStream.map(Unmanaged.passUnretained) }
    }
    /// The same, lent to each field without counting references: it is held by ``fieldsStream`` while it is here.
    private(set) var lentFieldsStream: Unmanaged<HTTP2Stream>?
    /// Keeps alive the streams that nghttp2 points to. Unchecked: its methods call nothing of ours.
    @exclusivity(unchecked) var openStreams = OpenStreams()
    /// Client role: requests that nghttp2 has queued and not yet sent.
    var unsent: [Int32: HTTP2Stream] = [:]
    /// Streams whose outbox fell below the low-water mark during the current drain.
    var writable: [HTTP2Stream] = []
    /// Bytes of outboxes that were framed, since the beginning.
    var framedBytes = 0
    /// A frame that did not fit in the last drain; nghttp2 keeps it alive until asked for the next.
    private var carried: UnsafeRawBufferPointer?

    /// Nil when memory is exhausted.
    init?(role: HTTP2Role, limits: HTTP2Limits, now: NIODeadline) {
        guard let pointer = unsafe HTTP2Callbacks.makeSession(role: role, limits: limits, memory: memory) else {
            return nil
        }
        self.role = role
        self.limits = limits
        unsafe self.pointer = pointer
        self.now = now
        fieldsBeganAt = now
        unsafe guardian = FloodGuard(limits: limits, now: now)
        unsafe carried = nil
        unsafe nghttp2_session_set_user_data(pointer, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit { unsafe nghttp2_session_del(pointer) }

    // MARK: Bytes

    /// Queues our SETTINGS and the connection's window. Call once, first.
    func start() {
        var entries = [
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue), value: UInt32(limits.streamWindow)),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue),
                value: UInt32(limits.maxHeaderListSize)),
        ]
        switch role {
        case .server:
            entries.append(
                nghttp2_settings_entry(
                    settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue),
                    value: UInt32(limits.maxConcurrentStreams)))
        case .client:
            entries.append(
                nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0))
        }
        unsafe nghttp2_submit_settings(pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), entries, entries.count)
        unsafe nghttp2_session_set_local_window_size(
            pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, Int32(limits.connectionWindow))
    }

    /// Takes bytes from the peer and tells the delegate what they mean.
    ///
    /// When it throws, drain once more (a GOAWAY may be queued) and close the connection.
    func receive(_ bytes: UnsafeRawBufferPointer, now: NIODeadline) throws(HTTP2Error) {
        self.now = now
        let taken = unsafe nghttp2_session_mem_recv(
            pointer, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        fieldsStream = taken < 0 ? nil : fieldsStream
        if taken == Int(NGHTTP2_ERR_FLOODED.rawValue) { fail(.pingFlood) }
        if let failure {
            unsafe nghttp2_session_terminate_session(pointer, HTTP2ErrorCode.enhanceYourCalm)
            throw .misbehaved(failure)
        }
        if taken < 0 { throw HTTP2Error(code: Int32(taken)) }
    }

    /// Moves queued frames to the end of `buffer`, at most `limit` bytes. Returns whether there are more.
    func drain(into buffer: inout ByteBuffer, limit: Int = HTTP2Session.drainSize) throws(HTTP2Error) -> Bool {
        var room = limit
        while true {
            let frame: UnsafeRawBufferPointer
            if let kept = unsafe carried {
                unsafe frame = unsafe kept
                unsafe carried = nil
            } else {
                var start: UnsafePointer<UInt8>?
                let length = unsafe nghttp2_session_mem_send(pointer, &start)
                if length < 0 { throw HTTP2Error(code: Int32(length)) }
                if length == 0 { break }
                unsafe frame = UnsafeRawBufferPointer(start: start, count: length)
            }
            if frame.count > room, room < limit {
                unsafe carried = unsafe frame
                return true
            }
            unsafe buffer.writeBytes(frame)
            room -= frame.count
            if room <= 0 { return wantsToWrite }
        }
        if let failure, failure == .provokedResetFlood { throw .misbehaved(failure) }
        return false
    }

    /// Tells the delegate which streams may be written to again. Call after the last drain.
    func tellWritable() {
        guard !writable.isEmpty else { return }
        let streams = writable
        writable = []
        for stream in streams where stream.id >= 0 { delegate?.http2Writable(stream) }
    }

    /// Frames are queued (some may wait for the peer's window).
    var wantsToWrite: Bool { unsafe carried != nil || nghttp2_session_want_write(pointer) != 0 }

    /// Nothing more will be read or written: close the connection.
    var isOver: Bool {
        guard unsafe carried == nil else { return false }
        return unsafe nghttp2_session_want_write(pointer) == 0 && nghttp2_session_want_read(pointer) == 0
    }

    // MARK: Streams

    /// The streams that are open, in no order.
    var held: OpenStreams { unsafe openStreams }

    /// ``held`` is not empty.
    var hasStreams: Bool { unsafe !openStreams.isEmpty }

    /// Client role: queues a request and sets `stream.id`. With `hasBody` the stream's outbox follows.
    func submitRequest(_ stream: HTTP2Stream, fields: HTTP2Fields, hasBody: Bool) throws(HTTP2Error) {
        let id = unsafe fields.withNghttp2 { list, count in
            guard hasBody else { return unsafe nghttp2_submit_request(pointer, nil, list, count, nil, nil) }
            var provider = unsafe bodyProvider(stream)
            return unsafe nghttp2_submit_request(pointer, nil, list, count, &provider, nil)
        }
        guard id > 0 else { throw HTTP2Error(code: id) }
        stream.id = id
        unsent[id] = stream
    }

    /// Server role: queues a response. With `hasBody` the stream's outbox follows; without, the list ends the stream.
    func submitResponse(_ stream: HTTP2Stream, fields: HTTP2Fields, hasBody: Bool) {
        guard stream.id > 0 else { return }
        _ = unsafe fields.withNghttp2 { list, count in
            guard hasBody else { return unsafe nghttp2_submit_response(pointer, stream.id, list, count, nil) }
            var provider = unsafe bodyProvider(stream)
            return unsafe nghttp2_submit_response(pointer, stream.id, list, count, &provider)
        }
    }

    /// Server role: queues the response that nearly every call gets, from constant memory; the outbox follows.
    func submitResponse(_ stream: HTTP2Stream, constant fields: ConstantFieldList) {
        guard stream.id > 0 else { return }
        var provider = unsafe bodyProvider(stream)
        unsafe nghttp2_submit_response(pointer, stream.id, fields.start, fields.count, &provider)
    }

    /// The outbox has grown, or ``HTTP2Stream/outboxFinished`` was set.
    func resume(_ stream: HTTP2Stream) {
        guard stream.isDeferred, stream.id > 0 else { return }
        stream.isDeferred = false
        unsafe nghttp2_session_resume_data(pointer, stream.id)
    }

    /// Queues RST_STREAM. `errorCode` is none of those that tell of a peer's violation (they are the session's own).
    func reset(_ stream: HTTP2Stream, errorCode: UInt32) {
        guard stream.id > 0 else { return }
        unsafe nghttp2_submit_rst_stream(pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, errorCode)
    }

    /// Grants the peer window for body bytes that were received and dealt with.
    func consume(_ stream: HTTP2Stream, bytes: Int) {
        guard bytes > 0 else { return }
        if stream.id > 0, !stream.receivedEnd {
            unsafe nghttp2_session_consume(pointer, stream.id, bytes)
        } else {
            unsafe nghttp2_session_consume_connection(pointer, bytes)
        }
    }

    private func bodyProvider(_ stream: HTTP2Stream) -> nghttp2_data_provider {
        var provider = unsafe nghttp2_data_provider()
        unsafe provider.source.ptr = Unmanaged.passUnretained(stream).toOpaque()
        unsafe provider.read_callback = HTTP2Callbacks.readBody
        return unsafe provider
    }

    // MARK: Connection

    /// Queues a PING; its answer is told.
    func ping() {
        unsafe nghttp2_submit_ping(pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
    }

    /// Server role: announces that the connection goes away, while streams on their way are still taken.
    func shutdownNotice() {
        unsafe nghttp2_submit_shutdown_notice(pointer)
    }

    /// Queues GOAWAY with the last stream taken: open streams finish, new ones are not taken.
    func goAway(errorCode: UInt32 = HTTP2ErrorCode.noError) {
        let last = unsafe nghttp2_session_get_last_proc_stream_id(pointer)
        unsafe nghttp2_submit_goaway(pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, errorCode, nil, 0)
    }

    /// Queues GOAWAY and ends: open streams are abandoned.
    func terminate(errorCode: UInt32) {
        terminationCode = errorCode
        unsafe nghttp2_session_terminate_session(pointer, errorCode)
    }
}
