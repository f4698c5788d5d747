internal import CZlib
internal import NIOCore

/// The `gzip` message encoding (RFC 1952), with a bound on what decompression may produce.
enum Gzip {
    /// Output is made in pieces of this size, so that a small message does not claim the whole limit. Bytes.
    static let pieceSize = 16 * 1024

    /// Decompresses one message. Output beyond `limit` bytes stops at once (a bomb), as does anything that is not gzip.
    static func decompress(_ input: UnsafeRawBufferPointer, limit: Int) throws(MessageError) -> ByteBuffer {
        var stream = unsafe z_stream()
        // 16 added to the window's size: a gzip header and trailer are required.
        guard
            unsafe inflateInit2_(&stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else {
            throw .notGzip
        }
        defer { unsafe inflateEnd(&stream) }
        unsafe stream.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.avail_in = UInt32(input.count)
        var output = ByteBuffer()
        while true {
            // One byte beyond the limit is asked for, to tell a message of exactly the limit from a longer one.
            let room = min(pieceSize, limit - output.readableBytes + 1)
            var result = Z_OK
            unsafe output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
                unsafe stream.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
                unsafe stream.avail_out = UInt32(room)
                result = unsafe inflate(&stream, Z_NO_FLUSH)
                return unsafe room - Int(stream.avail_out)
            }
            guard output.readableBytes <= limit else { throw .tooLarge(limit: limit) }
            switch result {
            case Z_STREAM_END:
                if unsafe stream.avail_in == 0 { return output }
                // Another member follows (RFC 1952 section 2.2).
                guard unsafe inflateReset(&stream) == Z_OK else { throw .notGzip }
            case Z_OK where unsafe stream.avail_in > 0 || stream.avail_out == 0:
                continue
            default:
                throw .notGzip
            }
        }
    }

    /// Compresses one message. Nil when the library refuses, which it does only without memory.
    static func compress(_ input: UnsafeRawBufferPointer) -> ByteBuffer? {
        var stream = unsafe z_stream()
        guard
            unsafe deflateInit2_(
                &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else {
            return nil
        }
        defer { unsafe deflateEnd(&stream) }
        unsafe stream.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.avail_in = UInt32(input.count)
        let bound = unsafe Int(deflateBound(&stream, UInt(input.count)))
        var output = ByteBuffer()
        var result = Z_OK
        unsafe output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { target in
            unsafe stream.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe stream.avail_out = UInt32(bound)
            result = unsafe deflate(&stream, Z_FINISH)
            return unsafe bound - Int(stream.avail_out)
        }
        return result == Z_STREAM_END ? output : nil
    }
}
