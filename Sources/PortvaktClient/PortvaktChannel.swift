public import NIOCore
package import PortvaktCore
public import PortvaktRPC
package import PortvaktWire
internal import Synchronization

/// A shared connection to a Portvakt service, for typed calls. ``Gate`` is what a host system uses.
public final class PortvaktChannel: Sendable {
    package let rpc: RPCChannel
    private let coders = CoderPool()

    /// Loads the TLS files. Connects with the first call.
    /// - Throws: what is wrong with which file.
    /// - Parameter group: one event loop of it serves the channel; `nil`: one that the process shares.
    public init(
        _ configuration: RPCChannelConfiguration, on group: (any EventLoopGroup)? = nil
    ) throws(TLSFileError) {
        rpc = try RPCChannel(configuration: configuration, on: group)
    }

    /// Makes one call.
    /// - Throws: ``ChannelFailure``.
    package func call<Request: WireMessage, Response: WireMessage>(
        _ method: RPC, _ request: Request, timeout: TimeAmount? = nil, as type: Response.Type = Response.self
    ) async throws(ChannelFailure) -> Response {
        let message = coders.with { coder in
            unsafe coder.encode(request) { bytes in unsafe ByteBuffer(bytes: bytes) }
        }
        let reply: ByteBuffer
        do throws(RPCStatus) {
            reply = try await rpc.unary(method.path, message, deadline: timeout.map { .now() + $0 })
        } catch {
            throw .status(error)
        }
        do throws(WireError) { return try coders.decode(reply) } catch { throw .unreadable(error) }
    }

    /// Makes a call whose answer is a stream of messages; it begins with the first iteration.
    package func stream<Request: WireMessage, Response: WireMessage>(
        _ method: RPC, _ request: Request, timeout: TimeAmount? = nil, as type: Response.Type = Response.self
    ) -> ChannelStream<Response> {
        let message = coders.with { coder in
            unsafe coder.encode(request) { bytes in unsafe ByteBuffer(bytes: bytes) }
        }
        return stream(method, message, timeout)
    }

    private func stream<Response: WireMessage>(
        _ method: RPC, _ message: ByteBuffer, _ timeout: TimeAmount?
    ) -> ChannelStream<Response> {
        ChannelStream(
            messages: rpc.serverStream(method.path, message, deadline: timeout.map { .now() + $0 }), coders: coders)
    }

    /// `Access/CheckEach` about entries of one log.
    /// - Parameter question: what they have in common.
    package func checkEach(
        _ question: Question, _ entries: AskedEntries, requestID: Identifier?, timeout: TimeAmount? = nil
    ) -> ChannelStream<CheckEachResponse> {
        let message = coders.with { coder in
            unsafe coder.encodeEntries(question, entries, requestID: requestID) { bytes in
                unsafe ByteBuffer(bytes: bytes)
            }
        }
        return stream(.checkEach, message, timeout)
    }

    /// Takes no more calls and closes when the open ones have ended, or after the grace.
    public func close(grace: TimeAmount = .zero) async { await rpc.close(grace: grace) }
}

/// The messages of a stream, in order. It ends when the server ends it with OK, and throws ``ChannelFailure`` otherwise.
package struct ChannelStream<Response: WireMessage>: AsyncSequence, Sendable {
    package typealias Element = Response
    package typealias Failure = ChannelFailure

    fileprivate let messages: RPCMessages
    fileprivate let coders: CoderPool

    /// Starts the call.
    package func makeAsyncIterator() -> Iterator {
        Iterator(messages: messages.makeAsyncIterator(), coders: coders)
    }

    /// Used by one task at a time.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate var messages: RPCMessages.Iterator
        fileprivate let coders: CoderPool

        package mutating func next() async throws(ChannelFailure) -> Response? {
            try await next(isolation: #isolation)
        }

        package mutating func next(
            isolation actor: isolated (any _Concurrency.Actor)?
        ) async throws(ChannelFailure) -> Response? {
            let message: ByteBuffer?
            do throws(RPCStatus) { message = try await messages.next(isolation: actor) } catch {
                throw .status(error)
            }
            guard let message else { return nil }
            do throws(WireError) { return try coders.decode(message) } catch { throw .unreadable(error) }
        }
    }
}

/// Why a call gave no answer.
package enum ChannelFailure: Error, Sendable {
    /// It ended with a status.
    case status(RPCStatus)
    /// What came back is not what this release understands.
    case unreadable(WireError)
}

/// Coders that are used again: each holds memory for messages, and serves one caller at a time.
fileprivate final class CoderPool: Sendable {
    /// Coders kept for the next callers.
    static let maximumKept = 8

    private let free = Mutex<[UncheckedCoder]>([])

    func with<Result>(_ body: (WireCoder) -> Result) -> Result {
        let taken = free.withLock { $0.popLast() } ?? UncheckedCoder()
        defer {
            free.withLock { free in
                if free.count < Self.maximumKept { free.append(taken) }
            }
        }
        return body(taken.coder)
    }

    func decode<Response: WireMessage>(_ message: ByteBuffer) throws(WireError) -> Response {
        let decoded = with { coder in
            unsafe message.withUnsafeReadableBytes { bytes in
                Result { () throws(WireError) in try unsafe coder.decode(Response.self, from: bytes) }
            }
        }
        return try decoded.get()
    }
}

/// `@unchecked Sendable`: whoever has taken it from the pool is the only one that has it.
private final class UncheckedCoder: @unchecked Sendable {
    let coder = WireCoder()
}
