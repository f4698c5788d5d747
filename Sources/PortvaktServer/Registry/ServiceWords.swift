internal import PortvaktCore

/// The services that a record or a question may name: a policy profile defines them. Another word would be registered and match
/// nothing, which nobody would notice: a consent that reaches nobody, an objection that closes nothing. And a disclosure to a
/// service that is none would be allowed on a ground that is open to every service.
///
/// Looked at when somebody registers or asks, never when the ledger is read: what was registered and what was decided stays.
struct ServiceWords {
    private let state: Snapshot
    /// In the profile's order; `nil` when this node does not have the profile in force, and nothing is decided either.
    private let known: [Service]?

    /// The words of the profile in force, and of those that are activated for later: what they bring is registered before.
    init(in published: Published, at now: Instant) {
        state = published.state
        guard let inForce = published.profile(at: now) else {
            known = nil
            return
        }
        let later = published.state.profileActivations.filter { $0.from > now }
        var words = inForce.services(from: now)
        for profile in later.compactMap({ published.profiles[$0.hash] }) {
            words += profile.services(from: now).filter { !words.contains($0) }
        }
        known = words
    }

    /// - Throws: when the record names a service that is none, unless the record that stands names it too: then a later version
    ///   of it (a withdrawal of parts, an end) must not fail for that.
    func check(_ event: Event) throws(ChangeRefusal) {
        guard let known, case .registered(let record) = event, let (field, named) = Self.services(of: record) else {
            return
        }
        let unknown = named.filter { !known.contains($0) }
        guard !unknown.isEmpty else { return }
        let standing = state.filedRecord(record.kind, record.identifier).flatMap { Self.services(of: $0.record) }
        guard let word = unknown.first(where: { !(standing?.named.contains($0) ?? false) }) else { return }
        throw ChangeRefusal(
            kind: record.kind, id: record.identifier, field: field, problem: Self.problem,
            remedy: Self.remedy(for: word, known))
    }

    /// What is wrong in a question: where, in the model's names, and the rest of a sentence about it.
    struct Problem: Error, Equatable {
        enum Field: Equatable { case recipient, consent }

        var field: Field
        var explanation: String
    }

    /// - Throws: when the question names a service that is none. A recipient receives now, so what the profile has later is none yet;
    ///   a consent may name what it could be registered with.
    static func check(
        _ question: Question, in published: Published, at clock: @autoclosure () -> Instant
    ) throws(Problem) {
        let recipient: Service? = if case .service(let service)? = question.recipient { service } else { nil }
        let consent = question.consent
        // Almost every question names none, and this stands on the way of each.
        guard recipient != nil || consent != nil else { return }
        let now = clock()
        guard let profile = published.profile(at: now) else { return }
        if let recipient, !profile.has(recipient, at: now) {
            let remedy = remedy(for: recipient, profile.services(at: now))
            throw Problem(field: .recipient, explanation: "\(problem): \(remedy)")
        }
        guard let consent, !consent.services.allSatisfy({ profile.has($0, at: now) }) else { return }
        do throws(ChangeRefusal) {
            try ServiceWords(in: published, at: now).check(.registered(.consent(consent)))
        } catch { throw Problem(field: .consent, explanation: "\(error.problem): \(error.remedy)") }
    }

    private static let problem = "names a service that the policy profile in force does not have"

    private static func remedy(for word: Service, _ known: [Service]) -> String {
        let words = known.map(\.text)
        let meant = NearestWord.find(word.text, in: words).map { "did you mean \($0)? " } ?? ""
        return "\(meant)write one of \(words.joined(separator: ", ")), or activate a profile that has it"
    }

    /// The services that a record names, and where.
    private static func services(of record: Record) -> (field: String, named: [Service])? {
        switch record {
        case .unit(let unit): ("service", [unit.service])
        case .consent(let consent): ("to.services", consent.services)
        case .objection(let objection): ("service", [objection.service])
        case .anonymousDiscussion(let discussion): ("services", discussion.services)
        case .caseRecord(let record): ("sensitive", record.sensitive)
        case .controller, .person, .relation, .authority, .capacity, .employment, .handover, .grant, .meeting,
            .restriction, .discussion, .system:
            nil
        }
    }
}
