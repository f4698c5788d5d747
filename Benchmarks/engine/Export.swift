internal import PortvaktCore

// The same municipality and questions for another engine, as JSON: Cedar's entities and requests, and what we answered.

struct Export {
    let world: World
    let measurement: Measurement
    /// Our median for each kind, in nanoseconds.
    let figures: [(Kind, Double)]

    func write() -> String {
        let entities = world.spread.map(entities(of:)) + [employees()]
        let own = figures.map { "\(quoted($0.0.rawValue)): \(text($0.1, 1))" }
        return """
            {"entities": [\(entities.joined(separator: ",\n"))],
            "requests": [\(requests().joined(separator: ",\n"))],
            "nanoseconds": {\(own.joined(separator: ", "))}}

            """
    }

    // MARK: Entities

    private func employees() -> String {
        var seen: Set<EmploymentID> = []
        var entities: [String] = []
        for subject in world.spread {
            for service in World.services.indices where seen.insert(world.employee(subject, service)).inserted {
                entities.append(employee(world.employee(subject, service), service))
            }
            if seen.insert(world.outsider(subject)).inserted { entities.append(employee(world.outsider(subject), 1)) }
        }
        return entities.joined(separator: ",\n")
    }

    private func employee(_ id: EmploymentID, _ service: Int) -> String {
        entity("Employment", id.text, ["service": quoted(World.services[service])])
    }

    private func entities(of subject: Int) -> String {
        let holders = (0..<2).map { reference("Person", world.parent(subject, $0).text) }
        let grants = (1..<World.services.count).map { reference("Employment", world.employee(subject, $0).text) }
        let caseID = world.caseID(subject).text
        var consents: [String] = []
        for purpose in World.purposes {
            let parents = (0..<2).map { which in
                let isThere = which == 0 || !world.lacksConsents(subject)
                return "\"parent\(which)\": {\"services\": [\(isThere ? services : "")], "
                    + "\"from\": \(World.consentedFrom.milliseconds), \"until\": \(Int64.max)}"
            }
            consents.append("\(quoted(purpose.word)): {\(parents.joined(separator: ", "))}")
        }
        let file = entity(
            "Case", caseID,
            [
                "holder": reference("Employment", world.employee(subject, 0).text), "parents": list(holders),
                "grants": list(grants), "consents": "{\(consents.joined(separator: ", "))}",
            ])
        let invited = (0..<3).map { reference("Employment", world.employee(subject, $0).text) }
        let meeting = entity(
            "Meeting", world.meeting(subject).text, ["about": reference("Case", caseID), "invited": list(invited)])
        let persons = (0..<2).map { entity("Person", world.parent(subject, $0).text, [:]) }
        return ([file, meeting] + persons).joined(separator: ",\n")
    }

    private var services: String { World.services.map(quoted).joined(separator: ", ") }

    private func entity(_ type: String, _ id: String, _ attributes: [String: String]) -> String {
        let attributes = attributes.sorted { $0.key < $1.key }.map { "\(quoted($0.key)): \($0.value)" }
        return "{\"uid\": {\"type\": \(quoted(type)), \"id\": \(quoted(id))}, "
            + "\"attrs\": {\(attributes.joined(separator: ", "))}, \"parents\": []}"
    }

    private func reference(_ type: String, _ id: String) -> String {
        "{\"__entity\": {\"type\": \(quoted(type)), \"id\": \(quoted(id))}}"
    }

    private func list(_ items: [String]) -> String { "[\(items.joined(separator: ", "))]" }
    private func quoted(_ text: String) -> String { "\"\(text)\"" }

    // MARK: Requests

    /// Every kind of question about every case, by its own actor and by that of a case elsewhere.
    private func requests() -> [String] {
        var requests: [String] = []
        for subject in world.spread {
            for kind in Kind.allCases where kind != .participantReadsEntry {
                var question = kind.question(about: subject, in: world)
                requests.append(request(kind, question))
                question.actor = kind.question(about: world.subjects - 1 - subject, in: world).actor
                requests.append(request(kind, question))
            }
        }
        return requests
    }

    private func request(_ kind: Kind, _ question: Question) -> String {
        let principal: String =
            switch question.actor {
            case .employment(let id): "Employment::\\\"\(id.text)\\\""
            case .person(let id): "Person::\\\"\(id.text)\\\""
            case .proxy(let id): "Proxy::\\\"\(id.text)\\\""
            }
        let resource: String =
            switch question.object {
            case .caseID(let id): "Case::\\\"\(id.text)\\\""
            case .meeting(let id): "Meeting::\\\"\(id.text)\\\""
            case .person(let id): "Person::\\\"\(id.text)\\\""
            case .controller(let id): "Controller::\\\"\(id.text)\\\""
            }
        let isAllowed = measurement.decide(question).effect == .allow
        return "{\"kind\": \(quoted(kind.rawValue)), \"principal\": \"\(principal)\", "
            + "\"action\": \"Action::\\\"\(question.action.word)\\\"\", \"resource\": \"\(resource)\", "
            + "\"context\": {\"now\": \(World.now.milliseconds), \"purpose\": \(quoted(question.purpose.word))}, "
            + "\"allowed\": \(isAllowed)}"
    }
}
