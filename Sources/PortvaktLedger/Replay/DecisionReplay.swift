public import PortvaktCore

/// Derives a recorded decision again from the ledger as it was: the state at its revision, its profile, its instant.
public enum DecisionReplay {
    /// Why a decision cannot be derived again.
    public enum Obstacle: Error, Equatable, Sendable, CustomStringConvertible {
        /// The profile with the recorded hash is not here.
        case profileMissing
        /// The answer was not the engine's: it could not be carried out, and was refused for that.
        case notDerived

        public var description: String {
            switch self {
            case .profileMissing:
                "the policy profile that it was decided by is not here: put its file in the folder of policies"
            case .notDerived: "it was refused because something could not be recorded, which no rule says"
            }
        }
    }

    /// The hash of a decision that was made without a profile.
    public static let noProfile = [UInt8](repeating: 0, count: 32)

    /// The decision as it comes out again, in the record's place.
    /// - Parameters:
    ///   - state: as it was at the record's revision.
    ///   - profile: the one with the record's hash; `nil` where the record says that there was none.
    public static func again(
        _ record: DecisionRecord, in state: Snapshot, under profile: PolicyProfile?
    ) throws(Obstacle) -> DecisionRecord {
        guard record.decision.primary != .denyUnrecorded else { throw .notDerived }
        var again = record
        if record.policyHash == noProfile {
            again.decision = Decision(
                effect: .refer, reasons: [.referConfig], external: .deny, holdsUntil: record.at)
            return again
        }
        guard let profile, profile.hash == record.policyHash else { throw .profileMissing }
        again.decision = Engine.decide(
            record.question, asked: asking(record.system, in: state), in: state, under: profile, at: record.at)
        return again
    }

    /// What a decision was told of the system that asked.
    public static func asking(_ id: SystemID, in state: Snapshot) -> AskingSystem {
        guard let system = state.system(id)?.record, system.active else {
            return AskingSystem(id: id, controllers: [], actions: [], isRegistered: false)
        }
        return AskingSystem(
            id: system.id, controllers: Set(system.controllers), actions: system.actions.map { Set($0) })
    }

    /// Whether a record has the bytes that stand in the ledger: the leaf but for its number and commitment, and the
    /// opening but for its salt.
    /// - Throws: when the record cannot be written as an entry.
    public static func isIdentical(_ record: DecisionRecord, to entry: Entry) throws(EntryError) -> Bool {
        var writer = ByteWriter()
        try EntryCodec.encode(record, into: &writer)
        let bytes = unsafe writer.withBytes { unsafe [UInt8]($0) }
        let (number, commitment) = (EntryCodec.numberOffset, entry.leaf.count - Digest.byteCount)
        guard commitment > number + 8, entry.opening.count > EntryCodec.saltBytes else { return false }
        let start = EntryCodec.frameBytes
        let middle = start + entry.leaf.count
        guard bytes.count == middle + entry.opening.count else { return false }
        return bytes[start..<start + number].elementsEqual(entry.leaf[..<number])
            && bytes[start + number + 8..<start + commitment].elementsEqual(entry.leaf[(number + 8)..<commitment])
            && bytes[(middle + EntryCodec.saltBytes)...].elementsEqual(entry.opening[EntryCodec.saltBytes...])
    }

    /// The fields in which two decisions differ, by the names of the wire.
    public static func differences(_ one: Decision, _ other: Decision) -> [String] {
        var fields: [String] = []
        if one.effect != other.effect { fields.append("effect") }
        if one.external != other.external { fields.append("external") }
        if one.reasons != other.reasons { fields.append("reasons") }
        if one.obligations != other.obligations { fields.append("obligations") }
        if one.evidence != other.evidence { fields.append("evidence") }
        if one.missing != other.missing { fields.append("missing") }
        if one.subject != other.subject { fields.append("subject") }
        if one.caseID != other.caseID { fields.append("case_id") }
        if one.controller != other.controller { fields.append("controller") }
        if one.unit != other.unit { fields.append("unit") }
        if one.role != other.role { fields.append("role") }
        if one.emergencyMinutes != other.emergencyMinutes { fields.append("emergency_minutes") }
        if one.holdsUntil != other.holdsUntil { fields.append("holds_until") }
        return fields
    }
}
