internal import COpenSSL

/// Fills a fresh `SSL_CTX` from ``TLSFiles``.
@safe struct TLSContextLoader {
    let pointer: OpaquePointer
    let role: TLSRole
    let files: TLSFiles
    let allowsHTTP1: Bool
    let now = wallClockSeconds()

    /// Returns when the files end.
    func load() throws(TLSFileError) -> TLSEnds {
        try setProtocol()
        let notAfter = try loadOwnCertificate()
        let anchors = try loadTrustAnchors()
        var ends = TLSEnds(certificate: notAfter, authority: anchors.map(\.notAfter).min() ?? .max)
        if let path = files.revocationLists { ends.revocationList = try loadRevocationLists(path, of: anchors) }
        return ends
    }

    private func setProtocol() throws(TLSFileError) {
        unsafe SSL_CTX_set_options(pointer, OpenSSL.contextOptions)
        unsafe SSL_CTX_set_security_level(pointer, TLSContext.securityLevel)
        unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_MODE, OpenSSL.modeNoAutoChain, nil)
        unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
        // What waits in the memory BIO is taken at once, not a header and a body for each record.
        unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SET_READ_AHEAD, 1, nil)
        unsafe SSL_CTX_set_num_tickets(pointer, 0)
        unsafe SSL_CTX_set_max_early_data(pointer, 0)
        unsafe SSL_CTX_set_recv_max_early_data(pointer, 0)
        let version = unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_3_VERSION), nil)
        let sessionContext: [UInt8] = [0x70, 0x6f, 0x72, 0x74]
        let session = unsafe SSL_CTX_set_session_id_context(pointer, sessionContext, UInt32(sessionContext.count))
        guard version == 1, session == 1,
            set(SSL_CTRL_SET_GROUPS_LIST, TLSContext.groupsWithHybrid)
                || set(SSL_CTRL_SET_GROUPS_LIST, TLSContext.groups),
            set(SSL_CTRL_SET_SIGALGS_LIST, TLSContext.signatureAlgorithms)
        else { throw refused(files.certificateChain) }
        ERR_clear_error()
        switch role {
        case .server:
            unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
            unsafe SSL_CTX_set_alpn_select_cb(pointer, allowsHTTP1 ? chooseAnyHTTP : chooseHTTP2, nil)
        case .client:
            unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
            let offer: [UInt8] = [2, 0x68, 0x32]
            guard unsafe SSL_CTX_set_alpn_protos(pointer, offer, UInt32(offer.count)) == 0 else {
                throw refused(files.certificateChain)
            }
        }
    }

    private func set(_ command: Int32, _ value: String) -> Bool {
        var value = value
        return value.withUTF8 { text in
            unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count + 1) { copy in
                for index in 0..<text.count { unsafe copy[index] = unsafe text[index] }
                unsafe copy[text.count] = 0
                return unsafe SSL_CTX_ctrl(pointer, command, 0, copy.baseAddress) == 1
            }
        }
    }

    private func loadOwnCertificate() throws(TLSFileError) -> Int64 {
        let chain = try PEM(path: files.certificateChain).certificates()
        for certificate in chain { try checkValidity(certificate, files.certificateChain) }
        if role == .server, !chain[0].isForServers {
            throw TLSFileError(path: files.certificateChain, problem: .notForServers)
        }
        guard unsafe SSL_CTX_use_certificate(pointer, chain[0].pointer) == 1 else {
            throw refused(files.certificateChain)
        }
        for intermediate in chain.dropFirst() {
            // SSL_CTX_add1_chain_cert is a macro over this control (larg 1: takes its own reference).
            let added = unsafe SSL_CTX_ctrl(
                pointer, SSL_CTRL_CHAIN_CERT, 1, UnsafeMutableRawPointer(intermediate.pointer))
            guard added == 1 else { throw refused(files.certificateChain) }
        }
        try loadKey(of: chain[0])
        return chain.map(\.notAfter).min() ?? .min
    }

    private func loadKey(of certificate: X509Certificate) throws(TLSFileError) {
        let file = try FileBytes(path: files.privateKey)
        guard file.mode & 0o077 == 0 else {
            let mode = "0" + String(file.mode, radix: 8)
            throw TLSFileError(path: files.privateKey, problem: .keyReadableByOthers(mode: mode))
        }
        let key = try unsafe PEM(path: files.privateKey, bytes: file.bytes).privateKey()
        defer { unsafe EVP_PKEY_free(key) }
        guard unsafe X509_check_private_key(certificate.pointer, key) == 1 else {
            ERR_clear_error()
            throw TLSFileError(
                path: files.privateKey, problem: .keyDoesNotMatchCertificate(certificate: files.certificateChain))
        }
        guard unsafe SSL_CTX_use_PrivateKey(pointer, key) == 1 else { throw refused(files.privateKey) }
    }

    private func loadTrustAnchors() throws(TLSFileError) -> [X509Certificate] {
        let anchors = try PEM(path: files.trustAnchors).certificates()
        let store = unsafe SSL_CTX_get_cert_store(pointer)
        for (place, anchor) in anchors.enumerated() {
            try checkValidity(anchor, files.trustAnchors)
            // A client may trust one server's own certificate; a server trusts who issues.
            if role == .server, !anchor.isAuthority {
                throw TLSFileError(path: files.trustAnchors, problem: .notAnAuthority(place: place + 1))
            }
            guard unsafe X509_STORE_add_cert(store, anchor.pointer) == 1 else { throw refused(files.trustAnchors) }
            if role == .server, unsafe SSL_CTX_add_client_CA(pointer, anchor.pointer) != 1 {
                throw refused(files.trustAnchors)
            }
        }
        return anchors
    }

    /// Returns the next update of the list that is renewed first; `nil` when a stale one is used as it is.
    private func loadRevocationLists(
        _ path: String, of anchors: [X509Certificate]
    ) throws(TLSFileError) -> Int64? {
        let lists = try unsafe PEM(path: path).revocationLists()
        defer { unsafe lists.forEach { unsafe X509_CRL_free($0) } }
        if role == .server { try unsafe checkCover(lists, of: anchors, path) }
        let store = unsafe SSL_CTX_get_cert_store(pointer)
        var first: Int64?
        for index in unsafe lists.indices {
            let list = unsafe lists[index]
            let next = unsafe X509Certificate.seconds(X509_CRL_get0_nextUpdate(list))
            if let next, next < now, files.staleRevocationLists == .refuse {
                throw TLSFileError(path: path, problem: .staleRevocationList)
            }
            if let next { first = min(first ?? next, next) }
            guard unsafe X509_STORE_add_crl(store, list) == 1 else { throw refused(path) }
        }
        unsafe X509_STORE_set_flags(store, UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL))
        guard files.staleRevocationLists == .accept else { return first }
        unsafe X509_STORE_set_verify_cb(store, forgiveStaleList)
        return nil
    }

    /// An authority without a list has everybody under it refused, which is known only when they call. Lists of authorities
    /// that callers send along may stand beside.
    private func checkCover(
        _ lists: [OpaquePointer], of anchors: [X509Certificate], _ path: String
    ) throws(TLSFileError) {
        let uncovered = anchors.firstIndex { anchor in unsafe !lists.contains { unsafe anchor.issued($0) } }
        guard let uncovered else { return }
        throw TLSFileError(path: path, problem: .noRevocationList(authority: uncovered + 1, of: files.trustAnchors))
    }

    private func checkValidity(_ certificate: X509Certificate, _ path: String) throws(TLSFileError) {
        if certificate.notAfter < now { throw TLSFileError(path: path, problem: .expired) }
        if certificate.notBefore > now { throw TLSFileError(path: path, problem: .notYetValid) }
    }

    private func refused(_ path: String) -> TLSFileError {
        TLSFileError(path: path, problem: .refusedByLibrary(OpenSSL.takeError()))
    }
}

