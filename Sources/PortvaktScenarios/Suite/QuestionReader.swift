internal import PortvaktCore

/// Reads a check's `ask`.
struct QuestionReader {
    let references: References

    /// The question, and the calling system when it is stated.
    func question(_ value: ValueReader) -> (question: Question, system: AskingSystem?)? {
        value.mapping { mapping in
            let actor = mapping.required("actor").flatMap { readActor($0) }
            let action: Action? = mapping.required("action")?.word()
            let object = mapping.required("on").flatMap { readObject($0) }
            let system = mapping.optional("system").flatMap { readSystem($0) }
            var question = Question(
                actor: actor?.actor ?? .person(Self.nobody), action: action ?? .logRead,
                object: object ?? .person(Self.nobody), assurance: actor?.assurance ?? .high)
            readWhat(&question, mapping)
            readGrounds(&question, mapping)
            question.consent = mapping.optional("consent").flatMap { readConsent($0, on: object) }
            guard actor != nil, action != nil, object != nil else { return nil }
            return (question, system)
        }
    }

    /// Stands in while the rest of a question is read whose actor or object is wrong; it never leaves the reader.
    private static let nobody = PersonID(Identifier.placeholder)

    private func readWhat(_ question: inout Question, _ mapping: MappingReader) {
        question.purpose = mapping.optional("purpose")?.word() ?? .samordning
        question.area = mapping.optional("area")?.code()
        question.entry = mapping.optional("entry").flatMap { readEntry($0) }
        question.participant = references.party(
            mapping.optional("participant"), among: [.unit, .employment, .person])
        question.successor = references.employment(mapping.optional("successor"))
        question.recipient = mapping.optional("recipient").flatMap { readRecipient($0) }
    }

    private func readGrounds(_ question: inout Question, _ mapping: MappingReader) {
        question.ground = mapping.optional("ground")?.word()
        question.necessity = mapping.optional("necessity")?.text()
        question.document = mapping.optional("document")?.identifier()
        question.need = mapping.bool("need", default: true)
        question.identifies = mapping.optional("identifies").flatMap { readIdentity($0) }
        question.decides = mapping.optional("decides")?.word()
        question.emergency = mapping.optional("emergency").flatMap { readEmergency($0) }
    }

    private func readActor(_ value: ValueReader) -> (actor: Actor, assurance: Assurance)? {
        value.mapping { mapping in
            let employment = references.employment(mapping.optional("employment"))
            let person = references.person(mapping.optional("person"))
            let proxy = references.grant(mapping.optional("proxy"))
            let unknown: PersonID? = unknownID(mapping.optional("unknown"), isKnown: references.known.isPerson)
            let assurance: Assurance = mapping.optional("loa")?.word() ?? .high
            requireOne(of: ["employment", "person", "proxy", "unknown"], in: mapping)
            let found = [
                employment.map(Actor.employment), person.map(Actor.person), proxy.map(Actor.proxy),
                unknown.map(Actor.person),
            ]
            return found.compactMap { $0 }.first.map { ($0, assurance) }
        }
    }

    private func readObject(_ value: ValueReader) -> Object? {
        value.mapping { mapping in
            let caseID = references.caseID(mapping.optional("case"))
            let meeting = references.meeting(mapping.optional("meeting"))
            let person = references.person(mapping.optional("person"))
            let controller = references.controller(mapping.optional("controller"))
            let unknown: CaseID? = unknownID(mapping.optional("unknown")) {
                references.known.contains($0, as: .caseRecord)
            }
            requireOne(of: ["case", "meeting", "person", "controller", "unknown"], in: mapping)
            let found = [
                caseID.map(Object.caseID), meeting.map(Object.meeting), person.map(Object.person),
                controller.map(Object.controller), unknown.map(Object.caseID),
            ]
            return found.compactMap { $0 }.first
        }
    }

    /// An id that no record has; one that a record has would make the check say something else than it reads.
    private func unknownID<Kind>(_ value: ValueReader?, isKnown: (Identifier) -> Bool) -> ID<Kind>? {
        guard let value, let id = value.identifier() else { return nil }
        // Asked of a service the id would be taken for one that is there, and answered as such.
        guard !references.known.isPartial else {
            value.fail("is said to be unknown, which only a scenario can: say what it is")
            return nil
        }
        guard !isKnown(id) else {
            value.fail("is said to be unknown, but a record has this id")
            return nil
        }
        return ID(id)
    }

