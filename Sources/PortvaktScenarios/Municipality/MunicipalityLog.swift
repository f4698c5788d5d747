public import PortvaktCore

extension Municipality {
    /// The entries of one stafettlogg, as somebody who takes part in it asks for them: of every category, by every unit that
    /// takes part, about the child and a parent, some of them withheld. The same number gives the same log.
    public func log(
        _ number: UInt64, entries count: Int
    ) -> (question: Question, entries: [(id: Identifier, labels: EntryLabels)]) {
        var random = SeededRandom(seed: settings.seed ^ 0x6C6F_6767_6C6F_6767, stream: number)
        let child = childWithSharedLog(&random)
        let family = family(FamilySize.family(of: child.number))
        let reader = child.plan?.participantEmployments.first ?? child.contact
        let question = Question(actor: .employment(reader), action: .logRead, object: .caseID(child.caseID))
        let authors = ([child.home] + (child.plan?.participants ?? [])).map(\.unit.id)
        let entries = (0..<count).map { number in
            var labels = EntryLabels(
                category: Category.allCases[random.below(Category.allCases.count)],
                about: [random.chance(150) ? family.parents[0] : child.person],
                author: authors[random.below(authors.count)])
            if random.chance(90) { labels.withheld = .weighty }
            return (ID<EntryLabels>(made: "entry-\(number)").identifier, labels)
        }
        return (question, entries)
    }

    /// A child whose log is open and shared with consent, found by going on from a random one; any child when there is none.
    private func childWithSharedLog(_ random: inout SeededRandom) -> Child {
        let start = random.below(settings.subjects)
        for step in 0..<settings.subjects {
            let found = child((start + step) % settings.subjects)
            if let plan = found.plan, plan.log == .open, plan.consents == .complete, !plan.participants.isEmpty {
                return found
            }
        }
        return child(start)
    }
}
