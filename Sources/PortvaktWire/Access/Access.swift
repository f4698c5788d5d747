package import CPortvaktProto
public import PortvaktCore

/// `Access.Check`: one question.
public struct CheckRequest: Equatable, Sendable {
    public var question: Question
    /// The caller's own id of the request.
    public var requestID: Identifier?
    /// Decide on a state of this revision or later; zero for the newest.
    public var atLeastAsFresh: Revision

    public init(_ question: Question, requestID: Identifier? = nil, atLeastAsFresh: Revision = .zero) {
        self.question = question
        self.requestID = requestID
        self.atLeastAsFresh = atLeastAsFresh
    }
}

extension CheckRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__CheckRequest>) {
        unsafe portvakt__v1__check_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__CheckRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.question, "question"),
            requestID: reader.optionalIdentifier(form.pointee.request_id, "request_id"),
            atLeastAsFresh: Revision(form.pointee.at_least_as_fresh))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__CheckRequest>, _ writer: WireWriter) {
        unsafe form.pointee.question = unsafe writer.form(question)
        unsafe form.pointee.request_id = unsafe writer.text(requestID)
        unsafe form.pointee.at_least_as_fresh = atLeastAsFresh.number
    }
}

public struct CheckResponse: Equatable, Sendable {
    public var answer: Answer

    public init(_ answer: Answer) { self.answer = answer }
}

extension CheckResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__CheckResponse>) {
        unsafe portvakt__v1__check_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__CheckResponse>, _ reader: WireReader) throws(WireError) {
        self.init(try unsafe reader.message(form.pointee.answer, "answer"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__CheckResponse>, _ writer: WireWriter) {
        unsafe form.pointee.answer = unsafe writer.form(answer)
    }
}

public struct ExplainRequest: Equatable, Sendable {
    public var question: Question
    public var requestID: Identifier?
    public var atLeastAsFresh: Revision

    public init(_ question: Question, requestID: Identifier? = nil, atLeastAsFresh: Revision = .zero) {
        self.question = question
        self.requestID = requestID
        self.atLeastAsFresh = atLeastAsFresh
    }
}

extension ExplainRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ExplainRequest>) {
        unsafe portvakt__v1__explain_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ExplainRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.question, "question"),
            requestID: reader.optionalIdentifier(form.pointee.request_id, "request_id"),
            atLeastAsFresh: Revision(form.pointee.at_least_as_fresh))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ExplainRequest>, _ writer: WireWriter) {
        unsafe form.pointee.question = unsafe writer.form(question)
        unsafe form.pointee.request_id = unsafe writer.text(requestID)
        unsafe form.pointee.at_least_as_fresh = atLeastAsFresh.number
    }
}

public struct ExplainResponse: Equatable, Sendable {
    public var answer: Answer
    /// The whole decision; `nil` when the system may not see it.
    public var decision: Decision?
    /// Empty when the decision is not shown.
    public var explanation: Explanation
    /// The tree is whole: nothing of it was left out because it did not fit.
    public private(set) var isComplete: Bool
    /// What would make it an allow; none when the decision is not shown.
    public var remedies: Remedies

    public init(
        _ answer: Answer, decision: Decision? = nil, explanation: Explanation = Explanation(),
        remedies: Remedies = Remedies(sets: [], isComplete: false)
    ) {
        self.answer = answer
        self.decision = decision
        self.explanation = explanation
        self.remedies = remedies
        isComplete = explanation.fits
    }
}

extension ExplainResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ExplainResponse>) {
        unsafe portvakt__v1__explain_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ExplainResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.answer, "answer"),
            decision: reader.optional(form.pointee.decision, "decision"),
            explanation: reader.explanation(form.pointee.n_nodes, form.pointee.nodes),
            remedies: Remedies(
                sets: reader.messages(
                    form.pointee.n_remedies, form.pointee.remedies, "remedies", as: RemedySet.self
                ).map(\.pieces), isComplete: form.pointee.remedies_complete != 0))
        isComplete = unsafe form.pointee.complete != 0
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ExplainResponse>, _ writer: WireWriter) {
        unsafe form.pointee.answer = unsafe writer.form(answer)
        unsafe form.pointee.decision = unsafe writer.optional(decision)
        unsafe (form.pointee.n_nodes, form.pointee.nodes) = unsafe writer.forms(explanation.flattened)
        unsafe form.pointee.complete = writer.flag(isComplete)
        unsafe (form.pointee.n_remedies, form.pointee.remedies) = unsafe writer.forms(remedies.sets.map(RemedySet.init))
        unsafe form.pointee.remedies_complete = writer.flag(remedies.isComplete)
    }
}
