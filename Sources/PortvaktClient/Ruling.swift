public import PortvaktCore
public import PortvaktWire

/// What a caller keeps of an answer: where the decision is recorded, and what it was. It can be shown later.
public struct Receipt: Sendable, Hashable {
    /// The decision's entry in the ledger.
    public internal(set) var entry: EntryReference
    /// Many receipts of one batch share it: a copy counts few references.
    private let answered: Answered
    /// The allow was given before and used again while it held.
    public internal(set) var isReused = false

    init(_ answer: Answer, entry: EntryReference) {
        self.entry = entry
        answered = Answered(answer)
    }
}

extension Receipt {
    public var effect: Effect { answered.facts.effect }
    /// The first is the primary one.
    public var reasons: [Reason] { answered.facts.reasons }
    /// What the caller must carry out.
    public var obligations: [Obligation] { answered.facts.obligations }
    /// The instant that was decided for, by the server's clock.
    public var decidedAt: Instant { answered.facts.decidedAt }
    /// The first instant, by the server's clock, at which the answer must not be relied on any more.
    public var holdsUntil: Instant { answered.facts.holdsUntil }
    /// The revision of the state that was decided on.
    public var revision: Revision { answered.facts.revision }
    /// SHA-256 over the policy profile, 32 bytes.
    public var policyHash: [UInt8] { answered.facts.policyHash }
    /// For an emergency access: the minutes it was cut to.
    public var emergencyMinutes: UInt32? { answered.facts.emergencyMinutes }
    /// It carries one use: a one-time consent was spent by it.
    public var singleUse: Bool { answered.facts.singleUse }
}

/// What an answer said, but for the entry's place.
private final class Answered: Sendable, Hashable {
    struct Facts: Sendable, Hashable {
        let effect: Effect
        let reasons: [Reason]
        let obligations: [Obligation]
        let decidedAt: Instant
        let holdsUntil: Instant
        let revision: Revision
        let policyHash: [UInt8]
        let emergencyMinutes: UInt32?
        let singleUse: Bool
    }

    let facts: Facts

    init(_ answer: Answer) {
        facts = Facts(
            effect: answer.effect, reasons: answer.reasons, obligations: answer.obligations,
            decidedAt: answer.decidedAt, holdsUntil: answer.holdsUntil, revision: answer.revision,
            policyHash: answer.policyHash, emergencyMinutes: answer.emergencyMinutes, singleUse: answer.singleUse)
    }

    static func == (left: Answered, right: Answered) -> Bool { left === right || left.facts == right.facts }

    func hash(into hasher: inout Hasher) { hasher.combine(facts) }
}

extension Receipt {
    /// One line that a host system keeps, and shows to whoever asks later where a disclosure is recorded. It names nobody.
    ///
    /// `portvakt-receipt/1`, the stream, the entry's place, its block, the effect, the reasons, the obligations, the instants
    /// decided for and held until (milliseconds since 1970 UTC), the revision, the policy profile's SHA-256.
    public var text: String {
        let words = [
            Self.format, entry.stream, "\(entry.index)", "\(entry.block)", effect.word,
            reasons.map(\.word).joined(separator: ","),
            obligations.isEmpty ? "-" : obligations.map(\.word).joined(separator: ","), "\(decidedAt.milliseconds)",
            "\(holdsUntil.milliseconds)", "\(revision.number)", policyHash.map(Self.hex).joined(),
        ]
        return words.joined(separator: " ")
    }

    /// The decision's entry as `STREAM#INDEX`, which `portvakt audit show` takes.
    public var place: String { "\(entry.stream)#\(entry.index)" }

    static let format = "portvakt-receipt/1"

    private static func hex(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}

/// Why something is not released.
public enum Refusal: Error, Sendable, Hashable {
    /// The server said no, and recorded it.
    case denied(Receipt, missing: [Missing])
    /// The server said that there is no such thing for this actor, and recorded it.
    case notFound(Receipt)
    /// The server could not record its decision (`deny.unrecorded`).
    case unrecorded
    /// There is no answer that may be relied on.
    case unanswered(Unanswered)

    /// Why there is no answer that may be relied on.
    public enum Unanswered: Sendable, Hashable {
        /// None came in time.
        case deadline
        /// The caller itself gave up.
        case cancelled
        /// No server could be reached, or the connection was lost.
        case unreachable
        /// The server ended the call with another status: its gRPC code and name.
        case status(code: Int, name: String)
        /// The answer could not be understood: an unknown effect, reason or field, an allow without an entry.
        case unintelligible(field: String)
        /// The answer to a batch does not fit the questions: an id is missing, unknown or doubled.
        case mismatch
        /// The answer had run out before it could be used.
        case expired
        /// The caller has no handler for these obligations, so it must treat the answer as a deny.
        case obligations([Obligation])
        /// The obligations hold one that this release does not know.
        case unknownObligation
        /// The host's handler of this obligation failed, so the allow was not used.
        case obligationFailed(Obligation)
        /// The question itself cannot be asked: which field is wrong.
        case badQuestion(field: String)
    }
}

extension Refusal: CustomStringConvertible {
    /// One sentence that a host system can show. It holds no personal data.
    public var description: String {
        switch self {
        case .denied(let receipt, _): "refused (\(receipt.reasons.map(\.word).joined(separator: ", ")))"
        case .notFound: "there is no such thing"
        case .unrecorded: "refused, since the decision could not be recorded: try again later"
        case .unanswered(let why): "refused, since there is no answer to rely on: \(why.text)"
        }
    }
}

extension Refusal.Unanswered {
    fileprivate var text: String {
        switch self {
        case .deadline: "none came in time"
        case .cancelled: "the request was given up"
        case .unreachable: "no server could be reached"
        case .status(let code, let name): "the server ended the call with \(name) (\(code))"
        case .unintelligible(let field):
            field.isEmpty ? "it could not be understood" : "its field \(field) could not be understood"
        case .mismatch: "its parts do not fit the questions"
        case .expired: "it had run out"
        case .obligations(let list): "this system cannot carry out \(list.map(\.word).joined(separator: ", "))"
        case .unknownObligation: "it demands something that this system does not know"
        case .obligationFailed(let obligation): "this system failed to carry out \(obligation.word)"
        case .badQuestion(let field): "the question's field \(field) is wrong"
        }
    }
}

/// What a question comes to, for a caller: an allow that was recorded, or a reason to release nothing.
public enum Ruling: Sendable, Hashable {
    case allowed(Receipt)
    case refused(Refusal)
}

/// What a disclosure came to.
public enum Disclosure<Value: Sendable>: Sendable {
    /// The closure ran, once, on a recorded allow.
    case released(Value, Receipt)
    /// The closure did not run.
    case refused(Refusal)
}
