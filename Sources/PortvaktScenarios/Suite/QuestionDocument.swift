public import PortvaktCore

/// One question in the form of a check's `ask`, by itself: what it names is left to the service to know.
public struct QuestionDocument: Sendable {
    public let question: Question

    /// - Throws: ``DocumentErrors`` for an unknown key or word, or something missing.
    public init(_ document: DocumentNode) throws(DocumentErrors) {
        let problems = DocumentProblems()
        let reader = QuestionReader(references: References(known: KnownRecords(isPartial: true)))
        let read = reader.question(ValueReader(document, problems: problems))
        if read?.system != nil {
            problems.add(
                DocumentError(at: document.place, "the calling system is known by its certificate: leave `system` out"))
        }
        try problems.check()
        guard let read else { throw DocumentErrors([DocumentError(at: document.place, "could not be read")]) }
        question = read.question
    }
}
