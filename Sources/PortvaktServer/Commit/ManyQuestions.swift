internal import PortvaktCore
internal import PortvaktWire

/// The questions of one request, each different one once: entries of a log mostly have the labels of a few others. A decision
/// is a pure function of its question, the state, the profile and the instant, so what is asked twice is decided once; each item has
/// an entry of its own all the same.
///
/// The items are looked at as their turn comes, so that the first are being recorded while the rest are taken in.
struct ManyQuestions: Sendable {
    private let request: CheckManyRequest
    private let asking: AskingSystem
    /// The different questions so far.
    private(set) var inquiries: [Inquiry] = []
    private var entries: [EntryLabels: Int] = [:]
    private var questions: [Question: Int] = [:]

    init(_ request: CheckManyRequest, asking: AskingSystem) {
        self.request = request
        self.asking = asking
    }

    /// Items.
    var count: Int { request.items.count }

    /// The place of an item's question among the different ones; `nil` when it has none, which decoding refuses.
    mutating func place(of item: Int) -> Int? {
        let item = request.items[item]
        switch item.subject {
        case .entry(let labels):
            if let place = entries[labels] { return place }
            entries[labels] = inquiries.count
        case .question(let question):
            if let place = questions[question] { return place }
            questions[question] = inquiries.count
        }
        guard let question = request.question(of: item) else { return nil }
        inquiries.append(Inquiry(question: question, asking: asking, requestID: request.requestID))
        return inquiries.count - 1
    }
}
