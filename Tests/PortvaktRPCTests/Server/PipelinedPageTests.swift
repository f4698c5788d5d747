import NIOCore
import Synchronization
import Testing

@testable import PortvaktRPC

/// Requests of HTTP/1.1 that come at once, before the first of them is answered.
@Suite("Pages that are asked for at once over HTTP/1.1", .timeLimit(.minutes(2)))
struct PipelinedPageTests {
    /// What the pages were asked.
    private final class Asked: Sendable {
        let count = Mutex(0)

        /// One that answers after what came with its request was read, one that answers at once, a large one.
        var pages: [HTTPPage] {
            [
                HTTPPage(.get, "/later") { call, _ in
                    call.eventLoop.scheduleTask(in: .milliseconds(300)) { call.answer(HTTPAnswer(200)) }
                },
                HTTPPage(.post, "/body", maxBody: 4 * PipelinedPageTests.large) { call, _ in
                    call.answer(HTTPAnswer(200))
                },
                HTTPPage(.get, "/now") { [self] call, _ in
                    count.withLock { $0 += 1 }
                    call.answer(HTTPAnswer(200))
                },
                HTTPPage(.get, "/large") { call, _ in
                    call.answer(HTTPAnswer(200, body: ByteBuffer(repeating: 0x78, count: PipelinedPageTests.large)))
                },
            ]
        }
    }

    private static let large = 1024 * 1024

    private static func request(_ path: String, _ more: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: h\r\n\(more)\r\n"
    }

    private func client(_ server: TestServer, _ text: String, receiveBuffer: Int32? = nil) throws -> RawTLSClient {
        var options = RawTLSClient.Options()
        options.alpn = "http/1.1"
        options.receiveBuffer = receiveBuffer
        let client = try server.tls(options)
        try client.write(Array(text.utf8))
        return client
    }

    /// Reads until so many answers have begun or the server closes; returns how many did.
    private func answers(_ client: RawTLSClient, _ enough: Int) throws -> Int {
        let mark = Array("HTTP/1.1 ".utf8)
        var found = 0
        var rest: [UInt8] = []
        while found < enough, case let bytes = try client.read(), !bytes.isEmpty {
            rest += bytes
            let begins = rest.indices.dropLast(mark.count - 1)
            found += begins.count { rest[$0] == mark[0] && rest[$0..<$0 + mark.count].elementsEqual(mark) }
            rest = rest.suffix(mark.count - 1)
        }
        return found
    }

    @Test("thousands that wait for the first are answered one after the other, not one within the other")
    func many() async throws {
        let asked = Asked()
        try await TestServer.with(pages: asked.pages) { server, _ in
            let found = try await onThread {
                // A large body first: the server then reads as much at once as it ever does.
                let client = try client(
                    server, "POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: \(2 * Self.large)\r\n\r\n")
                try client.write([UInt8](repeating: 1, count: 2 * Self.large))
                #expect(try answers(client, 1) == 1)
                let requests = Self.request("/later") + String(repeating: Self.request("/now"), count: 5000)
                try client.write(Array(requests.utf8))
                return try answers(client, 5001)
            }
            #expect(found == 5001)
            #expect(asked.count.withLock { $0 } == 5000)
        }
    }

    @Test(
        "after the last answer of a connection no page is asked any more",
        arguments: [request("/none"), request("/now", "Connection: close\r\n")])
    func afterTheLast(_ last: String) async throws {
        let asked = Asked()
        try await TestServer.with(pages: asked.pages) { server, _ in
            for first in ["", Self.request("/later")] {
                asked.count.withLock { $0 = 0 }
                let found = try await onThread {
                    let client = try client(server, first + last + Self.request("/now") + Self.request("/now"))
                    return try answers(client, 10)
                }
                #expect(found == (first.isEmpty ? 1 : 2))
                #expect(asked.count.withLock { $0 } == (last.contains("/now") ? 1 : 0))
            }
        }
    }

    @Test("answers that the caller does not read wait up to the limit of a connection; what is read is forgotten")
    func unread() async throws {
        var limits = ServerLimits.defaults
        limits.maxUnsentPerConnection = 4 * Self.large
        try await TestServer.with(limits: limits, pages: Asked().pages) { server, _ in
            try await onThread {
                let client = try client(
                    server, String(repeating: Self.request("/large"), count: 40), receiveBuffer: 4096)
                for _ in 0..<2000 where server.server.metrics.pagesAnswered.values.reduce(0, +) < 40 {
                    try pause(milliseconds: 5)
                }
                let refused = server.server.metrics.pagesAnswered[503] ?? 0
                #expect(refused >= 1 && server.events(.unsentExhausted) == refused)
                #expect(try answers(client, 40) == 40)
                // A part of the last one may be there already.
                for _ in 0..<3 { try client.write(Array(Self.request("/large").utf8)) }
                var rest = 0
                while rest < 3 * Self.large, case let bytes = try client.read(), !bytes.isEmpty { rest += bytes.count }
                #expect(rest >= 3 * Self.large)
            }
            #expect(await eventually { server.server.metrics.connectionsOpen == 0 })
        }
    }
}
