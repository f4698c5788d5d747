package import CPortvaktProto
package import PortvaktCore

extension Evidence: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Evidence>) {
        unsafe portvakt__v1__evidence__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Evidence>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            kind: reader.word(form.pointee.kind, "kind"), id: reader.identifier(form.pointee.id, "id"),
            version: Revision(form.pointee.version))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Evidence>, _ writer: WireWriter) {
        unsafe form.pointee.kind = writer.word(kind)
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.version = version.number
    }
}

extension Decision: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Decision>) {
        unsafe portvakt__v1__decision__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Decision>, _ reader: WireReader) throws(WireError) {
        let minutes = unsafe form.pointee.emergency_minutes
        try unsafe self.init(
            effect: reader.word(form.pointee.effect, "effect"),
            reasons: reader.words(form.pointee.n_reasons, form.pointee.reasons, "reasons"),
            external: reader.word(form.pointee.external, "external"),
            obligations: reader.words(form.pointee.n_obligations, form.pointee.obligations, "obligations"),
            evidence: reader.messages(form.pointee.n_evidence, form.pointee.evidence, "evidence"),
            missing: reader.messages(form.pointee.n_missing, form.pointee.missing, "missing"),
            subject: reader.optionalID(form.pointee.subject, "subject"),
            caseID: reader.optionalID(form.pointee.case_id, "case_id"),
            controller: reader.optionalID(form.pointee.controller, "controller"),
            unit: reader.optionalID(form.pointee.unit, "unit"),
            role: reader.optionalWord(form.pointee.role, "role"),
            emergencyMinutes: minutes == 0 ? nil : minutes,
            holdsUntil: Instant(milliseconds: form.pointee.holds_until_ms))
        guard !reasons.isEmpty else { throw reader.missing("reasons") }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Decision>, _ writer: WireWriter) {
        unsafe form.pointee.effect = writer.word(effect)
        unsafe form.pointee.external = writer.word(external)
        unsafe (form.pointee.n_reasons, form.pointee.reasons) = unsafe writer.words(reasons)
        unsafe (form.pointee.n_obligations, form.pointee.obligations) = unsafe writer.words(obligations)
        unsafe (form.pointee.n_evidence, form.pointee.evidence) = unsafe writer.forms(evidence)
        unsafe (form.pointee.n_missing, form.pointee.missing) = unsafe writer.forms(missing)
        unsafe form.pointee.subject = unsafe writer.text(subject)
        unsafe form.pointee.case_id = unsafe writer.text(caseID)
        unsafe form.pointee.controller = unsafe writer.text(controller)
        unsafe form.pointee.unit = unsafe writer.text(unit)
        unsafe form.pointee.role = writer.word(role)
        unsafe form.pointee.emergency_minutes = emergencyMinutes ?? 0
        unsafe form.pointee.holds_until_ms = holdsUntil.milliseconds
    }
}

/// A node of an explanation without its children, with its depth: a tree in the order in which it is walked.
///
/// The schema does not nest, because the code that unpacks it has no limit of its own on depth.
struct FlatNode: @unsafe WireMessage {
    var depth: UInt32
    var node: ExplanationNode

    static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ExplanationNode>) {
        unsafe portvakt__v1__explanation_node__init(form)
    }

    init(depth: UInt32, node: ExplanationNode) {
        self.depth = depth
        self.node = node
    }

    init(_ form: UnsafePointer<Portvakt__V1__ExplanationNode>, _ reader: WireReader) throws(WireError) {
        let deepest = Int64(WireLimits.explanationDepth)
        depth = try unsafe reader.number(form.pointee.depth, in: 0...deepest, "depth")
        node = try unsafe ExplanationNode(
            rule: reader.name(form.pointee.rule, "rule"),
            outcome: reader.word(form.pointee.outcome, "outcome"),
            reason: reader.optionalWord(form.pointee.reason, "reason"),
            evidence: reader.messages(form.pointee.n_evidence, form.pointee.evidence, "evidence"),
            sources: reader.names(form.pointee.n_sources, form.pointee.sources, "sources"))
    }

    func write(_ form: UnsafeMutablePointer<Portvakt__V1__ExplanationNode>, _ writer: WireWriter) {
        unsafe form.pointee.depth = depth
        unsafe form.pointee.rule = unsafe writer.text(node.rule)
        unsafe form.pointee.outcome = writer.word(node.outcome)
        unsafe form.pointee.reason = writer.word(node.reason)
        unsafe (form.pointee.n_evidence, form.pointee.evidence) = unsafe writer.forms(node.evidence)
        unsafe (form.pointee.n_sources, form.pointee.sources) = unsafe writer.texts(node.sources)
    }
}

extension Explanation {
    /// Whether all of its nodes fit into a message.
    var fits: Bool {
        var count = 0
        return steps.allSatisfy { Self.fits($0, depth: 0, &count) }
    }

    private static func fits(_ node: ExplanationNode, depth: Int, _ count: inout Int) -> Bool {
        count += 1
        guard depth <= WireLimits.explanationDepth, count <= WireLimits.explanationNodes else { return false }
        return node.children.allSatisfy { fits($0, depth: depth + 1, &count) }
    }

    /// The nodes in the order in which they are walked. What does not fit is left out, and the message says so.
    var flattened: [FlatNode] {
        var flat: [FlatNode] = []
        for step in steps { Self.flatten(step, depth: 0, into: &flat) }
        return flat
    }

    private static func flatten(_ node: ExplanationNode, depth: Int, into flat: inout [FlatNode]) {
        guard depth <= WireLimits.explanationDepth, flat.count < WireLimits.explanationNodes else { return }
        flat.append(FlatNode(depth: UInt32(depth), node: node))
        for child in node.children { flatten(child, depth: depth + 1, into: &flat) }
    }

    /// The tree of nodes in the order in which they were walked.
    /// - Throws: when a node is deeper than one more than the one before it.
    init(_ flat: [FlatNode]) throws(WireError) {
        var index = 0
        self.init(steps: try Self.siblings(flat, at: &index, depth: 0))
    }

    private static func siblings(
        _ flat: [FlatNode], at index: inout Int, depth: UInt32
    ) throws(WireError) -> [ExplanationNode] {
        var nodes: [ExplanationNode] = []
        while index < flat.count, flat[index].depth >= depth {
            guard flat[index].depth == depth else {
                throw WireError(.contradictory, field: "depth").inside(index: index).inside("nodes")
            }
            var node = flat[index].node
            index += 1
            node.children = try siblings(flat, at: &index, depth: depth + 1)
            nodes.append(node)
        }
        return nodes
    }
}

extension WireReader {
    /// A tree.
    func explanation(
        _ count: Int, _ nodes: UnsafeMutablePointer<UnsafeMutablePointer<Portvakt__V1__ExplanationNode>?>?
    ) throws(WireError) -> Explanation {
        try Explanation(
            try unsafe messages(count, nodes, "nodes", limit: WireLimits.explanationNodes, as: FlatNode.self))
    }
}
