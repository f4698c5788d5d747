public import PortvaktCore

/// The profiles and the services that scenarios name. Services are words of a policy profile, so only who has the profile can say whether they are right; a
/// word that is none would match nothing, and a check that expects a refusal would pass for that.
extension ScenarioSuite {
    /// Looks at the profile of every scenario.
    /// - Parameter names: the profiles that there are.
    /// - Throws: ``DocumentErrors``, with the file and line of each scenario whose profile is none of them.
    public func requireProfiles(_ names: [String]) throws(DocumentErrors) {
        let problems = DocumentProblems()
        for scenario in scenarios where !names.contains(scenario.profile) {
            problems.add(
                DocumentError(
                    at: scenario.place, "there is no policy profile \"\(scenario.profile)\"",
                    suggestion: NearestWord.find(scenario.profile, in: names)))
        }
        try problems.check()
    }

    /// Looks at every service that the records and the questions name.
    /// - Parameter profiles: the profiles under which a scenario is asked; none where there is no such profile, which fails its checks.
    /// - Throws: ``DocumentErrors``, with the file and line of each record or check that names a service of none of them.
    public func requireServices(_ profiles: (Scenario) -> [PolicyProfile]) throws(DocumentErrors) {
        let problems = DocumentProblems()
        // A file's shared records belong to each of its scenarios, and are told once.
        var told: Set<String> = []
        for scenario in scenarios {
            let words = profiles(scenario).flatMap { $0.services(from: .distantPast).map(\.text) }
            guard !words.isEmpty else { continue }
            let records = scenario.records.records.map { ($0.place, Self.services(of: $0.record)) }
            let questions = scenario.checks.map { ($0.place, Self.services(of: $0.question)) }
            for (place, named) in records + questions {
                for service in named where !words.contains(service.text) {
                    let error = DocumentError(
                        at: place, "the policy profile has no service \"\(service.text)\"",
                        suggestion: NearestWord.find(service.text, in: words))
                    if told.insert(error.description).inserted { problems.add(error) }
                }
            }
        }
        try problems.check()
    }

    private static func services(of record: Record) -> [Service] {
        switch record {
        case .unit(let unit): [unit.service]
        case .consent(let consent): consent.services
        case .caseRecord(let record): record.sensitive
        case .objection(let objection): [objection.service]
        case .anonymousDiscussion(let discussion): discussion.services
        case .controller, .person, .relation, .authority, .capacity, .employment, .handover, .grant, .meeting,
            .restriction, .discussion, .system:
            []
        }
    }

    private static func services(of question: Question) -> [Service] {
        var named = question.consent?.services ?? []
        if case .service(let service) = question.recipient { named.append(service) }
        return named
    }
}
