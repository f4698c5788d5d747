/// A policy profile: the typed, validated tables that the engine decides by. Ages, services and lists stand here only.
///
/// A value of a profile may be dated; the profile then has one edition for each span between two dates, and old
/// decisions replay with the old values.
public struct PolicyProfile: Sendable {
    /// The format's name: a file with another one is refused.
    public static let format = "portvakt-policy/1"

    public let name: String
    /// The version of the law that the profile writes down, as the profile names it.
    public let law: String
    /// SHA-256 over the profile's files, 32 bytes.
    public let hash: [UInt8]
    /// By their beginning, ascending; the first has always held.
    private let editions: [Edition]

    private struct Edition: Sendable {
        var from: Instant
        var tables: PolicyTables
    }

    /// Decodes and validates a profile; an `extends` has been merged by ``DocumentNode/extending(_:)`` before.
    /// - Throws: every problem with file, line, path and, where one is near, a suggestion.
    public init(decoding document: DocumentNode, hash: [UInt8]) throws(DocumentErrors) {
        var editions: [Edition] = []
        var name = ""
        var law = ""
        for date in try DatedValues.dates(of: document) {
            let problems = DocumentProblems()
            let reader = ValueReader(DatedValues.resolve(document, at: date), problems: problems)
            let tables = reader.mapping { mapping -> PolicyTables? in
                _ = mapping.required("format")?.choice([Self.format: true])
                _ = mapping.optional("extends")?.text()
                name = mapping.required("name")?.identifier()?.text ?? ""
                law = mapping.required("law")?.text() ?? ""
                return PolicyDecoder(mapping).tables()
            }
            try problems.check()
            guard let tables else { throw DocumentErrors([DocumentError(at: document.place, "could not be read")]) }
            editions.append(Edition(from: date.map { OsloTime.startOfDay($0) } ?? .distantPast, tables: tables))
        }
        self.name = name
        self.law = law
        self.hash = hash
        self.editions = editions
    }

    /// The tables at an instant, and the first instant at which others hold.
    func tables(at instant: Instant) -> (tables: PolicyTables, until: Instant)? {
        var index = editions.count - 1
        while index > 0, editions[index].from > instant { index -= 1 }
        guard editions.indices.contains(index) else { return nil }
        let next = index + 1 < editions.count ? editions[index + 1].from : .distantFuture
        return (editions[index].tables, next)
    }

    /// The services that the profile has at an instant or later, in the order of the file.
    public func services(from instant: Instant) -> [Service] {
        let first = editions.lastIndex { $0.from <= instant } ?? 0
        var found: [Service] = []
        for edition in editions[first...] {
            found += Self.services(of: edition.tables).filter { !found.contains($0) }
        }
        return found
    }

    /// Whether the profile has a service at an instant.
    public func has(_ service: Service, at instant: Instant) -> Bool {
        tables(at: instant)?.tables.service(service) != nil
    }

    /// The services that the profile has at an instant, in the order of the file.
    public func services(at instant: Instant) -> [Service] {
        tables(at: instant).map { Self.services(of: $0.tables) } ?? []
    }

    private static func services(of tables: PolicyTables) -> [Service] {
        tables.services.ordered { $0.value.index < $1.value.index }.map(\.key)
    }

    /// The single values in force at an instant, with their sources, for a page about the profile.
    public func parameters(at instant: Instant) -> [PolicyParameter] { tables(at: instant)?.tables.parameters ?? [] }
}

/// Dated values: a list whose elements are `{value: …}` or `{from: a date, value: …}`.
enum DatedValues {
    /// Every date at which some value changes, ascending, with `nil` (always) first.
    static func dates(of document: DocumentNode) throws(DocumentErrors) -> [CivilDate?] {
        var dates: Set<CivilDate> = []
        var errors: [DocumentError] = []
        collect(document, into: &dates, &errors)
        guard errors.isEmpty else { throw DocumentErrors(errors) }
        return [nil] + dates.ordered()
    }

    private static func collect(_ node: DocumentNode, into dates: inout Set<CivilDate>, _ errors: inout [DocumentError])
    {
        switch node.content {
        case .mapping(let entries): for entry in entries { collect(entry.value, into: &dates, &errors) }
        case .list(let nodes):
            for node in nodes { collect(node, into: &dates, &errors) }
            guard isDated(node) else { return }
            for (index, version) in nodes.enumerated() {
                guard let from = version["from"] else {
                    if index > 0 { errors.append(DocumentError(at: version.place, "has no date: give `from`")) }
                    continue
                }
                guard index > 0, case .text(let text) = from.content, let date = CivilDate(text) else {
                    let problem =
                        index == 0
                        ? "the first value has always held and takes no `from`" : "expected a date as YYYY-MM-DD"
                    errors.append(DocumentError(at: from.place, problem))
                    continue
                }
                dates.insert(date)
            }
        default: break
        }
    }

    /// The document with each dated value replaced by the one that holds at a date (`nil`: before every date).
    static func resolve(_ node: DocumentNode, at date: CivilDate?) -> DocumentNode {
        switch node.content {
        case .mapping(let entries):
            let resolved = entries.map {
                DocumentEntry(key: $0.key, place: $0.place, value: resolve($0.value, at: date))
            }
            return DocumentNode(.mapping(resolved), at: node.place)
        case .list(let nodes):
            guard isDated(node) else { return DocumentNode(.list(nodes.map { resolve($0, at: date) }), at: node.place) }
            var best = nodes[0]
            var bestDate: CivilDate?
            for version in nodes.dropFirst() {
                guard let date, let from = self.from(version), from <= date, bestDate.map({ $0 <= from }) ?? true else {
                    continue
                }
                best = version
                bestDate = from
            }
            return resolve(best["value"] ?? best, at: date)
        default: return node
        }
    }

    private static func from(_ node: DocumentNode) -> CivilDate? {
        guard case .text(let text)? = node["from"]?.content else { return nil }
        return CivilDate(text)
    }

    private static func isDated(_ node: DocumentNode) -> Bool {
        guard case .list(let nodes) = node.content, !nodes.isEmpty else { return false }
        return nodes.allSatisfy { node in
            guard case .mapping(let entries) = node.content else { return false }
            return node["value"] != nil && entries.allSatisfy { $0.key == "value" || $0.key == "from" }
        }
    }
}
