internal import PortvaktCore

extension ByteWriter {
    mutating func write(_ event: Event) {
        switch event {
        case .registered(.grant(let grant)) where grant.hasWorkflow:
            write(UInt8(9))
            write(grant)
            write(grant.state.rawValue)
            write(optional: grant.under) { $0.write($1.identifier) }
            write(text: grant.reason ?? "")
        case .registered(let record):
            write(UInt8(1))
            write(record)
        case .consentWithdrawn(let id, let at):
            write(tag: 2, id.identifier)
            write(at.milliseconds)
        case .consentRevoked(let id, let at):
            write(tag: 3, id.identifier)
            write(at.milliseconds)
        case .consentInvalidated(let id): write(tag: 4, id.identifier)
        case .consentSpent(let id, let at):
            write(tag: 5, id.identifier)
            write(at.milliseconds)
        case .grantRevoked(let id, let at):
            write(tag: 6, id.identifier)
            write(at.milliseconds)
        case .systemDisabled(let id): write(tag: 7, id.identifier)
        case .profileActivated(let name, let hash, let from, let reason):
            write(tag: reason == nil ? 8 : 10, name)
            write(hash: hash)
            write(from.milliseconds)
            if let reason { write(text: reason) }
        }
    }

    private mutating func write(_ record: Record) {
        write(record.kind.rawValue)
        switch record {
        case .controller(let record): write(record)
        case .unit(let record): write(record)
        case .person(let record): write(record)
        case .relation(let record): write(record)
        case .authority(let record): write(record)
        case .capacity(let record): write(record)
        case .employment(let record): write(record)
        case .caseRecord(let record): write(record)
        case .handover(let record): write(record)
        case .grant(let record): write(record)
        case .consent(let record): write(record)
        case .meeting(let record): write(record)
        case .objection(let record): write(record)
        case .restriction(let record): write(record)
        case .discussion(let record): write(record)
        case .system(let record): write(record)
        case .anonymousDiscussion(let record): write(record)
        }
    }

    mutating func write(_ validity: Validity) {
        write(validity.from.milliseconds)
        write(validity.until.milliseconds)
    }
}

extension ByteReader {
    mutating func readEvent() throws(EntryError) -> Event {
        switch try readByte() {
        case 1: return .registered(try readRecord())
        case 2: return .consentWithdrawn(try readID(), at: try readInstant())
        case 3: return .consentRevoked(try readID(), at: try readInstant())
        case 4: return .consentInvalidated(try readID())
        case 5: return .consentSpent(try readID(), at: try readInstant())
        case 6: return .grantRevoked(try readID(), at: try readInstant())
        case 7: return .systemDisabled(try readID())
        case 8: return .profileActivated(name: try readIdentifier(), hash: try readHash(), from: try readInstant())
        case 9: return .registered(.grant(try readAskedGrant()))
        case 10:
            return .profileActivated(
                name: try readIdentifier(), hash: try readHash(), from: try readInstant(), reason: try readText())
        case let tag: throw error(.unknownValue(of: "Event", tag), before: 1)
        }
    }

    /// A grant with what became of the request for it.
    private mutating func readAskedGrant() throws(EntryError) -> Grant {
        var grant = try readGrant()
        grant.state = try readWord()
        grant.under = try readOptional { (reader) throws(EntryError) in try reader.readID() }
        let reason = try readText()
        grant.reason = reason.isEmpty ? nil : reason
        return grant
    }

    private mutating func readRecord() throws(EntryError) -> Record {
        switch try readWord(RecordKind.self) {
        case .controller: .controller(try readController())
        case .unit: .unit(try readUnit())
        case .person: .person(try readPerson())
        case .relation: .relation(try readRelation())
        case .authority: .authority(try readAuthority())
        case .capacity: .capacity(try readCapacity())
        case .employment: .employment(try readEmployment())
        case .caseRecord: .caseRecord(try readCase())
        case .handover: .handover(try readHandover())
        case .grant: .grant(try readGrant())
        case .consent: .consent(try readConsent())
        case .meeting: .meeting(try readMeeting())
        case .objection: .objection(try readObjection())
        case .restriction: .restriction(try readRestriction())
        case .discussion: .discussion(try readDiscussion())
        case .system: .system(try readSystem())
        case .anonymousDiscussion: .anonymousDiscussion(try readAnonymousDiscussion())
        }
    }

    mutating func readValidity() throws(EntryError) -> Validity {
        Validity(from: try readInstant(), until: try readInstant())
    }
}

extension Grant {
    /// It says more than the first form of the record could: that form is kept for all others, byte for byte.
    fileprivate var hasWorkflow: Bool { state != .granted || under != nil || reason != nil }
}
