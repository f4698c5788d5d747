internal import Foundation
public import PortvaktCore
public import PortvaktRPC
internal import Subprocess
internal import Synchronization

/// Certificates for tests, made with the `openssl` program (3.0 or later) in a temporary folder that goes away with the object:
/// one authority, the service's own certificate for loopback, and one for each caller.
///
/// There is no revocation list: these certificates live for a day and for one test.
public final class TestCertificates: Sendable {
    /// The program could not make a certificate.
    public struct Failure: Error, CustomStringConvertible {
        /// What was to be made, and what the program said.
        public let description: String
    }

    private let folder: TestFolder
    private let issued = Mutex<Set<String>>([])

    private init(_ folder: TestFolder) { self.folder = folder }

    /// Makes the authority, the service's certificate, and one for each caller.
    /// - Parameter callers: what each certificate proves, by the name that a test uses for it.
    public static func make(_ callers: [String: PortvaktCore.System.Identity]) async throws -> TestCertificates {
        let made = TestCertificates(try TestFolder())
        try await made.openssl(
            "the authority",
            ["-subj", "/CN=authority", "-addext", "basicConstraints=critical,CA:TRUE"]
                + ["-addext", "keyUsage=critical,keyCertSign,cRLSign"], name: "ca")
        try await made.issue(
            "server", subject: "/CN=server",
            ["subjectAltName=IP:127.0.0.1,DNS:localhost", "extendedKeyUsage=serverAuth"])
        for (name, identity) in callers.sorted(by: { $0.key < $1.key }) { try await made.add(name, identity) }
        return made
    }

    /// Makes one more caller's certificate.
    public func add(_ name: String, _ identity: PortvaktCore.System.Identity) async throws {
        switch identity {
        case .organizationNumber:
            try await issue(
                name, subject: "/CN=\(name)/organizationIdentifier=\(identity.text)", ["extendedKeyUsage=clientAuth"])
        case .spiffe(let uri):
            try await issue(name, subject: "/CN=\(name)", ["extendedKeyUsage=clientAuth", "subjectAltName=URI:\(uri)"])
        }
    }

    /// Makes a caller's certificate that ends soon: for what a connection does when its certificate runs out.
    /// - Parameter seconds: how long it is good for, from now.
    public func add(
        _ name: String, _ identity: PortvaktCore.System.Identity, endingAfter seconds: Int
    ) async throws {
        let extensions = folder.file("\(name).extensions")
        let (subject, names) =
            switch identity {
            case .organizationNumber: ("/CN=\(name)/organizationIdentifier=\(identity.text)", "")
            case .spiffe(let uri): ("/CN=\(name)", "subjectAltName=URI:\(uri)\n")
            }
        let text = """
            basicConstraints=critical,CA:FALSE
            keyUsage=critical,digitalSignature
            extendedKeyUsage=clientAuth
            \(names)
            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: extensions))
        try Data().write(to: URL(fileURLWithPath: folder.file("\(name).index")))
        let authority = """
            [ca]
            default_ca=own
            [own]
            database=\(folder.file("\(name).index"))
            new_certs_dir=\(folder.path)
            rand_serial=yes
            default_md=sha256
            policy=any
            [any]
            commonName=optional
            organizationIdentifier=optional
            """
        try Data(authority.utf8).write(to: URL(fileURLWithPath: folder.file("\(name).authority")))
        try await run(
            "the request of \(name)",
            ["req", "-config", "/dev/null", "-new", "-newkey", "ec", "-nodes", "-pkeyopt", "ec_paramgen_curve:P-256"]
                + ["-subj", subject]
                + ["-keyout", folder.file("\(name).key"), "-out", folder.file("\(name).csr")])
        let now = Date()
        try await run(
            "the certificate of \(name)",
            ["ca", "-batch", "-config", folder.file("\(name).authority"), "-cert", folder.file("ca.pem")]
                + ["-keyfile", folder.file("ca.key"), "-extfile", extensions, "-notext"]
                + ["-startdate", Self.instant(now.addingTimeInterval(-60))]
                + ["-enddate", Self.instant(now.addingTimeInterval(Double(seconds)))]
                + ["-in", folder.file("\(name).csr"), "-out", folder.file("\(name).pem")])
        issued.withLock { _ = $0.insert(name) }
    }

    /// As `openssl ca` takes an instant: 20261125184255Z.
    private static func instant(_ date: Date) -> String {
        let text = date.ISO8601Format(.iso8601(timeZone: .gmt, dateSeparator: .omitted, timeSeparator: .omitted))
        return text.filter(\.isNumber) + "Z"
    }

    /// The files of the service.
    public var server: TLSFiles { files(of: "server") }

    /// The files of a caller that was named when the certificates were made.
    /// - Throws: when there is no such caller.
    public func caller(_ name: String) throws -> TLSFiles {
        guard issued.withLock({ $0.contains(name) }) else {
            throw Failure(description: "no certificate was made for \(name): name it when the certificates are made")
        }
        return files(of: name)
    }

    private func files(of name: String) -> TLSFiles {
        TLSFiles(
            certificateChain: folder.file("\(name).pem"), privateKey: folder.file("\(name).key"),
            trustAnchors: folder.file("ca.pem"))
    }

    private func issue(_ name: String, subject: String, _ extensions: [String]) async throws {
        let common = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature"]
        try await openssl(
            "the certificate of \(name)",
            ["-CA", folder.file("ca.pem"), "-CAkey", folder.file("ca.key"), "-subj", subject]
                + (common + extensions).flatMap { ["-addext", $0] }, name: name)
        issued.withLock { _ = $0.insert(name) }
    }

    /// Runs `openssl req -x509`.
    private func openssl(_ what: String, _ arguments: [String], name: String) async throws {
        // An empty configuration: the machine's own could add extensions of its own.
        let all =
            ["req", "-config", "/dev/null", "-x509", "-newkey", "ec", "-nodes", "-days", "1"]
            + ["-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", folder.file("\(name).key")]
            + ["-out", folder.file("\(name).pem")] + arguments
        try await run(what, all)
    }

    private func run(_ what: String, _ arguments: [String]) async throws {
        let done = try await Subprocess.run(
            .name("openssl"), arguments: Arguments(arguments), output: .discarded,
            error: .string(limit: Self.longestError))
        guard done.terminationStatus.isSuccess else {
            throw Failure(description: "\(what): \(done.standardError)")
        }
    }

    /// What the program may say before it fails. Bytes: more, and the failure is that.
    private static let longestError = 1 << 16
}
