public import PortvaktCore

/// A scenario: some checks with everything that their answers depend on.
public struct Scenario: Sendable {
    /// Unique over all files.
    public var id: String
    public var title: String
    /// Where the expectations come from: tags of the rule book.
    public var basis: [String]
    /// The name of the policy profile.
    public var profile: String
    /// The file's records and the scenario's own.
    public var records: RecordSet
    public var checks: [ScenarioCheck]
    public var place: SourcePlace

    /// The controllers that the records hold, in their order.
    public var controllers: [ControllerID] {
        records.records.compactMap { located in
            guard case .controller(let controller) = located.record else { return nil }
            return controller.id
        }
    }

    /// On whose behalf a record is registered that belongs to no controller by itself: the first controller.
    public var mainController: ControllerID? { controllers.first }
}

/// One question with the answer that it must have.
public struct ScenarioCheck: Sendable {
    public var question: Question
    /// The calling system, as the check states it; `nil` is one that may ask for every controller.
    public var system: AskingSystem?
    public var at: Instant
    public var fault: Fault?
    public var expect: Expectation
    public var place: SourcePlace

    /// What goes wrong around the decision.
    public enum Fault: Sendable {
        /// The audit entry cannot be written.
        case audit
        /// A rule fails while it is evaluated.
        case evaluation
    }
}

/// What an answer must be. A list that is empty asks for nothing.
public struct Expectation: Equatable, Sendable {
    public var effect: Effect
    /// Each is among the answer's; the first one is the primary reason.
    public var reasons: [Reason]
    public var obligations: [Obligation]
    public var notObligations: [Obligation]
    public var external: ExternalAnswer?

    /// What is wrong with an answer, as a short text, or `nil` when it is as expected.
    public func mismatch(_ answer: Answer) -> String? {
        var wrong: [String] = []
        if answer.effect != effect { wrong.append("the effect") }
        if let primary = reasons.first, answer.reasons.first != primary { wrong.append("the primary reason") }
        for reason in reasons where !answer.reasons.contains(reason) { wrong.append("\(reason.word) is missing") }
        for obligation in obligations where !answer.obligations.contains(obligation) {
            wrong.append("obligation \(obligation.word) is missing")
        }
        for obligation in notObligations where answer.obligations.contains(obligation) {
            wrong.append("obligation \(obligation.word) must not be there")
        }
        if let external, external != answer.external { wrong.append("the external answer") }
        return wrong.isEmpty ? nil : wrong.joined(separator: ", ")
    }

    /// One line: effect, reasons, obligations.
    public var summary: String {
        var parts = [effect.word]
        parts += reasons.map(\.word)
        if !obligations.isEmpty { parts.append("with " + obligations.map(\.word).joined(separator: "+")) }
        if !notObligations.isEmpty { parts.append("without " + notObligations.map(\.word).joined(separator: "+")) }
        if let external { parts.append("external \(external.word)") }
        return parts.joined(separator: " ")
    }
}

/// What a check looks at in an answer, wherever the answer came from.
public struct Answer: Equatable, Sendable {
    public var effect: Effect
    /// The first is the primary one.
    public var reasons: [Reason]
    public var obligations: [Obligation]
    public var external: ExternalAnswer

    public init(effect: Effect, reasons: [Reason], obligations: [Obligation], external: ExternalAnswer) {
        self.effect = effect
        self.reasons = reasons
        self.obligations = obligations
        self.external = external
    }

    public init(_ decision: Decision) {
        self.init(
            effect: decision.effect, reasons: decision.reasons, obligations: decision.obligations,
            external: decision.external)
    }

    /// One line: effect, reasons, obligations, and what an outsider is told.
    public var summary: String {
        var parts = [effect.word] + reasons.map(\.word)
        if !obligations.isEmpty { parts.append("with " + obligations.map(\.word).joined(separator: "+")) }
        parts.append("external \(external.word)")
        return parts.joined(separator: " ")
    }
}
