internal import NIOCore
internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// `Watch`: tells systems of the changes that concern them.
struct WatchHandlers: Sendable {
    let core: ServiceCore

    var methods: [RPCMethod] { [MethodBuilder(core: core).stream(.watchChanges, changes)] }

    @Sendable func changes(_ request: WatchChangesRequest, _ call: Call<WatchChangesResponse>) {
        ChangeWatch(call, after: request.after).begin(heartbeat: .milliseconds(Int64(request.heartbeat)))
    }
}

/// One call that watches. It reads the feed from its cursor on, as fast as its caller does.
///
/// `@unchecked Sendable`: the variables are touched on the call's event loop only, which ``wake()`` and ``end()`` go to.
final class ChangeWatch: @unchecked Sendable {
    /// Changes that are taken from the feed at one time.
    static let batch = 256

    private let call: Call<WatchChangesResponse>
    private var cursor: Revision
    private var isWritable = true
    private var isOver = false
    private var heartbeats: RepeatedTask?

    init(_ call: Call<WatchChangesResponse>, after cursor: Revision?) {
        self.call = call
        self.cursor = cursor ?? call.core.feed.newest
    }

    /// On the call's event loop.
    func begin(heartbeat: TimeAmount) {
        // Added before the first look: nothing falls between.
        do throws(ChangeFeed.Refusal) { try call.core.feed.add(self, of: call.registered.asking.id) } catch {
            switch error {
            case .ended: return call.fail(Failures.stopping)
            case .tooMany(let refusal): return call.fail(Failures.noPlace(refusal))
            }
        }
        call.rpc.onCancel { self.finish() }
        call.rpc.onWritable {
            self.isWritable = true
            self.pump()
        }
        pump()
        guard !isOver else { return }
        beat()
        heartbeats = call.rpc.eventLoop.scheduleRepeatedTask(initialDelay: heartbeat, delay: heartbeat) {
            [weak self] _ in
            self?.beat()
        }
    }

    /// There may be something new. From any thread.
    func wake() { call.rpc.eventLoop.execute { self.pump() } }

    /// The service stops. From any thread.
    func end() { call.rpc.eventLoop.execute { self.fail(Failures.stopping) } }

    private func beat() {
        pump()
        guard isWritable, !isOver else { return }
        isWritable = call.send(WatchChangesResponse(sequence: cursor))
    }

    private func pump() {
        let published = call.core.live.current
        // Asked again each time: the registration may have changed.
        guard !isOver else { return }
        guard call.caller.may(.ask, in: published) else { return fail(Failures.permissionDenied) }
        let allowed = ChangeScope(of: call.caller, in: published).allowed
        while isWritable, !isOver {
            switch call.core.feed.next(after: cursor, limit: Self.batch) {
            case .tooOld: return fail(Failures.cursorTooOld)
            case .unknown: return fail(Failures.stale)
            case .told(let told, let newest):
                guard newest > cursor else { return }
                for change in told {
                    cursor = change.sequence
                    guard let touched = change.touch.seen(by: allowed) else { continue }
                    isWritable = call.send(WatchChangesResponse(sequence: cursor, touched: touched))
                    guard isWritable else { return }
                }
                cursor = newest
            }
        }
    }

    private func fail(_ status: RPCStatus) {
        guard !isOver else { return }
        finish()
        call.fail(status)
    }

    private func finish() {
        isOver = true
        heartbeats?.cancel()
        heartbeats = nil
        call.core.feed.remove(self)
    }
}
