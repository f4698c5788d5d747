internal import CNghttp2
internal import NIOCore

// What nghttp2 calls back with. Each method is called by one callback of `HTTP2Callbacks`.
extension HTTP2Session {
    /// Any frame header, CONTINUATION and unknown types too. False ends the connection.
    func began(type: UInt8, flags: UInt8, length: Int) -> Bool {
        guard let event = unsafe guardian.received(type: type, flags: flags, length: length, now: now) else {
            return true
        }
        fail(event)
        return false
    }

    func fail(_ event: HTTP2Misbehaviour) {
        guard failure == nil else { return }
        failure = event
        delegate?.http2Misbehaved(event)
    }

    /// The object of an open stream.
    func stream(_ id: Int32) -> HTTP2Stream? {
        guard let raw = unsafe nghttp2_session_get_stream_user_data(pointer, id) else { return nil }
        return unsafe Unmanaged<HTTP2Stream>.fromOpaque(raw).takeUnretainedValue()
    }

    private func attach(_ stream: HTTP2Stream, _ id: Int32) {
        let raw = unsafe Unmanaged.passUnretained(stream).toOpaque()
        guard unsafe nghttp2_session_set_stream_user_data(pointer, id, raw) == 0 else { return }
        stream.id = id
        unsafe openStreams.insert(stream)
    }

    // MARK: Header lists

    func beganFields(streamID: Int32) {
        fieldsBeganAt = now
        if let stream = stream(streamID) {
            stream.headerListSize = 0
            fieldsStream = stream
            return
        }
        fieldsStream = nil
        guard role == .server, let opened = delegate?.http2Opened(streamID: streamID) else {
            if role == .server {
                unsafe nghttp2_submit_rst_stream(pointer, 0, streamID, HTTP2ErrorCode.refusedStream)
            }
            return
        }
        attach(opened, streamID)
        fieldsStream = opened
    }

