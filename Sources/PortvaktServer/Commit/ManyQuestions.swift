internal import PortvaktCore
internal import PortvaktWire

/// The questions of one request, each different one once: entries of a log mostly have the labels of a few others. A decision
/// is a pure function of its question, the state, the profile and the instant, so what is asked twice is decided once; each item has
/// an entry of its own all the same.
struct ManyQuestions: Sendable {
    private(set) var inquiries: [Inquiry] = []
    /// For each item, the place of its question among the different ones.
    private(set) var places: [Int] = []

    init(_ request: CheckManyRequest, asking: AskingSystem) {
        var entries: [EntryLabels: Int] = [:]
        var questions: [Question: Int] = [:]
        places.reserveCapacity(request.items.count)
        for item in request.items {
            switch item.subject {
            case .entry(let labels):
                places.append(entries[labels] ?? inquiries.count)
                guard entries.updateValue(places[places.count - 1], forKey: labels) == nil else { continue }
            case .question(let question):
                places.append(questions[question] ?? inquiries.count)
                guard questions.updateValue(places[places.count - 1], forKey: question) == nil else { continue }
            }
            // Decoding has made sure that every item has a question.
            guard let question = request.question(of: item) else { continue }
            inquiries.append(Inquiry(question: question, asking: asking, requestID: request.requestID))
        }
    }
}
