import NIOCore
import Synchronization
import Testing
import COpenSSL

@testable import PortvaktRPC

@Suite("Who gets through the handshake")
struct HandshakeTests {
    @Test(
        "a caller with a certificate of our authority, of every kind",
        arguments: [TestPKI.KeyKind.p256, .p384, .ed25519, .rsa2048])
    func known(_ kind: TestPKI.KeyKind) async throws {
        try await TestServer.with { server, pki in
            var request = TestPKI.Request.client(TestServer.organizationNumber)
            request.key = kind
            let credential = try pki.issue("kind", request)
            #expect(await !server.turnsAway(credential))
        }
    }

    @Test("nobody without a certificate")
    func none() async throws {
        try await TestServer.with { server, _ in
            #expect(await server.turnsAway(nil))
            #expect(await eventually { server.events(.handshakeFailed) == 1 })
        }
    }

    @Test("nobody with a certificate of another authority, even one of the same name")
    func foreign() async throws {
        let foreign = try TestPKI()
        let credential = try foreign.issue("caller", .client(TestServer.organizationNumber))
        try await TestServer.with { server, _ in
            #expect(await server.turnsAway(credential))
            #expect(await eventually { server.events(.handshakeFailed) == 1 })
        }
    }

    @Test(
        "nobody whose certificate has expired, is not valid yet, is a server's only, or was revoked", arguments: 0..<4)
    func badCertificate(_ way: Int) async throws {
        try await TestServer.with { server, pki in
            var request = TestPKI.Request.client(TestServer.organizationNumber)
            switch way {
            case 0: request.notAfter = -60
            case 1: request.notBefore = 600
            case 2:
                request.isClient = false
                request.isServer = true
            default: break
            }
            let credential = try pki.issue("bad", request)
            if way == 3 {
                try pki.writeRevocationList(revoked: [credential])
                try await server.server.reload()
            }
            #expect(await server.turnsAway(credential))
            #expect(await eventually { server.events(.handshakeFailed) == 1 })
            #expect(await !server.turnsAway(server.credential))
        }
    }

    @Test("nobody whose certificate names no system, or names it wrongly")
    func noIdentity() async throws {
        try await TestServer.with { server, pki in
            let nameless = try pki.issue("nameless", TestPKI.Request())
            let wrong = try pki.issue("wrong", .client("999999998"))
            #expect(await server.turnsAway(nameless))
            #expect(await server.turnsAway(wrong))
            #expect(await eventually { server.events(.callerRefused) == 2 })
        }
    }

    @Test("nobody whom the policy refuses")
    func refused() async throws {
        try await TestServer.with { server, _ in
            server.policy.refused.withLock { _ = $0.insert(TestServer.organizationNumber) }
            #expect(await server.turnsAway(server.credential))
            #expect(server.events(.callerRefused) == 1)
        }
    }

    @Test("nobody over TLS 1.2")
    func oldVersion() async throws {
        try await TestServer.with { server, _ in
            var options = RawTLSClient.Options()
            options.version = TLS1_2_VERSION
            #expect(await server.turnsAway(server.credential, options: options))
            #expect(await eventually { server.events(.handshakeFailed) == 1 })
        }
    }

    @Test("nobody who does not offer HTTP/2", arguments: [nil, "http/1.1", "h2c", "h"])
    func noALPN(_ name: String?) async throws {
        try await TestServer.with { server, _ in
            var options = RawTLSClient.Options()
            options.alpn = name
            #expect(await server.turnsAway(server.credential, options: options))
            #expect(await eventually { server.events(.handshakeFailed) == 1 })
        }
    }

    @Test(
        "the groups that are taken, and one that is not",
        arguments: [("X25519", false), ("P-256", false), ("P-384", false), ("P-521", true)])
    func groups(_ name: String, _ isRefused: Bool) async throws {
        try await TestServer.with { server, _ in
            var options = RawTLSClient.Options()
            options.groups = name
            #expect(await server.turnsAway(server.credential, options: options) == isRefused)
        }
    }

    @Test(
        "the signatures that are taken, and those that are not",
        arguments: [
            ("ecdsa_secp256r1_sha256", false), ("ecdsa_secp521r1_sha512", true), ("rsa_pkcs1_sha256", true),
            ("ECDSA+SHA1", true),
        ])
    func signatures(_ name: String, _ isRefused: Bool) async throws {
        try await TestServer.with { server, _ in
            var options = RawTLSClient.Options()
            options.signatureAlgorithms = name
            #expect(await server.turnsAway(server.credential, options: options) == isRefused)
        }
    }