    /// One field. False ends the connection.
    func field(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> Bool {
        guard let lent = unsafe lentFieldsStream else { return true }
        return unsafe lent._withUnsafeGuaranteedRef { unsafe field($0, name, value) }
    }

    private func field(_ stream: HTTP2Stream, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
        stream.headerListSize += name.count + value.count + 32
        if role == .client, name.count == 7, unsafe name[0] == 0x3a {  // ":status", RFC 9113 section 8.3.2
            stream.statusIsFinal = unsafe value.first != 0x31
        }
        if stream.headerListSize <= limits.maxHeaderListSize {
            unsafe delegate?.http2Field(stream, name: name, value: value)
            return true
        }
        if stream.headerListSize <= limits.maxHeaderListSizeBeforeCut { return true }
        fail(.headerBomb)
        return false
    }

    private func endedFields(_ stream: HTTP2Stream, category: nghttp2_headers_category) {
        fieldsStream = nil
        let tooLarge = stream.headerListSize > limits.maxHeaderListSize
        if tooLarge { delegate?.http2Misbehaved(.headerListTooLarge) }
        let kind: HTTP2FieldsKind
        switch role {
        case .server: kind = category == NGHTTP2_HCAT_REQUEST ? .request : .trailers
        case .client:
            kind = stream.receivedResponse ? .trailers : stream.statusIsFinal ? .response : .informational
            stream.receivedResponse = stream.receivedResponse || stream.statusIsFinal
        }
        delegate?.http2FieldsEnd(stream, kind: kind, isTooLarge: tooLarge)
    }

    // MARK: Bodies

    func data(streamID: Int32, bytes: UnsafeRawBufferPointer) {
        guard let stream = stream(streamID) else {
            unsafe nghttp2_session_consume(pointer, streamID, bytes.count)
            return
        }
        unsafe delegate?.http2Data(stream, bytes: bytes)
    }

    /// Moves outbox bytes into a DATA frame; returns their number, or nghttp2's "deferred".
    func readBody(
        _ stream: HTTP2Stream, into frame: UnsafeMutableRawBufferPointer, flags: UnsafeMutablePointer<UInt32>
    ) -> Int {
        let waiting = stream.outbox.readableBytes
        let count = min(waiting, frame.count)
        if count > 0 {
            unsafe stream.outbox.readWithUnsafeReadableBytes { bytes in
                unsafe frame.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
                return count
            }
            stream.progress &+= count
            framedBytes += count
            let low = limits.outboxHighWater / 2
            if stream.wantsWritable, waiting - count <= low {
                stream.wantsWritable = false
                writable.append(stream)
            }
        }
        guard count == waiting else { return count }
        if stream.outboxFinished {
            unsafe flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
            if let trailers = stream.trailers {
                unsafe flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
                submit(trailers, stream.id)
            }
        } else if count == 0 {
            stream.isDeferred = true
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        }
        return count
    }

    private func submit(_ trailers: HTTP2Trailers, _ id: Int32) {
        switch trailers {
        case .ok:
            let list = ConstantFields.okTrailers
            unsafe nghttp2_submit_trailer(pointer, id, list.start, list.count)
        case .fields(let fields):
            _ = unsafe fields.withNghttp2 { list, count in unsafe nghttp2_submit_trailer(pointer, id, list, count) }
        }
    }

    // MARK: Frames

    func received(_ frame: UnsafePointer<nghttp2_frame>) {
        let header = unsafe frame.pointee.hd
        switch header.type {
        case FloodGuard.FrameType.headers:
            guard let stream = stream(header.stream_id) else { return }
            unsafe endedFields(stream, category: frame.pointee.headers.cat)
            endIfFlagged(stream, header.flags)
        case FloodGuard.FrameType.data:
            guard header.flags & 1 != 0, let stream = stream(header.stream_id) else { return }
            endIfFlagged(stream, header.flags)
        case FloodGuard.FrameType.settings:
            if header.flags & 1 == 0 { delegate?.http2SettingsApplied() }
        case FloodGuard.FrameType.ping:
            if header.flags & 1 != 0 { delegate?.http2PingAnswered() }
        case FloodGuard.FrameType.goAway:
            let goAway = unsafe frame.pointee.goaway
            unsafe delegate?.http2GoAway(lastStreamID: goAway.last_stream_id, errorCode: goAway.error_code)
        default: break
        }
    }

    private func endIfFlagged(_ stream: HTTP2Stream, _ flags: UInt8) {
        guard flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0, stream.id >= 0 else { return }
        stream.receivedEnd = true
        delegate?.http2End(stream)
    }

    func sent(_ frame: UnsafePointer<nghttp2_frame>) {
        let header = unsafe frame.pointee.hd
        switch header.type {
        case FloodGuard.FrameType.headers:
            if role == .client, let stream = unsent.removeValue(forKey: header.stream_id) {
                attach(stream, header.stream_id)
            }
            sentEnd(header)
        case FloodGuard.FrameType.data:
            unsafe guardian.sentData()
            sentEnd(header)
        case FloodGuard.FrameType.resetStream: unsafe sentReset(code: frame.pointee.rst_stream.error_code)
        case FloodGuard.FrameType.goAway: unsafe sentGoAway(code: frame.pointee.goaway.error_code)
        default: break
        }
    }

    private func sentEnd(_ header: nghttp2_frame_hd) {
        guard header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0, let stream = stream(header.stream_id)
        else { return }
        stream.sentEnd = true
        // A complete answer before the end of the request: the rest is not wanted (RFC 9113 section 8.1).
        if role == .server, !stream.receivedEnd { reset(stream, errorCode: HTTP2ErrorCode.noError) }
    }

    /// These codes are sent only by nghttp2 itself, when the peer broke the protocol on a stream.
    private func sentReset(code: UInt32) {
        switch code {
        case HTTP2ErrorCode.protocolError, HTTP2ErrorCode.streamClosed, HTTP2ErrorCode.frameSizeError: break
        case HTTP2ErrorCode.flowControlError: delegate?.http2Misbehaved(.flowControlViolation)
        default: return
        }
        guard let event = unsafe guardian.wasProvoked(now: now), failure == nil else { return }
        fail(event)
        terminate(errorCode: HTTP2ErrorCode.enhanceYourCalm)
    }

    private func sentGoAway(code: UInt32) {
        guard failure == nil, code != HTTP2ErrorCode.noError, code != terminationCode else { return }
        delegate?.http2Misbehaved(code == HTTP2ErrorCode.flowControlError ? .flowControlViolation : .protocolViolation)
    }

    // MARK: Ends

    /// Client role: a queued request cannot be sent any more.
    func notSent(streamID: Int32) {
        guard let stream = unsent.removeValue(forKey: streamID) else { return }
        delegate?.http2Closed(stream, errorCode: HTTP2ErrorCode.refusedStream)
        stream.id = -1
    }

    func closed(streamID: Int32, errorCode: UInt32) {
        if fieldsStream?.id == streamID { fieldsStream = nil }
        if role == .client, let stream = unsent.removeValue(forKey: streamID) {
            delegate?.http2Closed(stream, errorCode: errorCode)
            stream.id = -1
            return
        }
        // nghttp2 still knows the stream while it tells that it is closed.
        guard let stream = stream(streamID), stream.id == streamID else { return }
        unsafe openStreams.remove(stream)
        delegate?.http2Closed(stream, errorCode: errorCode)
        stream.id = -1
    }
}
