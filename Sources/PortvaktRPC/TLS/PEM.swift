internal import COpenSSL

/// Reads PEM objects from a file's bytes; errors name the file.
struct PEM {
    let path: String
    let bytes: [UInt8]

    init(path: String) throws(TLSFileError) {
        self.path = path
        bytes = try FileBytes(path: path).bytes
    }

    init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    /// Every certificate of the file, in order; at least one.
    func certificates() throws(TLSFileError) -> [X509Certificate] {
        let (found, broken) = unsafe collect { bio in
            unsafe PEM_read_bio_X509(bio, nil, refusePassphrase, nil).map { unsafe X509Certificate(owning: $0) }
        }
        if let broken { throw TLSFileError(path: path, problem: .brokenPEM(place: found.count + 1, broken)) }
        guard !found.isEmpty else { throw TLSFileError(path: path, problem: .notPEM) }
        return found
    }

    /// Every revocation list of the file, in order; at least one. The caller frees them.
    func revocationLists() throws(TLSFileError) -> [OpaquePointer] {
        let (found, broken) = unsafe collect { unsafe PEM_read_bio_X509_CRL($0, nil, refusePassphrase, nil) }
        if let broken {
            unsafe found.forEach { unsafe X509_CRL_free($0) }
            throw unsafe TLSFileError(path: path, problem: .brokenPEM(place: found.count + 1, broken))
        }
        guard unsafe !found.isEmpty else { throw TLSFileError(path: path, problem: .notPEM) }
        return unsafe found
    }

    /// The private key of the file, unencrypted. The caller frees it.
    func privateKey() throws(TLSFileError) -> OpaquePointer {
        let (found, _) = unsafe collect(limit: 1) { unsafe PEM_read_bio_PrivateKey($0, nil, refusePassphrase, nil) }
        guard let key = unsafe found.first else { throw TLSFileError(path: path, problem: .notPEM) }
        return unsafe key
    }

    /// Reads objects until there are no more, or one is broken: what stands behind that one is not looked at.
    /// - Returns: the objects, and why the next one cannot be read, when it is there.
    private func collect<Object>(
        limit: Int = .max, _ next: (OpaquePointer) -> Object?
    ) -> (found: [Object], broken: String?) {
        var found: [Object] = []
        ERR_clear_error()
        unsafe bytes.withUnsafeBytes { raw in
            guard let bio = unsafe BIO_new_mem_buf(raw.baseAddress, Int32(raw.count)) else { return }
            defer { unsafe BIO_free(bio) }
            while found.count < limit, let object = unsafe next(bio) { found.append(object) }
        }
        // At the end of the file OpenSSL misses the line that begins an object; inside one it misses something else.
        let last = ERR_peek_last_error()
        let isAtEnd = last == 0 || ERR_GET_REASON(last) == PEM_R_NO_START_LINE
        let reason = isAtEnd ? nil : OpenSSL.takeError()
        ERR_clear_error()
        return (found, reason)
    }
}

/// Answers OpenSSL's request for a passphrase with "none", so that it never asks on a terminal.
private let refusePassphrase:
    @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 = {
        _, _, _, _ in -1
    }
