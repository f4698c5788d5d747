internal import PortvaktCore
internal import PortvaktScenarios

/// Records written as arguments, read as a file of records would be.
enum RecordArguments {
    /// The list of a file that holds records of each kind.
    static let lists: KeyValuePairs<String, String> = [
        "controller": "controllers", "unit": "units", "person": "persons", "relation": "relations",
        "authority": "authorities", "capacity": "capacities", "employment": "employments", "case": "cases",
        "handover": "handovers", "grant": "grants", "consent": "consents", "meeting": "meetings",
        "objection": "objections", "restriction": "restrictions", "discussion": "discussions", "system": "systems",
    ]

    static var kinds: [String] { lists.map(\.key) }

    /// One record of a kind. What it names is left to the service to know.
    static func record(kind: String, _ fields: FieldArguments) throws -> LocatedRecord {
        guard let list = lists.first(where: { $0.key == kind })?.value else {
            let near = NearestWord.find(kind, in: kinds).map { " (did you mean \($0)?)" } ?? ""
            throw Failure("a record is one of \(kinds.joined(separator: ", "))\(near)", status: .usage)
        }
        let fields = try fields.document()
        let place = fields.place
        func node(_ content: DocumentNode.Content) -> DocumentNode { DocumentNode(content, at: place) }
        func entry(_ key: String, _ value: DocumentNode) -> DocumentEntry {
            DocumentEntry(key: key, place: place, value: value)
        }
        let document = node(
            .mapping([
                entry("format", node(.text(ImportDocument.format))), entry("partial", node(.text("true"))),
                entry("records", node(.mapping([entry(list, node(.list([fields])))]))),
            ]))
        do throws(DocumentErrors) {
            let records = try ImportDocument(document).records.records
            guard let record = records.first, records.count == 1 else { throw DocumentErrors([]) }
            return record
        } catch {
            throw error.asUsage
        }
    }
}

extension LocatedRecord {
    /// The record as it stands after all that happened to it: what an import states.
    var folded: Record {
        followUps.reduce(record) { record, followUp in
            switch (record, followUp.event) {
            case (.consent(var consent), .consentWithdrawn(_, let at)):
                consent.state = .withdrawn
                consent.withdrawnAt = at
                return .consent(consent)
            case (.consent(var consent), .consentRevoked(_, let at)):
                consent.state = .revoked
                consent.withdrawnAt = at
                return .consent(consent)
            case (.consent(var consent), .consentSpent(_, let at)):
                consent.spentAt = at
                return .consent(consent)
            case (.grant(var grant), .grantRevoked(_, let at)):
                grant.revokedAt = at
                return .grant(grant)
            default: return record
            }
        }
    }
}
