internal import COpenSSL
internal import Glibc
internal import PortvaktCore

/// Adds the extensions of RFC 5280 section 4.2 that each use of a certificate demands.
struct CertificateExtensions {
    let certificate: Certificate
    let issuer: Certificate

    func add(for use: CertificateRequest.Use) throws {
        switch use {
        case .authority:
            try add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
            try add(NID_key_usage, "critical,keyCertSign,cRLSign")
            try add(NID_subject_key_identifier, "hash")
        case .server(let hosts):
            try addLeaf(purpose: "serverAuth")
            try addAlternativeNames(hosts.map { try AlternativeName(host: $0) })
        case .client(let identity):
            try addLeaf(purpose: "clientAuth")
            if case .spiffe(let uri) = identity { try addAlternativeNames([.uri(uri)]) }
        }
    }

    private func addLeaf(purpose: String) throws {
        try add(NID_basic_constraints, "critical,CA:FALSE")
        try add(NID_key_usage, "critical,digitalSignature")
        try add(NID_ext_key_usage, purpose)
        try add(NID_subject_key_identifier, "hash")
        try add(NID_authority_key_identifier, "keyid:always")
    }

    /// - Parameter value: in OpenSSL's notation (x509v3_config(5)); constants of this file only, never what a user wrote.
    private func add(_ kind: Int32, _ value: String) throws {
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, issuer.pointer, certificate.pointer, nil, nil, 0)
        let made = try unsafe OpenSSLFailure.present(
            X509V3_EXT_conf_nid(nil, &context, kind, value), "make an extension")
        defer { unsafe X509_EXTENSION_free(made) }
        try OpenSSLFailure.check(unsafe X509_add_ext(certificate.pointer, made, -1), "add an extension")
    }

    private func addAlternativeNames(_ names: [AlternativeName]) throws {
        let stack = try unsafe OpenSSLFailure.present(OPENSSL_sk_new_null(), "make a list of names")
        defer { unsafe GENERAL_NAMES_free(stack) }
        for name in names {
            let made = try unsafe name.make()
            guard unsafe OPENSSL_sk_push(stack, made) > 0 else {
                unsafe GENERAL_NAME_free(made)
                throw OpenSSLFailure.make("list a name")
            }
        }
        let added = unsafe X509_add1_ext_i2d(
            certificate.pointer, NID_subject_alt_name, UnsafeMutableRawPointer(stack), 0, UInt(X509V3_ADD_DEFAULT))
        try OpenSSLFailure.check(added, "add the alternative names")
    }
}

/// One subject alternative name.
enum AlternativeName: Hashable {
    case dns(String)
    /// Four or sixteen bytes.
    case address([UInt8])
    case uri(String)

    /// An IP address when it is one, else a DNS name of letters, digits, hyphens and dots.
    init(host: String) throws {
        if let bytes = Self.addressBytes(host) {
            self = .address(bytes)
            return
        }
        let isName = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isName, !host.isEmpty, host.utf8.count <= 253 else {
            throw Failure("\"\(host)\" is neither a host name nor an IP address", status: .usage)
        }
        self = .dns(host)
    }

    private static func addressBytes(_ host: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, host, &bytes) == 1 { return Array(bytes[..<4]) }
        if unsafe inet_pton(AF_INET6, host, &bytes) == 1 { return bytes }
        return nil
    }

    /// A `GENERAL_NAME`, owned by the caller.
    func make() throws -> UnsafeMutablePointer<GENERAL_NAME> {
        let (kind, string, bytes) =
            switch self {
            case .dns(let name): unsafe (GEN_DNS, ASN1_IA5STRING_new(), Array(name.utf8))
            case .uri(let uri): unsafe (GEN_URI, ASN1_IA5STRING_new(), Array(uri.utf8))
            case .address(let bytes): unsafe (GEN_IPADD, ASN1_OCTET_STRING_new(), bytes)
            }
        let name = try unsafe OpenSSLFailure.present(GENERAL_NAME_new(), "make a name")
        guard let string = unsafe string, unsafe ASN1_STRING_set(string, bytes, Int32(bytes.count)) == 1 else {
            unsafe ASN1_STRING_free(string)
            unsafe GENERAL_NAME_free(name)
            throw OpenSSLFailure.make("write a name")
        }
        unsafe GENERAL_NAME_set0_value(name, kind, string)
        return unsafe name
    }
}
