internal import NIOCore
internal import PortvaktLedger
internal import PortvaktWire
internal import Synchronization

/// What one event loop needs for its calls: its lane into the ledger, and memory for messages.
///
/// `@unchecked Sendable`: `lane` may be used from anywhere; `coder` is used on `eventLoop` only, which every user checks by
/// coming from a call of that loop.
final class LoopTools: @unchecked Sendable {
    let eventLoop: any EventLoop
    let lane: CommitLane
    let coder = WireCoder()
    private let decisions: StreamID
    private let decisionsName: String

    init(eventLoop: any EventLoop, ledger: Ledger) {
        self.eventLoop = eventLoop
        lane = ledger.lane { work in eventLoop.execute(work) }
        decisions = ledger.decisions
        decisionsName = ledger.decisions.description
    }

    /// A stream's name; that of the node's own decisions, which stands in every answer, is made once.
    func name(of stream: StreamID) -> String { stream == decisions ? decisionsName : stream.description }
}

/// The tools of every event loop, made when the loop first needs them.
final class LoopToolbox: Sendable {
    private let ledger: Ledger
    private let tools = Mutex<[ObjectIdentifier: LoopTools]>([:])

    init(ledger: Ledger) { self.ledger = ledger }

    func tools(of loop: any EventLoop) -> LoopTools {
        tools.withLock { tools in
            if let found = tools[ObjectIdentifier(loop)] { return found }
            let made = LoopTools(eventLoop: loop, ledger: ledger)
            tools[ObjectIdentifier(loop)] = made
            return made
        }
    }
}
