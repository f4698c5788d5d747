package import NIOCore
package import PortvaktRPC

/// What a load is driven against: a server, a method, and the messages that are sent to it in turn.
package struct LoadTarget: Sendable {
    package let name: String
    package let address: RPCTarget
    package let route: RPCRoute
    package let messages: [ByteBuffer]
    /// Looks into one of so many answers of `Access/Check` for its effect; 0 for none.
    package let inspectsEach: Int

    package init(name: String, address: RPCTarget, route: RPCRoute, messages: [ByteBuffer], inspectsEach: Int) {
        self.name = name
        self.address = address
        self.route = route
        self.messages = messages
        self.inspectsEach = inspectsEach
    }
}
