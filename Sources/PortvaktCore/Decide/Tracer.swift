/// Watches an evaluation. The engine is generic over it, so that the one that watches nothing costs nothing.
protocol Tracer {
    init()
    /// Whether it wants to see what does not decide, too.
    static var isWatching: Bool { get }
    /// A step, or a part with parts of its own, begins.
    mutating func open(_ name: @autoclosure () -> String, sources: @autoclosure () -> [String])
    /// It ends; its outcome follows from its parts when none is given.
    mutating func close(_ outcome: ExplanationNode.Outcome?, reason: Reason?)
    /// A rule of the engine was looked at.
    mutating func note(
        _ rule: Rule, _ outcome: ExplanationNode.Outcome, reason: Reason?, evidence: @autoclosure () -> Evidence?,
        in tables: PolicyTables)
    /// A rule that is data was looked at.
    mutating func note(
        data name: @autoclosure () -> String, _ outcome: ExplanationNode.Outcome,
        evidence: @autoclosure () -> Evidence?,
        in tables: PolicyTables)
}

/// Watches nothing.
struct NoTrace: Tracer {
    init() {}
    @inline(__always) static var isWatching: Bool { false }
    @inline(__always) mutating func open(_ name: @autoclosure () -> String, sources: @autoclosure () -> [String]) {}
    @inline(__always) mutating func close(_ outcome: ExplanationNode.Outcome?, reason: Reason?) {}
    @inline(__always) mutating func note(
        _ rule: Rule, _ outcome: ExplanationNode.Outcome, reason: Reason?, evidence: @autoclosure () -> Evidence?,
        in tables: PolicyTables
    ) {}
    @inline(__always) mutating func note(
        data name: @autoclosure () -> String, _ outcome: ExplanationNode.Outcome,
        evidence: @autoclosure () -> Evidence?,
        in tables: PolicyTables
    ) {}
}

/// Builds the tree of an explanation.
struct TreeTrace: Tracer {
    /// The nodes that are open, the root first.
    private var open: [ExplanationNode] = [ExplanationNode(rule: "", outcome: .holds)]

    init() {}

    static var isWatching: Bool { true }

    mutating func open(_ name: @autoclosure () -> String, sources: @autoclosure () -> [String]) {
        open.append(ExplanationNode(rule: name(), outcome: .holds, sources: sources()))
    }

    mutating func close(_ outcome: ExplanationNode.Outcome?, reason: Reason?) {
        guard open.count > 1, var node = open.popLast() else { return }
        let outcomes = node.children.map(\.outcome)
        node.outcome = outcome ?? (outcomes.contains(.fails) ? .fails : outcomes.contains(.unknown) ? .unknown : .holds)
        node.reason = reason
        append(node)
    }

    mutating func note(
        _ rule: Rule, _ outcome: ExplanationNode.Outcome, reason: Reason?, evidence: @autoclosure () -> Evidence?,
        in tables: PolicyTables
    ) {
        append(
            ExplanationNode(
                rule: rule.id, outcome: outcome, reason: reason, evidence: evidence().map { [$0] } ?? [],
                sources: tables.ruleSources[Int(rule.rawValue)]))
    }

    mutating func note(
        data name: @autoclosure () -> String, _ outcome: ExplanationNode.Outcome,
        evidence: @autoclosure () -> Evidence?,
        in tables: PolicyTables
    ) {
        let name = name()
        append(
            ExplanationNode(
                rule: name, outcome: outcome, evidence: evidence().map { [$0] } ?? [],
                sources: tables.dataSources[name] ?? []))
    }

    private mutating func append(_ node: ExplanationNode) { open[open.count - 1].children.append(node) }

    /// The tree so far; whatever is still open is closed.
    mutating func finish() -> Explanation {
        while open.count > 1 { close(nil, reason: nil) }
        return Explanation(steps: open[0].children)
    }
}