    private func requireOne(of keys: [String], in mapping: MappingReader) {
        let given = mapping.keys.filter(keys.contains)
        if given.count != 1 { mapping.whole.fail("expected exactly one of \(keys.joined(separator: ", "))") }
    }

    private func readEntry(_ value: ValueReader) -> EntryLabels? {
        value.mapping { mapping in
            let category: Category? = mapping.required("category")?.word()
            let about = mapping.optional("about")?.list { references.person($0) } ?? []
            let author = references.unit(mapping.required("author"))
            let topics: [Topic] = mapping.optional("topics")?.list { $0.code() } ?? []
            let withheld: Withheld? = mapping.optional("withheld")?.word()
            let withheldUntil = mapping.optional("withheld_until")?.instant()
            let neededForFa = mapping.bool("needed_for_fa")
            let sameTreatment = mapping.bool("same_treatment")
            guard let category, let author else { return nil }
            return EntryLabels(
                category: category, about: about, author: author, topics: topics, withheld: withheld,
                withheldUntil: withheldUntil, neededForFa: neededForFa, sameTreatment: sameTreatment)
        }
    }

    private func readRecipient(_ value: ValueReader) -> Recipient? {
        value.mapping { mapping in
            let unit = references.unit(mapping.optional("unit"))
            let service: Service? = mapping.optional("service")?.code()
            let person = references.person(mapping.optional("person"))
            requireOne(of: ["unit", "service", "person"], in: mapping)
            let found = [
                unit.map(Recipient.unit), service.map(Recipient.service), person.map(Recipient.person),
            ]
            return found.compactMap { $0 }.first
        }
    }

    private func readIdentity(_ value: ValueReader) -> IdentityAttempt? {
        value.mapping { mapping in
            let person = references.person(mapping.optional("person"))
            let freeText = mapping.bool("free_text")
            requireOne(of: ["person", "free_text"], in: mapping)
            return person.map(IdentityAttempt.person) ?? (freeText ? .freeText : nil)
        }
    }

    private func readEmergency(_ value: ValueReader) -> Emergency? {
        value.mapping { mapping in
            let reason = mapping.required("reason")?.text()
            let insufficient = mapping.required("anonymised_insufficient")?.bool()
            let minutes = mapping.required("minutes")?.int(in: 0...Int(UInt32.max))
            guard let reason, let insufficient, let minutes else { return nil }
            return Emergency(reason: reason, anonymisedInsufficient: insufficient, minutes: UInt32(minutes))
        }
    }

    /// For consent.give: the consent as it would be registered; it names the question's object unless it says otherwise.
    private func readConsent(_ value: ValueReader, on object: Object?) -> Consent? {
        value.mapping { mapping in
            let reader = RecordReader(references: references)
            let id: ConsentID = mapping.optional("id")?.id() ?? ConsentID(Identifier.placeholder)
            let stated = reader.scope(mapping)
            let implied: ConsentScope? =
                switch object {
                case .caseID(let id)?: .caseID(id)
                case .person(let id)?: .subject(id)
                default: nil
                }
            let scope = stated ?? implied
            if scope == nil, object != nil { mapping.whole.fail("a consent is about a case or a person") }
            return reader.terms(mapping, id: id, scope: scope ?? .subject(PersonID(Identifier.placeholder)))
        }
    }

    private func readSystem(_ value: ValueReader) -> AskingSystem? {
        value.mapping { mapping in
            let id: SystemID? = mapping.required("id")?.id()
            let controllers = mapping.optional("controllers")?.list { references.controller($0) }
            let actions: [Action]? = mapping.optional("actions")?.list { $0.word() }
            return id.map {
                AskingSystem(id: $0, controllers: controllers.map(Set.init), actions: actions.map(Set.init))
            }
        }
    }
}

extension Identifier {
    /// The id of a consent that is asked about and not registered, when the question gives none.
    static let placeholder: Identifier = {
        guard let identifier = try? Identifier("unregistered") else { preconditionFailure("a valid identifier") }
        return identifier
    }()
}
