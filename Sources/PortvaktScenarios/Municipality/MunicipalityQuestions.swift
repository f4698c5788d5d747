public import PortvaktCore

extension Municipality {
    /// One of endlessly many questions; the same number gives the same question. Most are about children with a case,
    /// by somebody who takes part; some are by strangers.
    public func question(_ number: UInt64) -> Question {
        var random = SeededRandom(seed: settings.seed ^ 0x7175_6573_7469_6F6E, stream: number)
        let child = childWithCase(&random)
        let family = family(FamilySize.family(of: child.number))
        let action: Action = random.weighted([
            .logRead: 70, .logWrite: 8, .participantAdd: 4, .meetingAttend: 8, .logClose: 2, .accessLogRead: 4,
            .logOpen: 4,
        ])
        var question = Question(
            actor: actor(for: child, family, &random), action: action, object: .caseID(child.caseID))
        if action == .meetingAttend, child.plan?.meeting != nil {
            question.object = .meeting(MeetingID(made: "m\(child.number)"))
            if child.plan?.meeting == .fagmote { question.purpose = .fagmote_uten_familie }
        }
        if action == .participantAdd {
            question.participant = .unit(organisation.place("ppt", &random).unit.id)
        }
        if action == .logRead, random.chance(600) { question.entry = entry(child, &random) }
        return question
    }

    /// A child with a case, found by going on from a random one; any child when there is none near.
    private func childWithCase(_ random: inout SeededRandom) -> Child {
        var number = random.below(settings.subjects)
        var found = child(number)
        for _ in 0..<Self.attempts where found.plan == nil {
            number = (number + 1) % max(1, settings.subjects)
            found = child(number)
        }
        return found
    }

    /// How many children are looked at for one with a case.
    private static let attempts = 64

    func child(_ number: Int) -> Child {
        let family = family(FamilySize.family(of: number))
        return family.children[number - family.children[0].number]
    }

    private func actor(for child: Child, _ family: Family, _ random: inout SeededRandom) -> Actor {
        let participants = child.plan?.participantEmployments ?? []
        switch random.below(100) {
        case ..<30: return .employment(child.contact)
        case ..<60 where !participants.isEmpty: return .employment(participants[random.below(participants.count)])
        case ..<75: return .person(family.parents[0])
        case ..<85: return .person(family.parents[1])
        case ..<90: return .person(child.person)
        default: return .employment(organisation.anyEmployment(&random))
        }
    }

    private func entry(_ child: Child, _ random: inout SeededRandom) -> EntryLabels {
        let places = [child.home] + (child.plan?.participants ?? [])
        let author = places[random.below(places.count)].unit
        let category: Category =
            switch author.service.text {
            case "barnevern": .barnevern
            case "nav": .nav
            case "helsestasjon", "skolehelse", "bup", "fastlege", "psykisk_helse_rus": .health
            default: .education
            }
        return EntryLabels(category: category, about: [child.person], author: author.id)
    }
}
