import Glibc
import NIOCore
import Synchronization
import Testing

@testable import PortvaktRPC

/// The times of pages. The clock is the test's.
@Suite("Pages and time")
struct PageTimeTests {
    /// What a page was asked that does not answer by itself.
    private final class Held {
        var calls: [HTTPCall] = []
        var cancelled = 0
    }

    private func with(
        limits: (inout ServerLimits) -> Void = { _ in }, _ body: (ConnectionInMemory, Held) throws -> Void
    ) throws {
        let held = Held()
        // Everything happens on the test's thread.
        nonisolated(unsafe) let box = held
        let pages = [
            HTTPPage(.get, "/now") { call, _ in call.answer(HTTPAnswer(200)) },
            HTTPPage(.post, "/hold", maxBody: 1000) { call, _ in
                box.calls.append(call)
                call.onCancel { box.cancelled += 1 }
            },
        ]
        var changed = ServerLimits()
        changed.headersTimeout = .seconds(1)
        changed.maxConnectionAge = .hours(1000)
        changed.recheckInterval = .hours(1000)
        changed.stalledResponseTimeout = .hours(1000)
        limits(&changed)
        let memory = try ConnectionInMemory(pages: pages, limits: changed)
        memory.setNow()
        try body(memory, held)
    }

    private static let now = "GET /now HTTP/1.1\r\nHost: h\r\n\r\n"
    private static let hold = "POST /hold HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"

    // MARK: HTTP/1.1

    @Test(
        "between its requests a caller of HTTP/1.1 has another time than before its first; nobody is blamed for its end"
    )
    func idle() throws {
        try with { memory, _ in
            memory.startHTTP1()
            #expect(memory.say(Self.now).hasPrefix("HTTP/1.1 200 "))
            memory.look(after: .seconds(50))
            #expect(memory.socket.goodbye == nil)
            memory.look(after: .minutes(30))
            #expect(memory.socket.goodbye != nil && memory.events(.slowHeaders) == 0)
        }
    }

    @Test(
        "a page that does not answer in its time is 503 over HTTP/1.1, its handler is told, and the connection goes on")
    func late() throws {
        try with { memory, held in
            memory.startHTTP1()
            #expect(memory.say(Self.hold).isEmpty && held.calls.count == 1)
            memory.look(after: .seconds(25))
            #expect(memory.say("").isEmpty && held.cancelled == 0)
            memory.look(after: .minutes(30))
            #expect(memory.say("").hasPrefix("HTTP/1.1 503 "))
            #expect(held.cancelled == 1 && held.calls[0].isCancelled)
            held.calls[0].answer(HTTPAnswer(200))
            #expect(memory.say("").isEmpty && memory.socket.goodbye == nil)
            #expect(memory.say(Self.now).hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test(
        "over HTTP/1.1 a body's time begins with its request, an answer's with the end of that, and the next request's with the answer"
    )
    func beginnings() throws {
        try with(limits: { $0.bodyTimeout = .minutes(10) }) { memory, held in
            // The connection takes its times from the machine: each begins a little later than the one before.
            func later() {
                usleep(20_000)
                memory.setNow()
            }
            memory.startHTTP1()
            later()
            _ = memory.say("POST /hold HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n")
            memory.look(after: .minutes(10))
            #expect(memory.say("").isEmpty && memory.events(.slowBody) == 0)
            later()
            #expect(memory.say("x").isEmpty && held.calls.count == 1)
            memory.look(after: ServerConnection.pageTimeout)
            #expect(memory.say("").isEmpty && held.cancelled == 0)
            later()
            held.calls.first?.answer(HTTPAnswer(200))
            #expect(memory.say("").hasPrefix("HTTP/1.1 200 "))
            memory.look(after: HTTP1Connection.idleTimeout)
            #expect(memory.socket.goodbye == nil)
        }
    }

    @Test("a caller of HTTP/1.1 is asked to go between two requests, or with the answer that is being made")
    func leaves() throws {
        try with { memory, held in
            memory.startHTTP1()
            _ = memory.say(Self.hold)
            memory.connection.leave(grace: .seconds(1), now: memory.now)
            #expect(memory.socket.goodbye == nil)
            held.calls[0].answer(HTTPAnswer(200))
            let answer = memory.say("")
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains("connection: close"))
            #expect(memory.socket.goodbye != nil)
        }
        try with { memory, _ in
            memory.startHTTP1()
            #expect(!memory.say(Self.now).contains("connection: close") && memory.socket.goodbye == nil)
            memory.connection.leave(grace: .seconds(1), now: memory.now)
            #expect(memory.socket.goodbye != nil)
        }
    }

    @Test("a connection of HTTP/1.1 that has reached its age is asked to go")
    func age() throws {
        try with(limits: { $0.maxConnectionAge = .seconds(20) }) { memory, _ in
            memory.startHTTP1()
            _ = memory.say(Self.now)
            memory.look(after: .seconds(19))
            #expect(memory.socket.goodbye == nil)
            // At most a tenth is added, and the connection's own clock has moved meanwhile. Between requests it has 60 s.
            memory.look(after: .seconds(25))
            #expect(memory.socket.goodbye != nil)
        }
    }

