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

    init(eventLoop: any EventLoop, ledger: Ledger) {
        self.eventLoop = eventLoop
        lane = ledger.lane { work in eventLoop.execute(work) }
    }
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
