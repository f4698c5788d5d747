import Testing

@testable import PortvaktRPC

@Suite("The names in a peer's certificate")
struct PeerNamesTests {
    @Test("an organisation number has nine digits and a right check digit", arguments: ["999999999", "123456785"])
    func valid(_ number: String) {
        #expect(PeerNames.isOrganizationNumber(Array(number.utf8)))
    }

    @Test("anything else is none", arguments: ["", "99999999", "9999999999", "999999998", "12345678x", "１２３４５６７８５"])
    func invalid(_ number: String) {
        #expect(!PeerNames.isOrganizationNumber(Array(number.utf8)))
    }

    @Test("of the ten possible last digits at most one is right, and none where the check digit would be ten")
    func checkDigit() {
        var none = 0
        for prefix in 80_000_000..<80_001_000 {
            let right = (0...9).filter { PeerNames.isOrganizationNumber(Array("\(prefix)\($0)".utf8)) }
            #expect(right.count <= 1)
            if right.isEmpty { none += 1 }
        }
        // One in eleven.
        #expect((60...120).contains(none))
    }

    private func identity(_ request: TestPKI.Request) throws -> PeerIdentity {
        let pki = try TestPKI()
        let server = try pki.issue("server", .server)
        let context = try TLSContext(role: .server, files: pki.files(server))
        let credential = try pki.issue("peer", request)
        return try UnverifiedPeer(chain: try PEM(path: credential.certificate).certificates()).verified(by: context)
    }

    private func refusal(_ request: TestPKI.Request) throws -> PeerRefusal? {
        do {
            _ = try identity(request)
            return nil
        } catch let refusal as PeerRefusal {
            return refusal
        }
    }

    @Test("organizationIdentifier gives the organisation number")
    func organizationNumber() throws {
        let identity = try identity(.client("999999999"))
        #expect(identity.organizationNumber == "999999999" && identity.spiffeID == nil)
        #expect(identity.fingerprint.count == 32)
    }

    @Test("one spiffe:// URI gives the SPIFFE id")
    func spiffe() throws {
        let identity = try identity(.spiffe("spiffe://example.org/ns/logg"))
        #expect(identity.spiffeID == "spiffe://example.org/ns/logg" && identity.organizationNumber == nil)
    }

    @Test("a certificate with neither has no identity, whatever its common name says")
    func nothing() throws {
        #expect(try refusal(TestPKI.Request()) == .noIdentity)
        #expect(try refusal(TestPKI.Request(alternativeNames: ["DNS:NTRNO-999999999"])) == .noIdentity)
        #expect(try refusal(TestPKI.Request(alternativeNames: ["URI:https://example.org/"])) == .noIdentity)
    }

    @Test(
        "an organizationIdentifier that is not NTRNO- and a right number is refused",
        arguments: [
            "NTRNO-999999998", "NTRNO-99999999", "NTRSE-999999999", "999999999", "ntrno-999999999", "NTRNO-999999999 ",
        ])
    func malformed(_ value: String) throws {
        #expect(try refusal(TestPKI.Request(organizationIdentifiers: [value])) == .malformedOrganizationNumber)
    }

    @Test("two of a kind are refused")
    func ambiguous() throws {
        let numbers = ["NTRNO-999999999", "NTRNO-123456785"]
        #expect(try refusal(TestPKI.Request(organizationIdentifiers: numbers)) == .ambiguousIdentity)
        let uris = ["URI:spiffe://a/b", "URI:spiffe://a/c"]
        #expect(try refusal(TestPKI.Request(alternativeNames: uris)) == .ambiguousIdentity)
        #expect(try refusal(TestPKI.Request(alternativeNames: ["URI:spiffe://a/b", "URI:x:y"])) == .ambiguousIdentity)
    }

    @Test("a SPIFFE id without a trust domain is refused")
    func malformedSPIFFE() throws {
        #expect(try refusal(.spiffe("spiffe:///a")) == .malformedSPIFFE)
        #expect(try refusal(.spiffe("spiffe://a/" + String(repeating: "a", count: 2048))) == .malformedSPIFFE)
    }

    @Test(
        "keys of every kind that signatures are taken from",
        arguments: [TestPKI.KeyKind.p256, .p384, .ed25519, .rsa2048])
    func keys(_ kind: TestPKI.KeyKind) throws {
        var request = TestPKI.Request.client("999999999")
        request.key = kind
        #expect(try identity(request).organizationNumber == "999999999")
    }
}
