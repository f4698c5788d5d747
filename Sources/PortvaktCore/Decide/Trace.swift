/// Builds the tree of an explanation.
///
/// An evaluation has one only to explain, and asks for it with `trace?`: what a note would say is not made up where
/// nobody reads it. It is a reference and its notes are not inlined, so that a decision pays for a look at one word.
final class Trace {
    private let tables: PolicyTables
    /// The nodes that are open, the root first.
    private var open: [ExplanationNode] = [ExplanationNode(rule: "", outcome: .holds)]

    init(_ tables: PolicyTables) { self.tables = tables }

    /// A step, or a part with parts of its own, begins.
    @inline(never)
    func open(_ name: String) { open.append(ExplanationNode(rule: name, outcome: .holds)) }

    /// It ends; its outcome follows from its parts when none is given.
    @inline(never)
    func close(_ outcome: ExplanationNode.Outcome?, reason: Reason?) {
        guard open.count > 1, var node = open.popLast() else { return }
        let outcomes = node.children.map(\.outcome)
        node.outcome = outcome ?? (outcomes.contains(.fails) ? .fails : outcomes.contains(.unknown) ? .unknown : .holds)
        node.reason = reason
        append(node)
    }

    /// A rule of the engine was looked at.
    @inline(never)
    func note(_ rule: Rule, _ outcome: ExplanationNode.Outcome, reason: Reason? = nil) {
        append(node(of: rule, outcome, reason, []))
    }

    /// A rule of the engine was looked at, for a record.
    @inline(never)
    func note(_ rule: Rule, _ outcome: ExplanationNode.Outcome, reason: Reason?, evidence: Evidence) {
        append(node(of: rule, outcome, reason, [evidence]))
    }

    /// A rule that is data was looked at, and holds.
    @inline(never)
    func note(data name: String) {
        append(ExplanationNode(rule: name, outcome: .holds, sources: tables.dataSources[name] ?? []))
    }

    private func node(
        of rule: Rule, _ outcome: ExplanationNode.Outcome, _ reason: Reason?, _ evidence: [Evidence]
    ) -> ExplanationNode {
        ExplanationNode(
            rule: rule.id, outcome: outcome, reason: reason, evidence: evidence,
            sources: tables.ruleSources[Int(rule.rawValue)])
    }

    private func append(_ node: ExplanationNode) { open[open.count - 1].children.append(node) }

    /// The tree so far; whatever is still open is closed.
    func finish() -> Explanation {
        while open.count > 1 { close(nil, reason: nil) }
        return Explanation(steps: open[0].children)
    }
}
