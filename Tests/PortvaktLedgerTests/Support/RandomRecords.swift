import PortvaktCore

// Random values of the whole model: every optional sometimes there, every list sometimes empty.
extension SeededGenerator {
    mutating func identifier() -> Identifier {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz-:/")
        let text = String((0..<number(1...40)).map { _ in alphabet.randomElement(using: &self)! })
        guard let identifier = try? Identifier(text) else { preconditionFailure("\(text) is no identifier") }
        return identifier
    }
    mutating func id<Kind>(_ kind: ID<Kind>.Type = ID<Kind>.self) -> ID<Kind> { ID(identifier()) }
    mutating func code<Kind>(_ kind: Code<Kind>.Type = Code<Kind>.self) -> Code<Kind> {
        guard let code = try? Code<Kind>(identifier().text) else { preconditionFailure("no code") }
        return code
    }
    mutating func instant() -> Instant { Instant(milliseconds: Int64.random(in: .min ... .max, using: &self)) }
    mutating func hash() -> [UInt8] { (0..<32).map { _ in UInt8.random(in: 0...255, using: &self) } }
    mutating func text() -> String {
        String((0..<number(0...30)).map { _ in "æøå abc".randomElement(using: &self)! })
    }
    mutating func validity() -> Validity { Validity(from: instant(), until: instant()) }

    mutating func party() -> Party {
        switch number(0...2) {
        case 0: .person(id())
        case 1: .unit(id())
        default: .employment(id())
        }
    }

    mutating func actor() -> Actor {
        switch number(0...2) {
        case 0: .employment(id())
        case 1: .person(id())
        default: .proxy(id())
        }
    }

    mutating func object() -> Object {
        switch number(0...3) {
        case 0: .caseID(id())
        case 1: .meeting(id())
        case 2: .person(id())
        default: .controller(id())
        }
    }

    mutating func consent() -> Consent {
        Consent(
            id: id(), scope: chance() ? .caseID(id()) : .subject(id()), givenBy: party(), capacity: word(),
            about: optional { $0.id() }, services: list { $0.code() }, units: list { $0.id() },
            purposes: list { $0.word() }, categories: optional { $0.list { $0.word() } },
            topicsExcluded: list { $0.code() }, personsExcluded: list { $0.id() }, form: word(), evidence: chance(),
            evidenceHash: chance() ? hash() : [], textVersion: optional { $0.identifier() }, informed: chance(),
            validity: validity(), once: chance(), state: word(), registeredAt: instant(),
            withdrawnAt: optional { $0.instant() }, spentAt: optional { $0.instant() }, meeting: optional { $0.id() })
    }

    mutating func labels() -> EntryLabels {
        EntryLabels(
            category: word(), about: list { $0.id() }, author: id(), topics: list { $0.code() },
            withheld: optional { $0.word() }, withheldUntil: optional { $0.instant() }, neededForFa: chance(),
            sameTreatment: chance())
    }

    mutating func question() -> Question {
        Question(
            actor: actor(), action: word(), object: object(), assurance: word(), purpose: word(),
            area: optional { $0.code() }, entry: optional { $0.labels() }, participant: optional { $0.party() },
            successor: optional { $0.id() }, consent: optional { $0.consent() },
            recipient: optional { $0.chance() ? .unit($0.id()) : $0.chance() ? .service($0.code()) : .person($0.id()) },
            ground: optional { $0.word() }, necessity: optional { $0.text() }, document: optional { $0.identifier() },
            need: chance(), identifies: optional { $0.chance() ? .freeText : .person($0.id()) },
            decides: optional { $0.word() },
            emergency: optional {
                Emergency(reason: $0.text(), anonymisedInsufficient: $0.chance(), minutes: UInt32($0.number(0...99999)))
            })
    }

    mutating func missing() -> Missing {
        chance()
            ? .grant(word(), caseID: id())
            : .consent(from: party(), purpose: word(), service: optional { $0.code() }, unit: optional { $0.id() })
    }

    mutating func decision() -> Decision {
        Decision(
            effect: word(), reasons: list { $0.word() }, external: word(), obligations: list { $0.word() },
            evidence: list { Evidence(kind: $0.word(), id: $0.identifier(), version: Revision($0.next())) },
            missing: list { $0.missing() }, subject: optional { $0.id() }, caseID: optional { $0.id() },
            controller: optional { $0.id() }, unit: optional { $0.id() }, role: optional { $0.word() },
            emergencyMinutes: optional { UInt32($0.number(0...99999)) }, holdsUntil: instant())
    }

    mutating func decisionRecord() -> DecisionRecord {
        DecisionRecord(
            question: question(), decision: decision(), system: id(), at: instant(), revision: Revision(next()),
            policyHash: hash(), requestID: optional { $0.identifier() })
    }

    mutating func change() -> Change {
        Change(
            event: event(), registeredAt: instant(), system: id(), actor: optional { $0.actor() }, controller: id(),
            requestID: optional { $0.identifier() })
    }

    mutating func event() -> Event {
        switch number(0...9) {
        case 0: .consentWithdrawn(id(), at: instant())
        case 1: .consentRevoked(id(), at: instant())
        case 2: .consentInvalidated(id())
        case 3: .consentSpent(id(), at: instant())
        case 4: .grantRevoked(id(), at: instant())
        case 5: .systemDisabled(id())
        case 6:
            .profileActivated(
                name: identifier(), hash: hash(), from: instant(), reason: optional { $0.text() })
        default: .registered(record(word()))
        }
    }
}
