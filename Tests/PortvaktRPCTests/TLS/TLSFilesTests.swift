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

    @Test("every problem says the path and what to do")
    func descriptions() {
        let problems: [TLSFileError.Problem] = [
            .missing, .unreadable("x"), .notPEM, .keyReadableByOthers(mode: "0644"),
            .keyDoesNotMatchCertificate(certificate: "b"), .expired, .notYetValid, .staleRevocationList,
            .refusedByLibrary("x"),
        ]
        for problem in problems {
            let text = TLSFileError(path: "/a/b.pem", problem: problem).description
            #expect(text.hasPrefix("/a/b.pem: ") && text.contains(";"))
        }
    }
}
