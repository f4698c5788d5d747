internal import Glibc
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

extension AuditHandlers {
    /// `Audit.Prove`: that an entry stands in the signed log.
    @Sendable func prove(_ request: ProveRequest, _ call: Call<ProveResponse>) {
        let core = core
        desk.read(call, reading(.prove, request.stream, request.index, request.reader)) { scope in
            let reader = AuditReader(core, scope)
            let found = try reader.found(request.stream, request.index).entry
            try SignedHeads(core).wait(for: found.index, in: found.stream)
            let picker = try core.ledger.picker(of: found.stream, core.follower?.index)
            guard var maker = try core.ledger.proofs(of: found.stream, picker: picker),
                let proof = try maker.proof(of: found.index, leaf: found.leaf)
            else { throw Failures.unsigned }
            return ProveResponse(proof: [UInt8](proof.text.utf8))
        }
    }

    /// `Audit.Checkpoint`: the newest signed heads, and that the log still begins with what the reader knows.
    @Sendable func checkpoint(_ request: CheckpointRequest, _ call: Call<CheckpointResponse>) {
        let core = core
        let reading = AuditReading(
            call: .checkpoint, reader: request.reader,
            filters: request.known.map { "known=\($0.stream)#\($0.size)" }.joined(separator: " "))
        desk.read(call, reading) { scope in
            try scope.requireAll()
            let heads = try SignedHeads(core).all(for: scope, known: request.known)
            if heads.isEmpty { throw Failures.unsigned }
            return CheckpointResponse(heads: heads)
        }
    }
}

extension Failures {
    static let unsigned = lacking(
        "nothing is signed here: the service has no checkpoint key, or has signed nothing yet")
}

/// What the service has signed. Every call blocks.
struct SignedHeads: Sendable {
    let ledger: Ledger

    init(ledger: Ledger) { self.ledger = ledger }
    init(_ core: ServiceCore) { self.init(ledger: core.ledger) }

    /// Pauses until a checkpoint: ten times as long as the time between two, since a busy machine signs late, and whoever asks for a
    /// proof would rather wait than go without.
    static let patience = 400
    /// Microseconds.
    static let pause: UInt32 = 25_000

    /// Waits until the newest checkpoint of a stream is enough, or patience ends; without a key nothing is
    /// ever signed.
    /// - Parameter isEnough: is given an empty note before the first one.
    func wait(for stream: StreamID, _ isEnough: (String) -> Bool) {
        for _ in 0..<Self.patience {
            guard ledger.isSigning, !isEnough(ledger.checkpoint(of: stream) ?? "") else { return }
            usleep(Self.pause)
        }
    }

    /// Waits until an entry is covered.
    func wait(for index: UInt64, in stream: StreamID) throws(RPCStatus) {
        wait(for: stream) { (Self.size(signedIn: $0) ?? 0) > index }
        guard let note = ledger.checkpoint(of: stream), let size = Self.size(signedIn: note), size > index else {
            throw Failures.unsigned
        }
    }

    /// The second line of a checkpoint (C2SP `tlog-checkpoint`) is the size of the tree.
    static func size(signedIn note: String) -> UInt64? {
        let lines = note.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
        return lines.count > 1 ? UInt64(lines[1]) : nil
    }

    /// Of the streams that a reader may know of.
    func all(for scope: AuditScope, known: [KnownHead]) throws(LedgerError) -> [SignedHead] {
        var heads: [SignedHead] = []
        for head in try ledger.heads().ordered(by: { $0.stream.description < $1.stream.description })
        where scope.sees(head.stream) {
            guard let note = ledger.checkpoint(of: head.stream) else { continue }
            let name = head.stream.description
            var path: [UInt8] = []
            if let older = known.first(where: { $0.stream == name })?.size, let size = Self.size(signedIn: note) {
                let proof = try ledger.proveConsistency(of: head.stream, from: older, to: size)
                path = proof?.path.flatMap(\.bytes) ?? []
            }
            heads.append(SignedHead(stream: name, note: [UInt8](note.utf8), path: path))
        }
        return heads
    }
}

extension AuditScope {
    /// The decisions of the node, and the changes of the own controllers.
    fileprivate func sees(_ stream: StreamID) -> Bool {
        stream.kind == .decisions || controllers.contains(ID(stream.owner))
    }
}
