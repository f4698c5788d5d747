internal import NIOCore

/// The connections of one event loop: flushes those that have answers once for each turn, and ticks them all.
///
/// `@unchecked Sendable`: every method but `init` runs on `eventLoop` (`preconditionInEventLoop` where it is entered
/// from outside), so the variables are never touched by two threads.
final class ServerLoop: @unchecked Sendable {
    let eventLoop: any EventLoop
    private var connections: [ObjectIdentifier: ServerConnection] = [:]
    private var dirty: [ServerConnection] = []
    private var ticking: RepeatedTask?

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func add(_ connection: ServerConnection, tick: TimeAmount) {
        eventLoop.preconditionInEventLoop()
        connections[ObjectIdentifier(connection)] = connection
        guard ticking == nil else { return }
        ticking = eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { [weak self] _ in
            let now = NIODeadline.now()
            self?.forEach { $0.tick(now) }
        }
    }

    func remove(_ connection: ServerConnection) {
        eventLoop.preconditionInEventLoop()
        connections[ObjectIdentifier(connection)] = nil
        guard connections.isEmpty else { return }
        ticking?.cancel()
        ticking = nil
    }

    func forEach(_ body: (ServerConnection) -> Void) {
        eventLoop.preconditionInEventLoop()
        // A copy: the body may close connections.
        for connection in Array(connections.values) { body(connection) }
    }

    /// The connection has answers to send: it is flushed when the current tasks of the loop are done.
    func enqueue(_ connection: ServerConnection) {
        dirty.append(connection)
        guard dirty.count == 1 else { return }
        eventLoop.execute { self.flushDirty() }
    }

    private func flushDirty() {
        var batch: [ServerConnection] = []
        swap(&batch, &dirty)
        for connection in batch { connection.flushOut() }
        if dirty.isEmpty {
            batch.removeAll(keepingCapacity: true)
            dirty = batch
        }
    }
}
