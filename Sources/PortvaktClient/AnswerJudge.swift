internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// Turns what came back into a ruling. Whatever is not a recorded, living, intelligible allow that the caller can carry out is a
/// refusal: there is no other way to an allow than the last line of ``ruling(on:elapsed:)``.
struct AnswerJudge: Sendable {
    /// Obligations that the host system carries out.
    let handled: Set<Obligation>

    /// - Parameter elapsed: from before the question was sent until now. The time that an answer holds is counted from
    ///   the instant that was decided for, which is not before the question was sent, so that no two clocks are compared.
    func ruling(on answer: Answer, elapsed: Duration) -> Ruling {
        guard answer.reasons.first != .denyUnrecorded else { return .refused(.unrecorded) }
        guard let entry = answer.entry else { return unanswered(.unintelligible(field: "entry")) }
        let receipt = Receipt(answer, entry: entry)
        switch (answer.effect, answer.external) {
        case (.allow, .allow): break
        case (.allow, _), (_, .allow): return unanswered(.unintelligible(field: "external"))
        case (_, .not_found): return .refused(.notFound(receipt))
        case (_, .deny): return .refused(.denied(receipt, missing: answer.missing))
        }
        guard answer.unknownReasons.isEmpty, !answer.reasons.isEmpty, answer.reasons.allSatisfy({ $0.effect == .allow })
        else {
            return unanswered(.unintelligible(field: "reasons"))
        }
        let unhandled = answer.obligations.filter { !handled.contains($0) }
        guard unhandled.isEmpty else { return unanswered(.obligations(unhandled)) }
        guard Self.holds(answer, elapsed: elapsed) else { return unanswered(.expired) }
        return .allowed(receipt)
    }

    /// Whether an answer still holds when this much has gone by since its question was sent.
    static func holds(_ answer: Answer, elapsed: Duration) -> Bool {
        let (span, overflow) = answer.holdsUntil.milliseconds.subtractingReportingOverflow(
            answer.decidedAt.milliseconds)
        // An overflow would be an answer that holds for longer than time lasts: nothing that a server gives.
        return !overflow && elapsed < .milliseconds(span)
    }

    /// What a failed call comes to.
    static func refusal(for status: RPCStatus) -> Refusal {
        switch status.code {
        case .deadlineExceeded: .unanswered(.deadline)
        case .cancelled: .unanswered(.cancelled)
        case .unavailable: .unanswered(.unreachable)
        default: .unanswered(.status(code: Int(status.code.rawValue), name: status.code.name))
        }
    }

    /// What an answer that could not be read comes to.
    static func refusal(for error: WireError) -> Refusal {
        .unanswered(error.field.contains("obligations") ? .unknownObligation : .unintelligible(field: error.field))
    }

    private func unanswered(_ why: Refusal.Unanswered) -> Ruling { .refused(.unanswered(why)) }
}
