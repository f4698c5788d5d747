import PortvaktCore

extension World {
    /// What this world knows about a question, for the text of a difference: one record a line.
    func text(for question: Question, at instant: Instant) -> String {
        var caseRecord: Case?
        var subject: PersonID?
        var lines = [Self.text(of: question)]
        switch question.object {
        case .caseID(let id): caseRecord = cases.first { $0.id == id }
        case .meeting(let id):
            if let meeting = meetings.first(where: { $0.id == id }) {
                lines.append("\(meeting)")
                caseRecord = cases.first { $0.id == meeting.caseID }
            }
        case .person(let id): subject = id
        case .controller: break
        }
        if let caseRecord { lines.append("\(caseRecord)") }
        guard let subject = caseRecord?.subject ?? subject else { return Self.shortened(lines) }
        lines.append("age \(age(subject, at: instant))")
        lines += persons.filter { $0.id == subject || question.actor == .person($0.id) }.map { "\($0)" }
        lines += authorities.filter { $0.over == subject }.map { authority in
            guard case .person(let holder) = authority.holder, let died = person(holder)?.deceased else {
                return "\(authority)"
            }
            return "\(authority) holder dead from \(died)"
        }
        lines += capacities.filter { $0.person == subject }.map { "\($0)" }
        lines += restrictions.filter { $0.subject == subject }.map { "\($0)" }
        lines += discussions.filter { $0.person == subject }.map { "\($0)" }
        lines += handovers.filter { $0.caseID == caseRecord?.id }.map { "\($0)" }
        lines += grants.filter { $0.caseID == caseRecord?.id }.map { "\($0)" }
        lines += objections.filter { $0.caseID == caseRecord?.id }.map { "\($0)" }
        if case .employment(let id) = question.actor { lines += employments.filter { $0.id == id }.map { "\($0)" } }
        lines += consents.filter { $0.scope == caseRecord.map { .caseID($0.id) } || $0.scope == .subject(subject) }
            .map { "\($0)" }
        return Self.shortened(lines)
    }

    private static func text(of question: Question) -> String {
        let parts: [(String, Any?)] = [
            ("area", question.area), ("entry", question.entry), ("participant", question.participant),
            ("successor", question.successor), ("consent", question.consent), ("recipient", question.recipient),
            ("ground", question.ground), ("necessity", question.necessity), ("document", question.document),
            ("identifies", question.identifies), ("decides", question.decides), ("emergency", question.emergency),
        ]
        let told = parts.compactMap { name, value in value.map { "\(name): \($0)" } }
        let needless = question.need ? [] : ["without need"]
        return "Question(actor: \(question.actor), \(question.action.word), \(question.object), \(question.purpose), "
            + (["\(question.assurance)"] + needless + told).joined(separator: ", ") + ")"
    }

    private static func shortened(_ lines: [String]) -> String {
        lines.map { line in
            var line = line.replacing("PortvaktCore.", with: "")
            line.replace(/ID<\w+>\(identifier: Identifier\(text: "([^"]*)"\)\)/) { $0.output.1 }
            line.replace(/Code<\w+>\(identifier: Identifier\(text: "([^"]*)"\)\)/) { $0.output.1 }
            line.replace(/Instant\(milliseconds: (-?\d+)\)/) { Instant(milliseconds: Int64($0.output.1) ?? 0).rfc3339 }
            line.replace(/Optional\(([^()]*)\)/) { $0.output.1 }
            line.replace(/, \w+: (nil|\[\]|false)(?=[,)])/, with: "")
            return "      " + line
        }.joined(separator: "\n")
    }
}
