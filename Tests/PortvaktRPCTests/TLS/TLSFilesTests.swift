import Foundation
import Testing

@testable import PortvaktRPC

@Suite("TLS files: what is wrong is told with the file's path")
struct TLSFilesTests {
    private func problem(_ files: TLSFiles, _ role: TLSRole = .server) -> TLSFileError? {
        do throws(TLSFileError) {
            _ = try TLSContext(role: role, files: files)
            return nil
        } catch {
            return error
        }
    }

    @Test("files in order are taken, in both roles")
    func inOrder() throws {
        let pki = try TestPKI()
        let files = pki.files(try pki.issue("server", .server))
        #expect(problem(files) == nil)
        #expect(problem(files, .client) == nil)
    }

    @Test("each missing file")
    func missing() throws {
        let pki = try TestPKI()
        let files = pki.files(try pki.issue("server", .server))
        for path in [\TLSFiles.certificateChain, \.privateKey, \.trustAnchors] {
            var files = files
            files[keyPath: path] = pki.folder + "/nothing.pem"
            #expect(problem(files) == TLSFileError(path: pki.folder + "/nothing.pem", problem: .missing))
        }
        var noList = files
        noList.revocationLists = pki.folder + "/nothing.pem"
        #expect(problem(noList) == TLSFileError(path: pki.folder + "/nothing.pem", problem: .missing))
    }

    @Test("each file that holds something else")
    func notPEM() throws {
        let pki = try TestPKI()
        let files = pki.files(try pki.issue("server", .server))
        let text = pki.folder + "/text.pem"
        _ = FileManager.default.createFile(
            atPath: text, contents: Data("hei".utf8), attributes: [.posixPermissions: 0o600])
        for path in [\TLSFiles.certificateChain, \.privateKey, \.trustAnchors] {
            var files = files
            files[keyPath: path] = text
            #expect(problem(files) == TLSFileError(path: text, problem: .notPEM))
        }
        var noList = files
        noList.revocationLists = text
        #expect(problem(noList) == TLSFileError(path: text, problem: .notPEM))
    }

    @Test("a folder where a file should be")
    func folder() throws {
        let pki = try TestPKI()
        var files = pki.files(try pki.issue("server", .server))
        files.trustAnchors = pki.folder
        #expect(problem(files)?.problem == .unreadable("not a regular file"))
    }

    @Test("a file that is too large to be one of these")
    func tooLarge() throws {
        let pki = try TestPKI()
        let files = pki.files(try pki.issue("server", .server))
        let handle = try #require(FileHandle(forWritingAtPath: files.trustAnchors))
        try handle.truncate(atOffset: UInt64(FileBytes.maxSize) + 1)
        let expected = TLSFileError.Problem.unreadable("larger than \(FileBytes.maxSize) bytes")
        #expect(problem(files) == TLSFileError(path: files.trustAnchors, problem: expected))
    }