    @Test("bytes that are not TLS")
    func notTLS() async throws {
        try await TestServer.with { server, _ in
            try await onThread {
                let socket = try TestSocket(port: server.port)
                try socket.write(Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
                while try !socket.read().isEmpty {}
            }
            #expect(await eventually { server.events(.handshakeFailed) == 1 })
        }
    }

    @Test("the product's own two ends take each other, in memory")
    func bothRoles() throws {
        let pki = try TestPKI()
        let server = try TLSContext(role: .server, files: pki.files(try pki.issue("server", .server)))
        let client = try TLSContext(role: .client, files: pki.files(try pki.issue("client", .client("999999999"))))
        let ends = (
            try TLSConnection(context: server, serverName: nil),
            try TLSConnection(context: client, serverName: "127.0.0.1")
        )
        #expect(try Self.connect(ends.0, ends.1))
        #expect(try ends.0.peer.verified(by: server).organizationNumber == "999999999")
        #expect(throws: PeerRefusal.noIdentity) { try ends.1.peer.verified(by: client) }
    }

    @Test("a caller whose certificate is of an authority below ours, unless that authority revoked it")
    func intermediate() async throws {
        try await TestServer.with { server, pki in
            let below = try pki.makeIntermediate()
            let credential = try pki.issue("below", .client(TestServer.organizationNumber), by: below)
            try pki.append([below], to: credential.certificate)
            // Without that authority's list nobody under it is known not to be revoked.
            #expect(await server.turnsAway(credential))
            try pki.writeRevocationLists(below)
            try await server.server.reload()
            #expect(await !server.turnsAway(credential))
            try pki.writeRevocationLists(below, revoked: [credential])
            try await server.server.reload()
            #expect(await server.turnsAway(credential))
            // An authority that is revoked itself takes everybody under it along (RFC 5280 section 6.3).
            try pki.writeRevocationLists(below, isRevoked: true)
            try await server.server.reload()
            #expect(await server.turnsAway(credential))
        }
    }

    @Test(
        "an identity ends with the first certificate of its chain that ends, whichever it is",
        arguments: [(leaf: 900, below: 7200), (leaf: 7200, below: 900), (leaf: 172_800, below: 172_800)])
    func earliestEnd(_ leaf: Int, _ below: Int) throws {
        let pki = try TestPKI()
        let authority = try pki.makeIntermediate(notAfter: below)
        var request = TestPKI.Request.client("999999999")
        request.notAfter = leaf
        let credential = try pki.issue("client", request, by: authority)
        try pki.append([authority], to: credential.certificate)
        let context = try TLSContext(
            role: .server, files: pki.files(try pki.issue("server", .server), revocation: false))
        let chain = try PEM(path: credential.certificate).certificates()
        let identity = try UnverifiedPeer(chain: chain).verified(by: context)
        // The root's day is the last that is possible.
        let expected = wallClockSeconds() + Int64(min(leaf, below, 86400))
        #expect((expected - 60...expected).contains(identity.notAfter))
    }

    @Test("a certificate with too weak a key is refused also when it is looked at again")
    func weakKey() throws {
        let pki = try TestPKI()
        let context = try TLSContext(role: .server, files: pki.files(try pki.issue("server", .server)))
        var request = TestPKI.Request.client("999999999")
        request.key = .rsa1024
        let chain = try PEM(path: try pki.issue("weak", request).certificate).certificates()
        #expect(throws: PeerRefusal.self) { try UnverifiedPeer(chain: chain).verified(by: context) }
    }

    @Test(
        "a wildcard of a server's certificate stands for a whole first label and for nothing else (RFC 9525 section 6.3)",
        arguments: [
            ("*.example.org", "portvakt.example.org", true), ("*.example.org", "a.portvakt.example.org", false),
            ("*.example.org", "example.org", false), ("port*.example.org", "portvakt.example.org", false),
            ("*vakt.example.org", "portvakt.example.org", false), ("p*t.example.org", "portvakt.example.org", false),
        ])
    func wildcards(_ name: String, _ expected: String, _ isTaken: Bool) throws {
        let pki = try TestPKI()
        var request = TestPKI.Request.server
        request.alternativeNames = ["DNS:\(name)"]
        let server = try TLSContext(role: .server, files: pki.files(try pki.issue("server", request)))
        let client = try TLSContext(role: .client, files: pki.files(try pki.issue("client", .client("999999999"))))
        let ends = (
            try TLSConnection(context: server, serverName: nil),
            try TLSConnection(context: client, serverName: expected)
        )
        if isTaken {
            #expect(try Self.connect(ends.0, ends.1))
        } else {
            #expect(throws: TLSError.self) { try Self.connect(ends.0, ends.1) }
        }
    }

    @Test("of a long list of certificates only the first few are kept")
    func longChain() throws {
        let pki = try TestPKI()
        let server = try TLSContext(role: .server, files: pki.files(try pki.issue("server", .server)))
        let files = pki.files(try pki.issue("client", .client("999999999")))
        let others = try (0..<12).map { _ in try pki.makeIntermediate() }
        try pki.append(others, to: files.certificateChain)
        let client = try TLSContext(role: .client, files: files)
        let ends = (
            try TLSConnection(context: server, serverName: nil),
            try TLSConnection(context: client, serverName: "127.0.0.1")
        )
        #expect(try Self.connect(ends.0, ends.1))
        #expect(ends.0.peer.chain.count == UnverifiedPeer.maxChainLength)
        #expect(try ends.0.peer.verified(by: server).organizationNumber == "999999999")
    }

    @Test("the client end refuses a server of another name")
    func otherName() throws {
        let pki = try TestPKI()
        let server = try TLSContext(role: .server, files: pki.files(try pki.issue("server", .server)))
        let client = try TLSContext(role: .client, files: pki.files(try pki.issue("client", .client("999999999"))))
        for name in ["127.0.0.2", "example.org"] {
            let ends = (
                try TLSConnection(context: server, serverName: nil),
                try TLSConnection(context: client, serverName: name)
            )
            #expect(throws: TLSError.self) { try Self.connect(ends.0, ends.1) }
        }
    }

    /// Carries bytes between two ends until both are done.
    private static func connect(_ server: TLSConnection, _ client: TLSConnection) throws -> Bool {
        for _ in 0..<10 {
            let done = (try client.handshake(), carry(client, server), try server.handshake(), carry(server, client))
            if case .done = done.0, case .done = done.2 { return true }
        }
        return false
    }

    private static func carry(_ from: TLSConnection, _ to: TLSConnection) {
        var buffer = ByteBuffer()
        from.takeOutput(into: &buffer)
        try? to.feed(buffer)
    }
}
