import Foundation
import NIOCore
import Synchronization
import Testing

@testable import PortvaktRPC

@Suite("Trust that changes while connections live")
struct ReloadTests {
    /// Whether the server has closed on `client`.
    private func isCut(_ client: RawHTTP2Client) async throws -> Bool {
        try await client.readToEnd()
        return client.isClosed
    }

    @Test("a reload with a new revocation list cuts the revoked caller's connection and no other")
    func revoked() async throws {
        try await TestServer.with { server, pki in
            let other = try pki.issue("other", .client(TestServer.otherOrganizationNumber))
            let (bad, good) = try await onThread {
                let bad = try server.client()
                let good = try RawHTTP2Client(
                    RawTLSClient(port: server.port, trustAnchors: server.trustAnchors, credential: other))
                #expect(try bad.call(TestServer.Path.echo, [1]).grpcStatus == 0)
                return (bad, good)
            }
            try pki.writeRevocationList(revoked: [server.credential])
            try await server.server.reload()
            #expect(try await isCut(bad))
            #expect(server.events(.recheckRefused) == 1)
            #expect(try await server.echoStatus(good) == 0)
            #expect(await server.turnsAway(server.credential))
        }
    }

    @Test("a call that is being handled for a caller that is cut is cancelled")
    func cancelled() async throws {
        try await TestServer.with { server, pki in
            let client = try await onThread {
                let client = try server.client()
                try client.tls.write(RawHTTP2Client.head(1, TestServer.Path.hold) + RawHTTP2Client.data(1, []))
                return client
            }
            #expect(await eventually { server.held == 1 })
            try pki.writeRevocationList(revoked: [server.credential])
            try await server.server.reload()
            #expect(try await isCut(client))
            #expect(server.cancelled == 1)
        }
    }

    @Test("a file that changes is loaded without being asked")
    func fileChange() async throws {
        let reloads = Mutex<[Bool]>([])
        let report: @Sendable (Result<Void, TLSFileError>) -> Void = { result in
            reloads.withLock { $0.append((try? result.get()) != nil) }
        }
        let configure: (inout RPCServer.Configuration) -> Void = {
            $0.fileCheckInterval = .milliseconds(50)
            $0.onReload = report
        }
        try await TestServer.with(configure: configure) { server, pki in
            let client = try await onThread { try server.client() }
            try pki.writeRevocationList(revoked: [server.credential])
            #expect(try await isCut(client))
            // The connection is cut during the load, and that is told after it.
            #expect(await eventually { reloads.withLock { !$0.isEmpty } })
            // A file that is looked at while it is written is loaded once more.
            #expect(reloads.withLock { $0.allSatisfy { $0 } })
            // A broken one is reported, and what was loaded before stays.
            _ = FileManager.default.createFile(atPath: pki.revocationLists, contents: Data("hei".utf8))
            #expect(await eventually { reloads.withLock { $0.last } == false })
            #expect(server.events(.reloadFailed) == 1)
            #expect(await server.turnsAway(server.credential))
        }
    }

    @Test("a reload that fails says which file, and changes nothing")
    func failedReload() async throws {
        try await TestServer.with { server, pki in
            let client = try await onThread { try server.client() }
            try FileManager.default.removeItem(atPath: pki.trustAnchors)
            await #expect(throws: TLSFileError(path: pki.trustAnchors, problem: .missing)) {
                try await server.server.reload()
            }
            #expect(server.events(.reloadFailed) == 1)
            #expect(try await server.echoStatus(client) == 0)
            try pki.authority.writeCertificate(to: pki.trustAnchors)
            #expect(await !server.turnsAway(server.credential))
        }
    }

    @Test("an authority that is no longer trusted takes its callers with it")
    func otherAuthority() async throws {
        try await TestServer.with { server, pki in
            let client = try await onThread { try server.client() }
            let other = try TestPKI()
            try other.authority.writeCertificate(to: pki.trustAnchors)
            try other.authority.writeRevocationList(to: pki.revocationLists, serials: [], nextUpdate: 60)
            try await server.server.reload()
            #expect(try await isCut(client))
        }
    }

    @Test("a caller that the policy no longer admits is cut when asked to look again")
    func policy() async throws {
        try await TestServer.with { server, _ in
            let client = try await onThread {
                let client = try server.client()
                #expect(try client.call(TestServer.Path.echo, [1]).grpcStatus == 0)
                return client
            }
            server.policy.refused.withLock { _ = $0.insert(TestServer.organizationNumber) }
            server.server.recheckConnections()
            #expect(try await isCut(client))
            #expect(server.events(.recheckRefused) == 1)
        }
    }

    @Test("a certificate that runs out takes its connection with it")
    func expiry() async throws {
        let offset = Mutex<Int64>(0)
        try await TestServer.with(configure: { $0.wallClock = { wallClockSeconds() + offset.withLock { $0 } } }) {
            server, _ in
            let client = try await onThread {
                let client = try server.client()
                #expect(try client.call(TestServer.Path.echo, [1]).grpcStatus == 0)
                return client
            }
            offset.withLock { $0 = 2 * 86400 }
            #expect(try await isCut(client))
            #expect(server.events(.certificateExpired) == 1)
        }
    }

    @Test("a revocation list that becomes stale closes the door and the living connections")
    func staleList() async throws {
        try await TestServer.with(configure: { $0.limits.recheckInterval = .milliseconds(100) }) { server, pki in
            try pki.writeRevocationList(nextUpdate: 6)
            try await server.server.reload()
            let client = try await onThread {
                let client = try server.client()
                #expect(try client.call(TestServer.Path.echo, [1]).grpcStatus == 0)
                return client
            }
            #expect(try await isCut(client))
            #expect(await server.turnsAway(server.credential))
            // A fresh one opens it again.
            try pki.writeRevocationList()
            try await server.server.reload()
            #expect(await !server.turnsAway(server.credential))
        }
    }

    @Test("stale lists that are accepted still revoke")
    func staleListAccepted() async throws {
        try await TestServer.with(configure: { $0.tls.staleRevocationLists = .accept }) { server, pki in
            let other = try pki.issue("other", .client(TestServer.otherOrganizationNumber))
            try pki.writeRevocationList(revoked: [other], nextUpdate: -10)
            try await server.server.reload()
            #expect(await !server.turnsAway(server.credential))
            #expect(await server.turnsAway(other))
        }
    }
}
