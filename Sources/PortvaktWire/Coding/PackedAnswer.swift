package import PortvaktCore

// The answer that nearly every call gets, packed at once: protobuf-c's way over structures, sizes and descriptors took a
// twentieth of a check. A test holds that the bytes are the same.

extension WireCoder {
    /// Packs ``CheckResponse`` of an answer.
    /// - Parameter body: gets the packed bytes, valid during the call. It must not use the coder itself.
    package func encodeCheck<Result>(_ answer: Answer, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        // What is missing is a tree of messages, and rare.
        guard answer.missing.isEmpty else { return unsafe encode(CheckResponse(answer), body) }
        let start = unsafe memory(
            of: PackedWriter.headroom
                + PackedWriter.bound(
                    words: answer.reasons.count + answer.obligations.count, entry: answer.entry,
                    policyHash: answer.policyHash))
        var writer = unsafe PackedWriter(start + PackedWriter.headroom)
        unsafe writer.write(answer)
        return unsafe body(writer.enclosed(from: start + PackedWriter.headroom))
    }

    /// The same of a decision and its entry, without an ``Answer`` in between.
    /// - Parameter at: the instant that was decided for.
    package func encodeCheck<Result>(
        _ decision: Decision, at: Instant, revision: Revision, policyHash: [UInt8], entry: EntryReference,
        singleUse: Bool, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        // Of what does not exist less is told: the answer knows what.
        guard decision.external != .not_found, decision.missing.isEmpty else {
            var answer = Answer(decision, at: at, revision: revision, policyHash: policyHash, entry: entry)
            answer.singleUse = singleUse
            return unsafe encodeCheck(answer, body)
        }
        let words = decision.reasonCount + decision.obligationCount
        let start = unsafe memory(
            of: PackedWriter.headroom + PackedWriter.bound(words: words, entry: entry, policyHash: policyHash))
        var writer = unsafe PackedWriter(start + PackedWriter.headroom)
        unsafe writer.write(decision.effect, decision.external)
        unsafe writer.words(3, decision.reasonCount, decision.forEachReason)
        unsafe writer.words(4, decision.obligationCount, decision.forEachObligation)
        unsafe writer.write(
            holdsUntil: decision.holdsUntil, decidedAt: at, revision: revision, entry: entry, policyHash: policyHash,
            emergencyMinutes: decision.emergencyMinutes, singleUse: singleUse)
        return unsafe body(writer.enclosed(from: start + PackedWriter.headroom))
    }
}

@unsafe extension PackedWriter {
    /// Bytes that an answer takes at most: a word is at most two, a number at most ten, a tag or a short length one.
    static func bound(words: Int, entry: EntryReference?, policyHash: [UInt8]) -> Int {
        2 * words + (entry?.stream.utf8.count ?? 0) + policyHash.count + 160
    }

    mutating func write(_ answer: Answer) {
        unsafe write(answer.effect, answer.external)
        unsafe words(3, answer.reasons.count) { body in answer.reasons.forEach(body) }
        unsafe words(4, answer.obligations.count) { body in answer.obligations.forEach(body) }
        unsafe write(
            holdsUntil: answer.holdsUntil, decidedAt: answer.decidedAt, revision: answer.revision, entry: answer.entry,
            policyHash: answer.policyHash, emergencyMinutes: answer.emergencyMinutes, singleUse: answer.singleUse)
    }

    mutating func write(_ effect: Effect, _ external: ExternalAnswer) {
        unsafe number(1, UInt64(effect.rawValue))
        unsafe number(2, UInt64(external.rawValue))
    }

    /// What comes after the words.
    mutating func write(
        holdsUntil: Instant, decidedAt: Instant, revision: Revision, entry: EntryReference?, policyHash: [UInt8],
        emergencyMinutes: UInt32?, singleUse: Bool
    ) {
        unsafe number(6, UInt64(bitPattern: holdsUntil.milliseconds))
        unsafe number(7, UInt64(bitPattern: decidedAt.milliseconds))
        unsafe number(8, revision.number)
        if let entry { unsafe write(entry) }
        unsafe policyHash.withUnsafeBufferPointer { unsafe bytes(10, $0) }
        unsafe number(11, UInt64(emergencyMinutes ?? 0))
        unsafe number(12, singleUse ? 1 : 0)
    }

    private mutating func write(_ entry: EntryReference) {
        let name = entry.stream.utf8.count
        let length =
            PackedSize.size(ofBytes: name) + PackedSize.size(ofNumber: entry.index)
            + PackedSize.size(ofNumber: entry.block)
        unsafe tag(9, 2)
        unsafe varint(UInt64(length))
        var stream = entry.stream
        stream.withUTF8 { unsafe bytes(1, $0) }
        unsafe number(2, entry.index)
        unsafe number(3, entry.block)
    }
}