    @Test("a key that others may read", arguments: [0o640, 0o604, 0o620, 0o601])
    func keyMode(_ mode: Int) throws {
        let pki = try TestPKI()
        let files = pki.files(try pki.issue("server", .server))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: files.privateKey)
        let expected = TLSFileError.Problem.keyReadableByOthers(mode: "0" + String(mode, radix: 8))
        #expect(problem(files) == TLSFileError(path: files.privateKey, problem: expected))
    }

    @Test("a key of another certificate")
    func otherKey() throws {
        let pki = try TestPKI()
        var files = pki.files(try pki.issue("server", .server))
        files.privateKey = try pki.issue("other", .server).key
        let expected = TLSFileError.Problem.keyDoesNotMatchCertificate(certificate: files.certificateChain)
        #expect(problem(files) == TLSFileError(path: files.privateKey, problem: expected))
    }

    @Test("a certificate that has expired, or is not valid yet")
    func validity() throws {
        let pki = try TestPKI()
        var request = TestPKI.Request.server
        request.notAfter = -60
        let expired = pki.files(try pki.issue("expired", request))
        #expect(problem(expired) == TLSFileError(path: expired.certificateChain, problem: .expired))
        request.notBefore = 600
        request.notAfter = 6000
        let early = pki.files(try pki.issue("early", request))
        #expect(problem(early) == TLSFileError(path: early.certificateChain, problem: .notYetValid))
    }

    @Test("a stale revocation list, unless stale lists are accepted")
    func staleList() throws {
        let pki = try TestPKI()
        var files = pki.files(try pki.issue("server", .server))
        try pki.writeRevocationList(nextUpdate: -10)
        #expect(problem(files) == TLSFileError(path: pki.revocationLists, problem: .staleRevocationList))
        files.staleRevocationLists = .accept
        #expect(problem(files) == nil)
    }

    @Test("a server's certificate that is for clients only; one with no extended key usage serves")
    func extendedKeyUsage() throws {
        let pki = try TestPKI()
        let client = pki.files(try pki.issue("client", .client("999999999")))
        #expect(problem(client) == TLSFileError(path: client.certificateChain, problem: .notForServers))
        #expect(problem(client, .client) == nil)
        var request = TestPKI.Request.server
        (request.isServer, request.isClient) = (false, false)
        #expect(problem(pki.files(try pki.issue("any", request))) == nil)
        (request.isServer, request.isClient) = (true, true)
        #expect(problem(pki.files(try pki.issue("both", request))) == nil)
    }

    @Test("an authority's file with a certificate that is no authority's; a client may trust one server's own")
    func noAuthority() throws {
        let pki = try TestPKI()
        let server = try pki.issue("server", .server)
        let files = pki.files(server)
        let anchors = try text(files.trustAnchors)
        try (anchors + text(server.certificate)).write(toFile: files.trustAnchors, atomically: true, encoding: .utf8)
        #expect(problem(files) == TLSFileError(path: files.trustAnchors, problem: .notAnAuthority(place: 2)))
        #expect(problem(files, .client) == nil)
    }

    @Test("a second certificate or list that cannot be read, or is cut short, is not left out in silence")
    func brokenSecond() throws {
        let pki = try TestPKI()
        let files = pki.files(try pki.issue("server", .server))
        for path in [files.certificateChain, files.trustAnchors, pki.revocationLists] {
            let whole = try text(path)
            let lines = whole.split(separator: "\n")
            let damaged = [lines[0], "AAAA" + lines[1].dropFirst(4)] + lines.dropFirst(2)
            for second in [damaged.joined(separator: "\n"), lines.dropLast().joined(separator: "\n"), "\(lines[0])\n"] {
                try (whole + second).write(toFile: path, atomically: true, encoding: .utf8)
                let found = try #require(problem(files))
                guard found.path == path, case .brokenPEM(2, _) = found.problem else {
                    Issue.record("\(found)")
                    continue
                }
            }
            try (whole + "text behind\n").write(toFile: path, atomically: true, encoding: .utf8)
            #expect(problem(files) == nil)
        }
    }

    @Test("revocation lists that do not cover every authority; a list of another one may stand beside")
    func uncovered() throws {
        let pki = try TestPKI()
        let files = pki.files(try pki.issue("server", .server))
        let own = try text(pki.revocationLists)
        // Of the same name, and with another key.
        let stranger = try TestAuthority(commonName: "root", key: TestPKI.makeKey(.p256))
        try stranger.writeRevocationList(to: pki.revocationLists, serials: [], nextUpdate: 60)
        let others = try text(pki.revocationLists)
        func expected(_ authority: Int) -> TLSFileError {
            TLSFileError(
                path: pki.revocationLists, problem: .noRevocationList(authority: authority, of: files.trustAnchors))
        }
        #expect(problem(files) == expected(1))
        try (others + own).write(toFile: pki.revocationLists, atomically: true, encoding: .utf8)
        #expect(problem(files) == nil)
        try own.write(toFile: pki.revocationLists, atomically: true, encoding: .utf8)
        try pki.append([stranger], to: files.trustAnchors)
        #expect(problem(files) == expected(2))
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test("every problem says the path and what to do")
    func descriptions() {
        let problems: [TLSFileError.Problem] = [
            .missing, .unreadable("x"), .notPEM, .keyReadableByOthers(mode: "0644"),
            .keyDoesNotMatchCertificate(certificate: "b"), .expired, .notYetValid, .staleRevocationList,
            .refusedByLibrary("x"), .brokenPEM(place: 2, "x"), .notForServers, .notAnAuthority(place: 1),
            .noRevocationList(authority: 1, of: "/a/ca.pem"),
        ]
        for problem in problems {
            let text = TLSFileError(path: "/a/b.pem", problem: problem).description
            #expect(text.hasPrefix("/a/b.pem: ") && text.contains(";"))
        }
    }
}
