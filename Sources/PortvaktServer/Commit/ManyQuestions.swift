internal import PortvaktCore
internal import PortvaktWire

/// The questions of one request, each different one once. A decision is a pure function of its question, the state, the profile and
/// the instant, so what is asked twice is decided once; each item has an entry of its own all the same.
///
/// The items are looked at as their turn comes, so that the first are being recorded while the rest are taken in.
struct ManyQuestions: Sendable {
    private let request: CheckEachRequest
    private let asking: AskingSystem
    private let failing: Bool
    /// The different questions so far.
    private(set) var inquiries: [Inquiry] = []

    /// - Parameter failing: in testing mode, a rule is to fail.
    init(_ request: CheckEachRequest, asking: AskingSystem, failing: Bool = false) {
        self.request = request
        self.asking = asking
        self.failing = failing
    }

    /// Items.
    var count: Int { request.count }

    /// The place of an item's question among the different ones. The items are taken in order.
    mutating func place(of item: Int) -> Int {
        let place = Int(request.places[item])
        if place == inquiries.count {
            inquiries.append(
                Inquiry(
                    question: request.question(about: place), asking: asking, requestID: request.requestID,
                    failing: failing))
        }
        return place
    }
}
