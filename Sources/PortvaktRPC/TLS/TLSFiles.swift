/// The files that a TLS endpoint reads: paths of PEM files on disk, never fetched from anywhere.
public struct TLSFiles: Sendable, Equatable {
    /// What to do when a revocation list is past its `nextUpdate`.
    public enum StaleRevocationLists: String, Sendable, Hashable {
        /// Every certificate under the stale list is refused (closed: the default).
        case refuse
        /// The stale list is used as it is; only its age is forgiven.
        case accept
    }

    /// The endpoint's own certificate, followed by its intermediates.
    public var certificateChain: String
    /// The private key of the first certificate. Readable by its owner only, or loading refuses.
    public var privateKey: String
    /// The certification authorities that a peer's certificate must lead to.
    public var trustAnchors: String
    /// One or more CRLs covering every authority in use, or nil for no revocation check.
    public var revocationLists: String?
    /// What a stale revocation list means.
    public var staleRevocationLists: StaleRevocationLists

    public init(
        certificateChain: String, privateKey: String, trustAnchors: String, revocationLists: String? = nil,
        staleRevocationLists: StaleRevocationLists = .refuse
    ) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.trustAnchors = trustAnchors
        self.revocationLists = revocationLists
        self.staleRevocationLists = staleRevocationLists
    }

    /// Loads the files as a server does when it starts, and lets go of them. Blocking.
    /// - Throws: what is wrong with which file.
    public func checkForServer() throws(TLSFileError) { _ = try TLSContext(role: .server, files: self) }
}

/// Why a TLS file was not taken: which file, what is wrong, and what to do about it.
public struct TLSFileError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Problem: Sendable, Equatable {
        case missing
        case unreadable(String)
        case notPEM
        case keyReadableByOthers(mode: String)
        case keyDoesNotMatchCertificate(certificate: String)
        case expired
        case notYetValid
        case staleRevocationList
        /// An object of a file with several: its place among those of its kind, from 1, and the library's reason.
        case brokenPEM(place: Int, String)
        case notForServers
        /// The certificate's place in the file, from 1. Not its subject, which may be a person.
        case notAnAuthority(place: Int)
        case noRevocationList(authority: Int, of: String)
        case refusedByLibrary(String)
    }

    /// The path of the file, as configured.
    public let path: String
    public let problem: Problem

    public init(path: String, problem: Problem) {
        self.path = path
        self.problem = problem
    }

    public var description: String {
        switch problem {
        case .missing: "\(path): there is no such file; check the configured path"
        case .unreadable(let reason): "\(path): cannot be read (\(reason)); let the service's user read it"
        case .notPEM: "\(path): holds no PEM object of the expected kind; convert it with openssl"
        case .keyReadableByOthers(let mode):
            "\(path): the private key has mode \(mode), so others than its owner may use it; run chmod 600"
        case .keyDoesNotMatchCertificate(let certificate):
            "\(path): the private key does not belong to the certificate in \(certificate); configure a pair"
        case .expired: "\(path): the certificate has expired; install a renewed one"
        case .notYetValid: "\(path): the certificate is not valid yet; check the clock, or install a valid one"
        case .staleRevocationList:
            "\(path): the revocation list is past its next update; install a fresh one, or accept stale lists"
        case .brokenPEM(let place, let reason):
            "\(path): PEM object \(place) cannot be read (\(reason)); put a whole one in its place, or take it out"
        case .notForServers:
            "\(path): the certificate's extended key usage lacks serverAuth, so callers refuse it; issue one with it"
        case .notAnAuthority(let place):
            "\(path): certificate \(place) is no authority's (basicConstraints CA:TRUE); put its issuer's in its place"
        case .noRevocationList(let authority, let anchors):
            "\(path): holds no revocation list that certificate \(authority) in \(anchors) signed, so everybody under it is refused; add it"
        case .refusedByLibrary(let reason): "\(path): refused by the TLS library (\(reason)); replace the file"
        }
    }
}
