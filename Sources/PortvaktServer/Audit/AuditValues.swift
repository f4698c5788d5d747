internal import PortvaktCore

/// The single values of a profile that the audit goes by.
struct AuditValues: Sendable {
    private let values: [String: String]

    init(_ profile: PolicyProfile?, at instant: Instant) {
        let parameters = profile?.parameters(at: instant) ?? []
        values = Dictionary(parameters.map { ($0.name, $0.value) }) { $1 }
    }

    /// - Parameter fallback: where the profile does not say.
    func number(_ name: String, or fallback: Int) -> Int { values[name].flatMap { Int($0) } ?? fallback }

    /// The members that a list names.
    func words<Word: Vocabulary>(_ name: String, or fallback: [Word]) -> [Word] {
        guard let text = values[name] else { return fallback }
        return text.split { !($0.isLetter || $0 == "_") }.compactMap { Word(word: String($0)) }
    }

    /// Hours within which an emergency access is reviewed.
    var reviewHours: Int { number("emergency.review_hours", or: 24) }
    /// Categories for which the employee is named to the subject.
    var employeeNamedFor: [PortvaktCore.Category] { words("statement.employee_id_for", or: [.health]) }
    /// Who reviews it: each of them.
    var reviewers: [EmploymentRole] { words("emergency.reviewers", or: [.leder, .personvernombud]) }
}
