/// A rule of a profile, for pages and for coverage.
public struct RuleEntry: Equatable, Sendable {
    /// As an explanation names it: `lock.habilitet`, `meetings.fagmote`, `consent_rows.health.1`.
    public var id: String
    /// What it says; empty for a rule that is data.
    public var text: String
    public var sources: [String]
}

extension PolicyProfile {
    /// Every rule in force at an instant, by id: those that stand in the engine and those that are data.
    public func rules(at instant: Instant) -> [RuleEntry] {
        guard let (tables, _) = tables(at: instant) else { return [] }
        var entries = Rule.allCases.map { rule in
            RuleEntry(
                id: rule.id, text: tables.ruleTexts[Int(rule.rawValue)], sources: tables.ruleSources[Int(rule.rawValue)]
            )
        }
        entries += tables.dataSources.map { RuleEntry(id: $0.key, text: "", sources: $0.value) }
        return entries.ordered { $0.id < $1.id }
    }

    /// The rules that none of the explanations considered.
    ///
    /// - Parameter touched: the ids of the nodes of the explanations.
    public func uncovered(by touched: Set<String>, at instant: Instant) -> [RuleEntry] {
        guard let (tables, _) = tables(at: instant) else { return [] }
        return rules(at: instant).filter { entry in
            !touched.contains(entry.id) && !Self.isEmptyBand(entry.id, in: tables)
        }
    }

    /// A band that begins where the next one does is empty on purpose.
    private static func isEmptyBand(_ id: String, in tables: PolicyTables) -> Bool {
        for row in tables.rows {
            for (index, band) in row.bands.enumerated().dropLast() where id == "consent_rows.\(row.name).\(index)" {
                return band.from == row.bands[index + 1].from
            }
        }
        return false
    }
}
