internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

/// Gathers a page of lines, and says up to where they are complete.
struct StatementWriter {
    let reader: AuditReader
    let lines: StatementLines

    func page(_ request: StatementRequest, _ answer: Answer) throws -> StatementResponse {
        let isFirst = request.page.cursor.isEmpty
        let newest = isFirst ? try signedNow() : newestNote
        let mayBeWhole = request.proofs && request.time == .always && !newest.isEmpty
        let whole = isFirst && mayBeWhole ? try completeness(request.subject) : nil
        let (completeness, note) = (whole?.completeness, whole?.note ?? newest)
        let size = try completeness?.streamSize ?? SignedHeads.size(signedIn: note) ?? reader.size(of: stream)
        var gathered = Gathered(proves: request.proofs)
        gathered.keepsUntold = try mayBeWhole && (isFirst ? completeness != nil : mayCountAll(request.subject))
        let picker = try reader.picker()
        let page = try reader.look(
            matching: lines.keys, before: min(try AuditCursor.index(request.page) ?? size, size),
            limit: request.page.size, with: picker, hashing: request.proofs
        ) { (entry, block) throws(LedgerError) in
            guard try gathered.take(entry, try lines.line(of: entry, block, in: request.time)) else { return nil }
            return AuditedEntry(entry: entry, block: block, summary: try entry.checkedSummary(), body: nil)
        }
        // All lines are proved against one checkpoint: they have most of the tree in common.
        if request.proofs, var proofs = try reader.ledger.proofs(of: stream, picker: picker) {
            try gathered.prove(&proofs)
        }
        return StatementResponse(
            lines: gathered.lines,
            page: PortvaktWire.Page(
                nextCursor: page.isComplete ? [] : AuditCursor.bytes(page.next), complete: page.isComplete,
                revision: answer.revision),
            answer: answer, checkpoint: note, completeTo: size, completeToTime: try time(before: size, answer),
            own: lines.audience == .subject, awaitingReview: gathered.awaiting, completeness: completeness,
            untold: gathered.untold)
    }

    private var stream: StreamID { reader.ledger.decisions }

    /// Whether the asker may know how many entries there are about the subject: all are the asker's to see.
    private func mayCountAll(_ subject: PersonID) throws -> Bool {
        try lines.mayCountAll { own in
            for other in lines.state.allControllers() where other.record.id != own {
                let keys: [IndexKey] = [.subject(subject), .controller(other.record.id)]
                let found = try reader.search.page(matching: keys, in: stream, limit: 1)
                if !found.indices.isEmpty { return true }
            }
            return false
        }
    }

    /// Shows that the subject has no other entries than these, up to the tree that the checkpoint commits to. To others than
    /// the subject and the officer it would tell how many lines are not for them.
    /// - Returns: with the signed note that commits to it.
    private func completeness(_ subject: PersonID) throws -> (completeness: Completeness, note: String)? {
        guard let follower = reader.follower, try mayCountAll(subject) else { return nil }
        for _ in 0..<Self.attempts {
            let size = try reader.size(of: stream)
            guard let tree = try follower.commitTree(of: stream, to: size, milliseconds: Self.indexPatience) else {
                return nil
            }
            signed.wait(for: stream) {
                (SubjectTree(unverified: $0, of: stream)?.streamSize ?? 0) >= tree.streamSize
            }
            let note = newestNote
            // The index goes on: when it has moved meanwhile, the proof or the note is of another tree.
            if SubjectTree(unverified: note, of: stream) == tree,
                let proof = try follower.index.proveSubject(subject, in: stream), proof.tree == tree
            {
                // Another controller's may have come meanwhile.
                return try mayCountAll(subject) ? (Completeness(proof), note) : nil
            }
        }
        return nil
    }

    /// Times that a proof is tried anew while entries come.
    private static let attempts = 5
    /// Milliseconds that the index may take to get there.
    private static let indexPatience: UInt64 = 3000

    /// The newest checkpoint, when it covers everything up to now: heads are signed once a second, and a statement is to be
    /// complete up to the moment that it was asked for.
    private func signedNow() throws -> String {
        let size = try reader.size(of: stream)
        signed.wait(for: stream) { (SignedHeads.size(signedIn: $0) ?? 0) >= size }
        // Without a key nothing is ever signed.
        return newestNote
    }

    private var signed: SignedHeads { SignedHeads(ledger: reader.ledger) }
    private var newestNote: String { reader.ledger.checkpoint(of: stream) ?? "" }

    /// The time of the last entry that is covered.
    private func time(before size: UInt64, _ answer: Answer) throws -> Instant {
        guard size > 0 else { return answer.decidedAt }
        let last = try reader.ledger.entries(of: stream, from: size - 1, limit: 1).entries.first
        return try last?.checkedSummary().time ?? answer.decidedAt
    }
}

/// What a page of a statement is made of, as its entries are found.
private struct Gathered {
    let proves: Bool
    /// Entries that no line tells of keep their place in the subject's chain.
    var keepsUntold = false
    private(set) var lines: [StatementLine] = []
    private(set) var untold: [Untold] = []
    /// Emergency accesses that are still being reviewed.
    private(set) var awaiting: UInt64 = 0
    /// As many as lines.
    private var leaves: [[UInt8]] = []

    init(proves: Bool) { self.proves = proves }

    /// - Returns: whether it became a line.
    mutating func take(_ entry: Entry, _ found: StatementLines.Found) throws(LedgerError) -> Bool {
        switch found {
        case .nothing: return false
        case .awaitsReview:
            awaiting += 1
            guard keepsUntold, untold.count < WireLimits.pageItems else { return false }
            untold.append(Untold(after: UInt32(lines.count), leafHash: try entry.leafHash().bytes))
            return false
        case .shown(let line): lines.append(line)
        case .concealed(var line):
            if proves { line.leafHash = try entry.leafHash().bytes }
            lines.append(line)
        }
        leaves.append(proves ? entry.leaf : [])
        return true
    }

    mutating func prove(_ proofs: inout ProofMaker) throws(LedgerError) {
        for place in lines.indices {
            guard let proof = try proofs.proof(of: lines[place].entry.index, leaf: leaves[place]) else { continue }
            lines[place].proof = lines[place].leafHash.isEmpty ? proof.text : SealedProof(proof).text
        }
    }
}

extension Completeness {
    init(_ proof: SubjectProof) {
        self.init(
            count: proof.chain.count, end: proof.chain.end.bytes, ordinal: proof.chain.ordinal,
            path: proof.path.flatMap(\.bytes), streamSize: proof.tree.streamSize, subjects: proof.tree.subjects,
            root: proof.tree.root.bytes)
    }
}
