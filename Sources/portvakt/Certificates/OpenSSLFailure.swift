internal import COpenSSL

/// The library refused a step that cannot fail with what it was given, unless memory or its random source is out.
enum OpenSSLFailure {
    /// The step and the library's own reason; empties the thread's queue of errors.
    static func make(_ step: String) -> Failure {
        let code = ERR_get_error()
        defer { ERR_clear_error() }
        guard code != 0, let reason = unsafe ERR_reason_error_string(code) else { return Failure("could not \(step)") }
        return unsafe Failure("could not \(step): OpenSSL says \"\(String(cString: reason))\"")
    }

    /// - Throws: when the library's answer is not 1 or more.
    static func check(_ answer: Int32, _ step: String) throws {
        guard answer > 0 else { throw make(step) }
    }

    static func present<Pointee>(_ pointer: Pointee?, _ step: String) throws -> Pointee {
        guard let pointer else { throw make(step) }
        return pointer
    }
}

/// An owner of a memory `BIO`: what OpenSSL's PEM functions read from and write to.
@safe final class MemoryBIO {
    let pointer: OpaquePointer

    /// An empty one, to be written to. Its memory is wiped when it is freed.
    init() throws {
        unsafe pointer = try OpenSSLFailure.present(unsafe BIO_new(BIO_s_secmem()), "get memory")
    }

    /// One that holds a copy of these bytes.
    convenience init(_ bytes: [UInt8]) throws {
        try self.init()
        // Nothing is not written: that would be answered as a failure.
        guard !bytes.isEmpty else { return }
        try OpenSSLFailure.check(unsafe BIO_write(pointer, bytes, Int32(bytes.count)), "copy a file's bytes")
    }

    deinit { unsafe BIO_free_all(pointer) }

    /// What is left to read.
    func takeBytes() -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe BIO_read(pointer, &piece, Int32(piece.count))
            guard count > 0 else { break }
            bytes += piece[..<Int(count)]
        }
        unsafe OPENSSL_cleanse(&piece, piece.count)
        return bytes
    }
}
