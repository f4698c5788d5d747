/// Takes the outcome of calls made with ``RPCChannel/start(_:kind:_:timeout:metadata:receiver:token:)``, on the channel's
/// event loop. One receiver may serve any number of calls: `token` tells them apart.
public protocol RPCReceiver: AnyObject {
    /// Server streaming: one message. The bytes are valid during the call only. Not called for unary calls.
    func rpcMessage(_ message: UnsafeRawBufferPointer, token: UInt64)
    /// The call is over; nothing follows. Unary calls that ended with OK have their message, valid during the call only;
    /// every other end has nil.
    func rpcEnd(_ status: RPCStatus, message: UnsafeRawBufferPointer?, token: UInt64)
}

extension RPCReceiver {
    public func rpcMessage(_ message: UnsafeRawBufferPointer, token: UInt64) {}
}

/// A receiver that grants a streaming call's window back itself, as its reader takes the messages.
protocol WindowReceiver: RPCReceiver {
    /// In the place of ``RPCReceiver/rpcMessage(_:token:)``. The window is what the message took on the wire, compressed and
    /// with its prefix: that is granted back for it, whatever its size is now. Bytes.
    func rpcMessage(_ message: UnsafeRawBufferPointer, window: Int)
}

/// The path of a method, prepared once: keep it and use it for every call of the method.
public final class RPCRoute: Sendable {
    /// `/package.Service/Method`.
    public let path: String
    public let kind: Kind

    public enum Kind: Sendable, Hashable {
        case unary
        case serverStreaming
    }

    public init(_ path: String, kind: Kind = .unary) {
        self.path = path
        self.kind = kind
    }
}

/// A call that was started; used on the channel's event loop only.
///
/// `@unchecked Sendable`: the object behind it is touched by the channel only, which checks that it is on its loop.
public struct RPCCallHandle: @unchecked Sendable {
    let call: ClientCall
    /// The object may have been given to another call meanwhile.
    let generation: UInt64

    /// The call has not ended yet.
    var isLive: Bool { call.isLive && call.generation == generation }
}
