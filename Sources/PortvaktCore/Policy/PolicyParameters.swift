// Single values of a profile: the `parameters` section, by the names of the rule book's section 10.

/// Reads parameters by name; each is `{value: …, source: […]}`.
struct ParameterReader {
    let mapping: MappingReader
    let gathered: Gathered

    final class Gathered {
        var parameters: [PolicyParameter] = []
        var ages: [String: Int] = [:]
        /// Sources of the rules that are data.
        var sources: [String: [String]] = [:]
    }

    /// The value of a parameter, read by a closure; its absence is noted.
    func value<Value>(_ name: String, default fallback: Value, _ read: (ValueReader) -> Value?) -> Value {
        let found: Value?? = mapping.required(name)?.mapping { parameter in
            let sources = parameter.sources()
            guard let reader = parameter.required("value") else { return nil }
            gathered.parameters.append(PolicyParameter(name: name, value: reader.node.plainText, sources: sources))
            return read(reader)
        }
        return (found ?? nil) ?? fallback
    }

    func int(_ name: String, _ range: ClosedRange<Int>) -> Int {
        value(name, default: range.lowerBound) { $0.int(in: range) }
    }

    /// An age in whole years; nobody grows older than the limit.
    func age(_ name: String) -> Int {
        let age = int("age." + name, 0...PolicyLimits.highestAge)
        gathered.ages["age." + name] = age
        return age
    }

    func bool(_ name: String) -> Bool { value(name, default: false) { $0.bool() } }

    func word<Word: Vocabulary>(_ name: String, default fallback: Word) -> Word {
        value(name, default: fallback) { $0.word() }
    }

    func words<Word: Vocabulary>(_ name: String) -> WordSet<Word> {
        WordSet(value(name, default: [Word]()) { $0.list { $0.word() } })
    }
    func services(_ name: String) -> [Service] { value(name, default: []) { $0.list { $0.code() } } }
    func ints(_ name: String) -> [Int] {
        value(name, default: []) { $0.list { $0.int(in: 0...PolicyLimits.highestNumber) } }
    }

    /// A parameter with one possible value: it is written down so that a reader finds it, and nothing else is built.
    func only(_ name: String, _ allowed: String) {
        _ = value(name, default: false) { reader in
            guard reader.node.plainText == allowed else {
                reader.fail("expected \(allowed): nothing else is possible here")
                return nil
            }
            return true
        }
    }
}

/// Limits of what a profile may state.
enum PolicyLimits {
    /// Nobody grows older.
    static let highestAge = 120
    /// Above every count of days, months or minutes that makes sense.
    static let highestNumber = 1_000_000
    /// An answer is never relied on longer than an hour, whatever a profile says: a withdrawal must take effect.
    static let longestMaxAgeSeconds = 3600
    /// An emergency access lasts at most a day.
    static let longestEmergencyMinutes = 24 * 60
    /// What an emergency never opens: no profile can shorten the list (rules 5.4).
    static let emergencyNever = ["strengt_fortrolig", "hidden", "kin", "restriction", "closed", "other_controller"]
}

extension DocumentNode {
    /// A text as it is, a list joined with commas.
    var plainText: String {
        switch content {
        case .empty: ""
        case .text(let text): text
        case .list(let nodes): nodes.map(\.plainText).joined(separator: ", ")
        case .mapping(let entries): entries.map { "\($0.key): \($0.value.plainText)" }.joined(separator: ", ")
        }
    }
}

extension MappingReader {
    /// The rule's sources; their absence is noted.
    func sources() -> [String] { required("source")?.list { $0.text() } ?? [] }
}

extension ParameterReader {
    func ages() -> PolicyTables.Ages {
        PolicyTables.Ages(
            view: age("view"), objection: age("objection"), coordinationJoins: age("coordination_joins"),
            coordinationAlone: age("coordination_alone"), healthSelf: age("health_self"),
            parentsHealthNarrow: age("parents_health_narrow"), fagmoteSelf: age("fagmote_self"),
            planHolSelf: age("plan_hol_self"), barnevernParty: age("barnevern_party"),
            barnevernJoins: age("barnevern_joins"), navJoins: age("nav_joins"), withholdHealth: age("withhold_health"),
            withholdOther: age("withhold_other"), dailyUntil: age("daily_until"),
            planAssurance: age("plan_assurance"), adult: age("adult"), gdprConsent: age("gdpr_consent"),
            eidHint: age("eid_hint"))
    }

