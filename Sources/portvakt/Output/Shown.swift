internal import PortvaktCore

extension Party {
    /// `kind:id`, as flags take it.
    var shown: String {
        switch self {
        case .person(let id): "person:\(id)"
        case .unit(let id): "unit:\(id)"
        case .employment(let id): "employment:\(id)"
        }
    }
}

extension Actor {
    /// `kind:id`, as flags take it.
    var shown: String {
        switch self {
        case .employment(let id): "employment:\(id)"
        case .person(let id): "person:\(id)"
        case .proxy(let id): "proxy:\(id)"
        }
    }
}

extension Object {
    /// `kind:id`, as flags take it.
    var shown: String {
        switch self {
        case .caseID(let id): "case:\(id)"
        case .meeting(let id): "meeting:\(id)"
        case .person(let id): "person:\(id)"
        case .controller(let id): "controller:\(id)"
        }
    }
}

extension Effect {
    var style: Style {
        switch self {
        case .allow: .green
        case .deny: .red
        case .refer: .yellow
        }
    }
}

extension Missing {
    /// One sentence part.
    var shown: String {
        switch self {
        case .consent(let giver, let purpose, let service, let unit):
            let to = unit.map { " to unit \($0)" } ?? service.map { " to \($0)" } ?? ""
            return "a consent from \(giver.shown) for \(purpose.word)\(to)"
        case .grant(let document, let caseID): return "a grant on the \(document.word) of case \(caseID) to the actor"
        }
    }
}

extension Evidence {
    var shown: String { "\(kind.word) \(id) (version \(version.number))" }
}
