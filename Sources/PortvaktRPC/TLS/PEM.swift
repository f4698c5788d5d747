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
        let found = unsafe collect { bio in
            unsafe PEM_read_bio_X509(bio, nil, refusePassphrase, nil).map { unsafe X509Certificate(owning: $0) }
        }
        guard !found.isEmpty else { throw TLSFileError(path: path, problem: .notPEM) }
        return found
    }

    /// Every revocation list of the file, in order; at least one. The caller frees them.
    func revocationLists() throws(TLSFileError) -> [OpaquePointer] {
        let found = unsafe collect { unsafe PEM_read_bio_X509_CRL($0, nil, refusePassphrase, nil) }
        guard unsafe !found.isEmpty else { throw TLSFileError(path: path, problem: .notPEM) }
        return unsafe found
    }

    /// The private key of the file, unencrypted. The caller frees it.
    func privateKey() throws(TLSFileError) -> OpaquePointer {
        let found = unsafe collect(limit: 1) { unsafe PEM_read_bio_PrivateKey($0, nil, refusePassphrase, nil) }
        guard let key = unsafe found.first else { throw TLSFileError(path: path, problem: .notPEM) }
        return unsafe key
    }

    private func collect<Object>(limit: Int = .max, _ next: (OpaquePointer) -> Object?) -> [Object] {
        var found: [Object] = []
        unsafe bytes.withUnsafeBytes { raw in
            guard let bio = unsafe BIO_new_mem_buf(raw.baseAddress, Int32(raw.count)) else { return }
            defer { unsafe BIO_free(bio) }
            while found.count < limit, let object = unsafe next(bio) { found.append(object) }
        }
        ERR_clear_error()
        return found
    }
}

/// Answers OpenSSL's request for a passphrase with "none", so that it never asks on a terminal.
private let refusePassphrase:
    @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 = {
        _, _, _, _ in -1
    }