/// Chooses `h2` from the client's ALPN list; refuses a list without it (RFC 7301 section 3.2).
private let chooseHTTP2: SSL_CTX_alpn_select_cb_func = { _, out, outLength, offered, offeredLength, _ in
    unsafe choose("h2", out, outLength, offered, offeredLength) ? OpenSSL.alpnChosen : OpenSSL.alpnRefused
}

/// Chooses `h2`, or `http/1.1` from a list without it; refuses a list with neither.
private let chooseAnyHTTP: SSL_CTX_alpn_select_cb_func = { _, out, outLength, offered, offeredLength, _ in
    unsafe choose("h2", out, outLength, offered, offeredLength)
        || choose("http/1.1", out, outLength, offered, offeredLength) ? OpenSSL.alpnChosen : OpenSSL.alpnRefused
}

/// Finds a name in an ALPN list and chooses it. A list that is cut short is as one without the name.
private func choose(
    _ name: StaticString, _ out: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ outLength: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?, _ offeredLength: UInt32
) -> Bool {
    guard let offered = unsafe offered, let out = unsafe out, let outLength = unsafe outLength else { return false }
    let offeredLength = Int(offeredLength)
    var index = 0
    while index < offeredLength {
        let length = unsafe Int(offered[index])
        guard length > 0, index + 1 + length <= offeredLength else { return false }
        if unsafe UnsafeRawBufferPointer(start: offered + index + 1, count: length).equals(name) {
            unsafe out.pointee = unsafe offered + index + 1
            unsafe outLength.pointee = UInt8(length)
            return true
        }
        index += 1 + length
    }
    return false
}

/// Verification callback of a store that accepts stale revocation lists: forgives their age and nothing else.
private let forgiveStaleList: X509_STORE_CTX_verify_cb = { ok, context in
    if ok == 0, unsafe X509_STORE_CTX_get_error(context) == X509_V_ERR_CRL_HAS_EXPIRED {
        unsafe X509_STORE_CTX_set_error(context, X509_V_OK)
        return 1
    }
    return ok
}
