internal import PortvaktCore

// A question's bytes: everything but its action and purpose, which stand in the leaf.

extension ByteWriter {
    mutating func write(_ question: Question) {
        write(question.actor)
        write(question.assurance.rawValue)
        write(question.object)
        write(question.need)
        // Most questions have none of the rest: one mask instead of a byte for each.
        let mask = Self.presence(question)
        write(mask)
        guard mask != 0 else { return }
        if let area = question.area { write(area.identifier) }
        if let entry = question.entry { write(entry) }
        if let participant = question.participant { write(participant) }
        if let successor = question.successor { write(successor.identifier) }
        if let consent = question.consent { write(consent) }
        if let recipient = question.recipient { write(recipient) }
        if let ground = question.ground { write(ground.rawValue) }
        if let necessity = question.necessity { write(text: necessity) }
        if let document = question.document { write(document) }
        if let identifies = question.identifies { write(identifies) }
        if let decides = question.decides { write(decides.rawValue) }
        if let emergency = question.emergency { write(emergency) }
    }

    private static func presence(_ question: Question) -> UInt16 {
        func bit(_ place: UInt16, _ isThere: Bool) -> UInt16 { isThere ? 1 << place : 0 }
        let first = bit(0, question.area != nil) | bit(1, question.entry != nil) | bit(2, question.participant != nil)
        let second = bit(3, question.successor != nil) | bit(4, question.consent != nil)
        let third = bit(5, question.recipient != nil) | bit(6, question.ground != nil)
        let fourth = bit(7, question.necessity != nil) | bit(8, question.document != nil)
        let fifth = bit(9, question.identifies != nil) | bit(10, question.decides != nil)
        return first | second | third | fourth | fifth | bit(11, question.emergency != nil)
    }

    mutating func write(_ actor: Actor) {
        switch actor {
        case .employment(let id): write(tag: 1, id.identifier)
        case .person(let id): write(tag: 2, id.identifier)
        case .proxy(let id): write(tag: 3, id.identifier)
        }
    }

    mutating func write(_ object: Object) {
        switch object {
        case .caseID(let id): write(tag: 1, id.identifier)
        case .meeting(let id): write(tag: 2, id.identifier)
        case .person(let id): write(tag: 3, id.identifier)
        case .controller(let id): write(tag: 4, id.identifier)
        }
    }

    mutating func write(_ party: Party) {
        switch party {
        case .person(let id): write(tag: 1, id.identifier)
        case .unit(let id): write(tag: 2, id.identifier)
        case .employment(let id): write(tag: 3, id.identifier)
        }
    }

    private mutating func write(_ recipient: Recipient) {
        switch recipient {
        case .unit(let id): write(tag: 1, id.identifier)
        case .service(let service): write(tag: 2, service.identifier)
        case .person(let id): write(tag: 3, id.identifier)
        }
    }

    private mutating func write(_ attempt: IdentityAttempt) {
        switch attempt {
        case .person(let id): write(tag: 1, id.identifier)
        case .freeText: write(UInt8(2))
        }
    }

    private mutating func write(_ labels: EntryLabels) {
        write(labels.category.rawValue)
        write(list: labels.about) { $0.write($1.identifier) }
        write(labels.author.identifier)
        write(list: labels.topics) { $0.write($1.identifier) }
        write(optional: labels.withheld) { $0.write($1.rawValue) }
        write(optional: labels.withheldUntil) { $0.write($1.milliseconds) }
        write(labels.neededForFa)
        write(labels.sameTreatment)
    }

    private mutating func write(_ emergency: Emergency) {
        write(text: emergency.reason)
        write(emergency.anonymisedInsufficient)
        write(emergency.minutes)
    }

    mutating func write(tag: UInt8, _ identifier: Identifier) {
        write(tag)
        write(identifier)
    }
}

extension ByteReader {
    mutating func readQuestion(action: Action, purpose: Purpose) throws(EntryError) -> Question {
        let actor = try readActor()
        let assurance = try readWord(Assurance.self)
        let object = try readObject()
        let need = try readBool()
        let mask = try readUInt16()
        guard mask < 1 << 12 else { throw error(.wrongSize(of: "the mask of a question"), before: 2) }
        func has(_ bit: UInt16) -> Bool { mask & (1 << bit) != 0 }
        var question = Question(
            actor: actor, action: action, object: object, assurance: assurance, purpose: purpose, need: need)
        if has(0) { question.area = try readCode() }
        if has(1) { question.entry = try readLabels() }
        if has(2) { question.participant = try readParty() }
        if has(3) { question.successor = try readID() }
        if has(4) { question.consent = try readConsent() }
        if has(5) { question.recipient = try readRecipient() }
        if has(6) { question.ground = try readWord() }
        if has(7) { question.necessity = try readText() }
        if has(8) { question.document = try readIdentifier() }
        if has(9) { question.identifies = try readAttempt() }
        if has(10) { question.decides = try readWord() }
        if has(11) { question.emergency = try readEmergency() }
        return question
    }

    mutating func readActor() throws(EntryError) -> Actor {
        switch try readByte() {
        case 1: return .employment(try readID())
        case 2: return .person(try readID())
        case 3: return .proxy(try readID())
        case let tag: throw error(.unknownValue(of: "Actor", tag), before: 1)
        }
    }

    mutating func readObject() throws(EntryError) -> Object {
        switch try readByte() {
        case 1: return .caseID(try readID())
        case 2: return .meeting(try readID())
        case 3: return .person(try readID())
        case 4: return .controller(try readID())
        case let tag: throw error(.unknownValue(of: "Object", tag), before: 1)
        }
    }

    mutating func readParty() throws(EntryError) -> Party {
        switch try readByte() {
        case 1: return .person(try readID())
        case 2: return .unit(try readID())
        case 3: return .employment(try readID())
        case let tag: throw error(.unknownValue(of: "Party", tag), before: 1)
        }
    }

    private mutating func readRecipient() throws(EntryError) -> Recipient {
        switch try readByte() {
        case 1: return .unit(try readID())
        case 2: return .service(try readCode())
        case 3: return .person(try readID())
        case let tag: throw error(.unknownValue(of: "Recipient", tag), before: 1)
        }
    }

    private mutating func readAttempt() throws(EntryError) -> IdentityAttempt {
        switch try readByte() {
        case 1: return .person(try readID())
        case 2: return .freeText
        case let tag: throw error(.unknownValue(of: "IdentityAttempt", tag), before: 1)
        }
    }

    private mutating func readLabels() throws(EntryError) -> EntryLabels {
        EntryLabels(
            category: try readWord(),
            about: try readList { (reader) throws(EntryError) in try reader.readID() },
            author: try readID(),
            topics: try readList { (reader) throws(EntryError) in try reader.readCode() },
            withheld: try readOptional { (reader) throws(EntryError) in try reader.readWord() },
            withheldUntil: try readOptional { (reader) throws(EntryError) in try reader.readInstant() },
            neededForFa: try readBool(), sameTreatment: try readBool())
    }

    private mutating func readEmergency() throws(EntryError) -> Emergency {
        Emergency(reason: try readText(), anonymisedInsufficient: try readBool(), minutes: try readUInt32())
    }
}
