internal import PortvaktCore

/// The services that a record may name: a policy profile defines them. Another word would be registered and match nothing, which
/// nobody would notice: a consent that reaches nobody, an objection that closes nothing.
///
/// Looked at when somebody registers, never when the ledger is read: what was registered stays.
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
        let words = known.map(\.text)
        let meant = NearestWord.find(word.text, in: words).map { "did you mean \($0)? " } ?? ""
        throw ChangeRefusal(
            kind: record.kind, id: record.identifier, field: field,
            problem: "names a service that the policy profile in force does not have",
            remedy: "\(meant)write one of \(words.joined(separator: ", ")), or activate a profile that has it")
    }

    /// The services that a record names, and where.
    private static func services(of record: Record) -> (field: String, named: [Service])? {
        switch record {
        case .unit(let unit): ("service", [unit.service])
        case .consent(let consent): ("to.services", consent.services)
        case .objection(let objection): ("service", [objection.service])
        case .anonymousDiscussion(let discussion): ("services", discussion.services)
        case .controller, .person, .relation, .authority, .capacity, .employment, .caseRecord, .handover, .grant,
            .meeting, .restriction, .discussion, .system:
            nil
        }
    }
}