    @Test("a caller of HTTP/1.1 whose socket stays full is cut")
    func unread() throws {
        try with(limits: { $0.stalledResponseTimeout = .seconds(30) }) { memory, _ in
            memory.startHTTP1()
            _ = memory.say(Self.now)
            memory.setWritable(false)
            memory.look(after: .seconds(29))
            #expect(memory.events(.unreadSocket) == 0 && !memory.socket.isClosed)
            memory.look(after: .hours(1))
            #expect(memory.events(.unreadSocket) == 1 && memory.socket.isClosed)
        }
    }

    @Test("a connection ends with its certificate, over either version of HTTP", arguments: [true, false])
    func certificate(_ isHTTP1: Bool) throws {
        try with { memory, _ in
            if isHTTP1 { memory.startHTTP1() } else { try memory.start() }
            memory.wallClock.seconds.store(ConnectionInMemory.certificateEnd, ordering: .relaxed)
            memory.look()
            #expect(memory.events(.certificateExpired) == 0)
            memory.wallClock.seconds.wrappingAdd(1, ordering: .relaxed)
            memory.look()
            #expect(memory.events(.certificateExpired) == 1)
            #expect(memory.socket.isClosed || memory.socket.goodbye != nil)
        }
    }

    // MARK: HTTP/2

    /// A request of the page that does not answer, brought to the server.
    private func ask(_ memory: ConnectionInMemory, _ body: [UInt8], isWhole: Bool = true) throws -> HTTP2Stream {
        let stream = try memory.request("/hold", body, isWhole: isWhole, fields: [])
        try memory.exchange()
        return stream
    }

    @Test("a page over HTTP/2 has its time from the end of the request; then it is 503, and its handler is told")
    func deadline() throws {
        try with { memory, held in
            try memory.start()
            let stream = try ask(memory, [1])
            let session = try #require(memory.connection.session)
            #expect(memory.connection.deadlineAt - session.now == ServerConnection.pageTimeout)
            let held2 = try #require(memory.stream(stream.id))
            #expect(held2.deadline == memory.connection.deadlineAt)
            memory.connection.expire(held2)
            try memory.exchange()
            #expect(memory.answers[stream].fields[":status"] == "503")
            #expect(held.cancelled == 1 && held.calls[0].isCancelled)
        }
    }

    @Test("a page's request that does not end over HTTP/2 is 408, and its bytes are given back")
    func slowBody() throws {
        try with(limits: { $0.bodyTimeout = .hours(1) }) { memory, held in
            try memory.start()
            let slow = try ask(memory, [1, 2, 3], isWhole: false)
            let other = try ask(memory, [1])
            #expect(memory.connection.buffered == 3)
            try memory.tick(after: .minutes(59))
            #expect(memory.answers[slow].fields.isEmpty && memory.events(.slowBody) == 0)
            try memory.tick(after: .minutes(2))
            #expect(memory.answers[slow].fields[":status"] == "408" && memory.events(.slowBody) == 1)
            #expect(memory.answers[slow].closed == 0 && memory.connection.buffered == 0)
            // One whose request has ended is no slow request.
            #expect(memory.answers[other].fields.isEmpty && held.calls.count == 1)
        }
    }

    @Test("bodies of pages count together against what a connection may have waiting")
    func together() throws {
        try with(limits: { $0.maxBufferedPerConnection = 1500 }) { memory, held in
            try memory.start()
            let body = [UInt8](repeating: 1, count: 800)
            let first = try ask(memory, body, isWhole: false)
            let second = try ask(memory, body)
            #expect(memory.answers[second].fields[":status"] == "413" && memory.events(.bufferExhausted) == 1)
            // What still comes of a refused one is neither held nor refused again.
            let third = try memory.request("/hold", [UInt8](repeating: 1, count: 40_000), fields: [])
            try memory.exchange()
            #expect(memory.answers[third].fields[":status"] == "413" && memory.events(.messageTooLarge) == 1)
            #expect(memory.connection.buffered == 800)
            first.outboxFinished = true
            memory.client.resume(first)
            try memory.exchange()
            #expect(held.calls.count == 1 && memory.connection.buffered == 0)
        }
    }

    @Test("requests of pages that are not answered are limited, cancelled ones included")
    func unanswered() throws {
        try with(limits: { $0.maxUnansweredPerConnection = 2 }) { memory, held in
            try memory.start()
            let first = try ask(memory, [1])
            _ = try ask(memory, [1])
            memory.client.reset(first, errorCode: HTTP2ErrorCode.cancel)
            try memory.exchange()
            #expect(held.cancelled == 1)
            let third = try ask(memory, [1])
            #expect(memory.answers[third].fields[":status"] == "503" && memory.events(.tooManyUnanswered) == 1)
            held.calls.removeFirst()
            let fourth = try ask(memory, [1])
            #expect(memory.answers[fourth].fields.isEmpty && held.calls.count == 2)
        }
    }

    @Test("a page whose header list is too large is 431 and is not asked")
    func largeHead() throws {
        try with { memory, held in
            try memory.start()
            let value = String(repeating: "a", count: 20_000)
            let stream = try memory.request("/hold", [1], fields: [("x", value)])
            try memory.exchange()
            #expect(memory.answers[stream].fields[":status"] == "431" && held.calls.isEmpty)
            let next = try ask(memory, [1])
            #expect(memory.answers[next].fields.isEmpty && held.calls.count == 1)
        }
    }
}
