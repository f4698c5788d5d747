import Foundation
import Testing

@testable import PortvaktRPC

/// What `openssl s_client` gets with and without a session, a certificate and a key. Only a full handshake with a
/// certificate may get an answer.
///
/// The client asks for an answer over HTTP/2, since in TLS 1.3 it cannot know before that it was let in.
@Suite("Resumption: openssl s_client gets in with a full handshake and a certificate only")
struct ResumptionTests {
    @Test("the six cases")
    func cases() async throws {
        try await TestServer.with { server, pki in
            let session = pki.folder + "/session.pem"
            let early = pki.folder + "/early.bin"
            _ = FileManager.default.createFile(atPath: early, contents: Data(Self.request))
            let own = ["-cert", server.credential.certificate, "-key", server.credential.key]
            let folder = pki.folder
            let outcomes = try await onThread {
                let full = try Self.connect(server, own + ["-sess_out", session])
                // The server gave no ticket, so there is nothing to resume. A client that insists has one from a server
                // with the same certificate, key and authority, that does give tickets.
                #expect(!FileManager.default.fileExists(atPath: session))
                try Self.makeSession(folder, own, session)
                #expect(FileManager.default.fileExists(atPath: session))
                return [
                    full,
                    try Self.connect(server, own + ["-sess_in", session]),
                    try Self.connect(server, ["-sess_in", session]),
                    try Self.connect(server, []),
                    try Self.connect(server, ["-sess_in", session, "-early_data", early]),
                    try Self.connect(server, own + ["-tls1_2"]),
                ]
            }
            // The second gets its answer by a full handshake: it showed a certificate, and the session was not taken.
            #expect(outcomes.map(\.answered) == [true, true, false, false, false, false])
            #expect(outcomes[0].text.contains("New, TLSv1.3"))
            #expect(outcomes[1].text.contains("New, TLSv1.3"))
            for outcome in outcomes {
                #expect(!outcome.text.contains("Reused"))
                #expect(!outcome.text.contains("Early data was accepted"))
            }
            #expect(await eventually { server.events(.handshakeFailed) == 4 })
            #expect(server.server.metrics.callsStarted == 2)
        }
    }

    /// Preface, SETTINGS and an echo of "svaret".
    private static let request =
        RawHTTP2Client.preface + RawHTTP2Client.encode(4)
        + RawHTTP2Client.head(1, TestServer.Path.echo) + RawHTTP2Client.data(1, Array("svaret".utf8))

    struct Outcome: Sendable {
        var text: String
        /// The echo came back.
        var answered: Bool
    }

    private static func connect(_ server: TestServer, _ arguments: [String]) throws -> Outcome {
        let client = try OpenSSLProgram(
            ["s_client", "-connect", "127.0.0.1:\(server.port)", "-alpn", "h2", "-CAfile", server.trustAnchors]
                + arguments)
        client.write(request)
        let answer = Data("svaret".utf8)
        let output = Data(client.read(seconds: 15) { Data($0).range(of: answer) != nil })
        return Outcome(text: String(decoding: output, as: UTF8.self), answered: output.range(of: answer) != nil)
    }

    /// Gets a session that allows early data from an `openssl s_server` with the server's own files.
    private static func makeSession(_ folder: String, _ own: [String], _ path: String) throws {
        let other = try OpenSSLProgram([
            "s_server", "-accept", "127.0.0.1:0", "-cert", folder + "/server.pem", "-key",
            folder + "/server.key", "-CAfile", folder + "/ca.pem", "-Verify", "1", "-alpn", "h2", "-early_data",
            "-max_early_data", "1000",
        ])
        let prefix = "ACCEPT 127.0.0.1:"
        let said = other.read(seconds: 10) { String(decoding: $0, as: UTF8.self).contains(/ACCEPT 127\.0\.0\.1:\d+\n/) }
        let text = String(decoding: said, as: UTF8.self)
        guard let start = text.range(of: prefix), let port = Int(text[start.upperBound...].prefix { $0.isNumber })
        else {
            return
        }
        let client = try OpenSSLProgram(
            [
                "s_client", "-connect", "127.0.0.1:\(port)", "-alpn", "h2", "-CAfile", folder + "/ca.pem", "-sess_out",
                path,
            ]
                + own)
        _ = client.read(seconds: 10) { _ in
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            return (size ?? 0) > 0
        }
    }
}