    func limits() -> PolicyTables.Limits {
        let number = 0...PolicyLimits.highestNumber
        return PolicyTables.Limits(
            consentMaxDurationMonths: int("consent.max_duration_months", 1...PolicyLimits.highestNumber),
            wonderMaxDays: int("wonder.max_days", number), logOpensAtLevel: int("log.opens_at_level", 0...3),
            logOpenAgeMax: int("log.open_age_max", 0...PolicyLimits.highestAge),
            logClosingDays: int("log.closing_days", number),
            logFamilyWindowMonths: int("log.family_window_months", number),
            participantMinLevel: int("participant.min_level", 0...3),
            emergencyMaxMinutes: int("emergency.max_minutes", 1...PolicyLimits.longestEmergencyMinutes),
            emergencyReviewHours: int("emergency.review_hours", number),
            statisticsMinCell: int("statistics.min_cell", 1...PolicyLimits.highestNumber),
            decisionMaxAgeSeconds: int("decision.max_age_seconds", 0...PolicyLimits.longestMaxAgeSeconds),
            transitionGraceDays: int("transition.grace_days", 0...0),
            retentionDecisionsYears: int("retention.decisions_years", number),
            retentionSecurityMonths: int("retention.security_months", number),
            retentionEmergencyYears: int("retention.emergency_years", number))
    }

    /// Thresholds of the audit's patterns: no decision looks at them, so they stand among the parameters only.
    private func unusual() {
        let number = 0...PolicyLimits.highestNumber
        for name in ["cases_min", "cases_factor", "outside_hours_min", "after_refusal_minutes"] {
            _ = int("unusual." + name, number)
        }
        for name in ["emergencies_min", "refusals_min"] { _ = int("unusual." + name, number) }
        for name in ["hours_from", "hours_until"] { _ = int("unusual." + name, 0...24) }
    }

    func switches() -> PolicyTables.Switches {
        unusual()
        only("time.zone", "Europe/Oslo")
        only("birthday.feb29", "march_1")
        only("organ.default", "unit")
        only("anonymous.time", "week")
        only("sharing_regulations", "")
        _ = value("anonymous.age_bands", default: []) { $0.list { reader -> AgeBand? in reader.word() } }
        _ = value("emergency.never", default: []) { reader -> [String]? in
            let listed = reader.list { $0.text() } ?? []
            for word in PolicyLimits.emergencyNever where !listed.contains(word) {
                reader.fail("\(word) is missing: what an emergency never opens cannot be shortened")
            }
            return listed
        }
        return PolicyTables.Switches(
            oralToOtherControllers: bool("consent.oral_to_other_controllers"),
            participantsWrite: bool("log.participants_write"), leaderReads: bool("log.leader_reads"),
            closesWithPlan: bool("log.closes_with_plan"),
            reopenNeedsNewConsent: bool("log.reopen_needs_new_consent"), nr5Private: bool("nr5.private"),
            habilitetSelf: bool("habilitet.self"), habilitetTowardsHolders: bool("habilitet.towards_holders"),
            parentsRule: word("parents.rule", default: .all),
            parentsHealthDaily: word("parents.health_daily", default: .all),
            parentsDaily: word("parents.daily", default: .all),
            assuranceContent: word("assurance.content", default: .high),
            assuranceConsentGive: word("assurance.consent_give", default: .high),
            assuranceInbox: word("assurance.inbox", default: .high),
            assurancePlanUnderAge: word("assurance.plan_under_age", default: .high),
            assuranceEmployees: word("assurance.employees", default: .high),
            planDefaultKind: word("plan.default_kind", default: .hol))
    }

    func lists() -> PolicyTables.Lists {
        PolicyTables.Lists(
            oralNeverTo: services("consent.oral_never_to"), pregnantBy: services("log.pregnant_by"),
            planAccessGrantedBy: services("plan.access_granted_by"),
            writtenForActions: words("consent.written_for_actions"), habilitetKinds: words("habilitet.kinds"),
            secretKinds: words("existence.secret_kinds"), addressClosedTo: words("address.closed_to"),
            emergencyReviewers: words("emergency.reviewers"), employeeIDFor: words("statement.employee_id_for"),
            transitionWarnDays: ints("transition.warn_days"), transitionAges: ints("transition.ages"),
            consentWarnDays: ints("consent.warn_days"),
            addressTopic: value("address.topic", default: nil) { $0.code() })
    }
}
