internal import COpenSSL

/// Takes the names that identify a peer from its certificate, by object identifier, never by matching text.
enum PeerNames {
    /// `organizationIdentifier`, ETSI EN 319 412-1 section 5.1.4.
    static let organizationIdentifier = "2.5.4.97"
    /// "National trade register, Norway", the scheme before the number.
    static let scheme = Array("NTRNO-".utf8)
    /// Longest SPIFFE id (SPIFFE-ID section 2.3). Bytes.
    static let maxSPIFFELength = 2048

    /// The organisation number of the subject; nil when it has no `organizationIdentifier`.
    static func organizationNumber(of certificate: X509Certificate) throws(PeerRefusal) -> String? {
        let subject = unsafe X509_get_subject_name(certificate.pointer)
        var found: [UInt8]?
        for index in 0..<(unsafe max(X509_NAME_entry_count(subject), 0)) {
            guard let entry = unsafe X509_NAME_get_entry(subject, index),
                unsafe dotted(X509_NAME_ENTRY_get_object(entry)) == organizationIdentifier
            else { continue }
            guard found == nil else { throw .ambiguousIdentity }
            guard let value = unsafe utf8(X509_NAME_ENTRY_get_data(entry)) else {
                throw .malformedOrganizationNumber
            }
            found = value
        }
        guard let found else { return nil }
        guard found.starts(with: scheme) else { throw .malformedOrganizationNumber }
        let number = found.dropFirst(scheme.count)
        guard isOrganizationNumber(number) else { throw .malformedOrganizationNumber }
        return String(decoding: number, as: UTF8.self)
    }

    /// Nine digits, the last a modulus-11 check digit with weights 3 2 7 6 5 4 3 2 (Brønnøysundregistrene).
    static func isOrganizationNumber(_ digits: some Collection<UInt8>) -> Bool {
        guard digits.count == 9, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
        let values = digits.map { Int($0 - 0x30) }
        let sum = zip(values, [3, 2, 7, 6, 5, 4, 3, 2]).reduce(0) { $0 + $1.0 * $1.1 }
        let check = (11 - sum % 11) % 11
        return check < 10 && check == values[8]
    }

    /// The SPIFFE id; nil when there is no `spiffe://` URI among the alternative names.
    static func spiffeID(of certificate: X509Certificate) throws(PeerRefusal) -> String? {
        var critical: Int32 = 0
        let decoded = unsafe X509_get_ext_d2i(certificate.pointer, NID_subject_alt_name, &critical, nil)
        guard let decoded = unsafe decoded else {
            // -1: no such extension; anything else: it is there twice or cannot be decoded.
            if critical == -1 { return nil }
            throw .ambiguousIdentity
        }
        let names = OpaquePointer(decoded)
        defer { unsafe GENERAL_NAMES_free(names) }
        var uris: [[UInt8]] = []
        for index in 0..<(unsafe max(OPENSSL_sk_num(names), 0)) {
            guard let raw = unsafe OPENSSL_sk_value(names, index) else { continue }
            var kind: Int32 = 0
            let value = unsafe GENERAL_NAME_get0_value(raw.assumingMemoryBound(to: GENERAL_NAME.self), &kind)
            guard kind == GEN_URI, let value = unsafe value else { continue }
            unsafe uris.append(bytes(value.assumingMemoryBound(to: ASN1_STRING.self)))
        }
        return try spiffeID(among: uris)
    }

    /// The one `spiffe://` URI; with one there must be no other URI at all (X509-SVID section 2).
    static func spiffeID(among uris: [[UInt8]]) throws(PeerRefusal) -> String? {
        let prefix = Array("spiffe://".utf8)
        guard uris.contains(where: { $0.starts(with: prefix) }) else { return nil }
        guard uris.count == 1 else { throw .ambiguousIdentity }
        let uri = uris[0]
        let domain = uri.dropFirst(prefix.count).prefix { $0 != 0x2f }
        guard uri.count <= maxSPIFFELength, !domain.isEmpty, uri.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .malformedSPIFFE
        }
        return String(decoding: uri, as: UTF8.self)
    }

    private static func dotted(_ object: OpaquePointer?) -> String? {
        var text = [CChar](repeating: 0, count: 80)
        let length = unsafe OBJ_obj2txt(&text, Int32(text.count), object, 1)
        guard length > 0, length < text.count else { return nil }
        return String(decoding: text[..<Int(length)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func utf8(_ string: UnsafeMutablePointer<ASN1_STRING>?) -> [UInt8]? {
        var out: UnsafeMutablePointer<UInt8>?
        let length = unsafe ASN1_STRING_to_UTF8(&out, string)
        guard length >= 0, let start = unsafe out else { return nil }
        defer { unsafe CRYPTO_free(start, "", 0) }
        return unsafe Array(UnsafeBufferPointer(start: start, count: Int(length)))
    }

    private static func bytes(_ string: UnsafePointer<ASN1_STRING>) -> [UInt8] {
        guard let start = unsafe ASN1_STRING_get0_data(string) else { return [] }
        return unsafe Array(UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(string))))
    }
}
