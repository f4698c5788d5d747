/// Everything that was considered on the way to a decision: a tree whose first level is the steps of the order.
public struct Explanation: Equatable, Sendable {
    /// The steps, in the order in which they were taken; the last one ended the decision.
    public var steps: [ExplanationNode]

    public init(steps: [ExplanationNode] = []) { self.steps = steps }
}

/// One thing that was considered.
public struct ExplanationNode: Equatable, Sendable {
    /// How it came out.
    public enum Outcome: UInt8, Vocabulary {
        /// It speaks for the request, or leaves it alone.
        case holds = 1
        /// It stops the request.
        case fails
        /// A fact is unknown or contested.
        case unknown
        /// It was looked at and does not apply.
        case not_applicable

        public var word: String { "\(self)" }
    }

    /// The rule's id, as the profile's `rules` name it: `lock.habilitet`, `consent.row.health`, `meeting.fagmote`.
    public var rule: String
    public var outcome: Outcome
    /// The reason it gave, when it gave one.
    public var reason: Reason?
    public var evidence: [Evidence]
    /// The rule's sources, as the profile cites them (`L24`, `S4`, `P`).
    public var sources: [String]
    public var children: [ExplanationNode]

    public init(
        rule: String, outcome: Outcome, reason: Reason? = nil, evidence: [Evidence] = [], sources: [String] = [],
        children: [ExplanationNode] = []
    ) {
        self.rule = rule
        self.outcome = outcome
        self.reason = reason
        self.evidence = evidence
        self.sources = sources
        self.children = children
    }
}
