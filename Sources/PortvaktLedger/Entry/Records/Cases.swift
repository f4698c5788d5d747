internal import PortvaktCore

// Records of cases, grants, consents and meetings. The order of the fields is the format: never changed, only
// replaced by a new version of the entry.

extension ByteWriter {
    mutating func write(_ record: Case) {
        write(record.id.identifier)
        write(record.subject.identifier)
        write(record.controller.identifier)
        write(record.level)
        write(record.log.rawValue)
        write(optional: record.closedAt) { $0.write($1.milliseconds) }
        write(optional: record.holder) { $0.write($1.identifier) }
        write(record.plan.rawValue)
        write(optional: record.planKind) { $0.write($1.rawValue) }
        write(list: record.seMegSteps) { $0.write($1.rawValue) }
        write(record.kind.rawValue)
        write(record.partyByNemnd)
        write(list: record.sensitive) { $0.write($1.identifier) }
    }

    mutating func write(_ record: Handover) {
        write(record.id.identifier)
        write(record.caseID.identifier)
        write(record.from.identifier)
        write(record.to.identifier)
        write(record.state.rawValue)
    }

    mutating func write(_ record: Grant) {
        write(record.id.identifier)
        write(record.caseID.identifier)
        write(record.to)
        write(record.role.rawValue)
        write(record.document.rawValue)
        write(optional: record.areas) { $0.write(list: $1) { $0.write($1.identifier) } }
        write(record.validity)
        write(optional: record.grantedBy) { $0.write($1) }
        write(optional: record.meeting) { $0.write($1.identifier) }
        write(record.measure)
        write(optional: record.revokedAt) { $0.write($1.milliseconds) }
    }

    mutating func write(_ record: Consent) {
        write(record.id.identifier)
        switch record.scope {
        case .caseID(let id): write(tag: 1, id.identifier)
        case .subject(let id): write(tag: 2, id.identifier)
        }
        write(record.givenBy)
        write(record.capacity.rawValue)
        write(optional: record.about) { $0.write($1.identifier) }
        write(list: record.services) { $0.write($1.identifier) }
        write(list: record.units) { $0.write($1.identifier) }
        write(list: record.purposes) { $0.write($1.rawValue) }
        write(optional: record.categories) { $0.write(list: $1) { $0.write($1.rawValue) } }
        write(list: record.topicsExcluded) { $0.write($1.identifier) }
        write(list: record.personsExcluded) { $0.write($1.identifier) }
        write(record.form.rawValue)
        write(record.evidence)
        write(hash: record.evidenceHash)
        write(optional: record.textVersion) { $0.write($1) }
        write(record.informed)
        write(record.validity)
        write(record.once)
        write(record.state.rawValue)
        write(record.registeredAt.milliseconds)
        write(optional: record.withdrawnAt) { $0.write($1.milliseconds) }
        write(optional: record.spentAt) { $0.write($1.milliseconds) }
        write(optional: record.meeting) { $0.write($1.identifier) }
    }

    mutating func write(_ record: Meeting) {
        write(record.id.identifier)
        write(record.type.rawValue)
        write(optional: record.caseID) { $0.write($1.identifier) }
        write(record.convenedBy.identifier)
        write(list: record.invited) { $0.write($1) }
        write(list: record.present) { $0.write($1.identifier) }
        write(record.familyPresent)
        write(record.anonymous)
        write(record.level.rawValue)
        write(optional: record.starts) { $0.write($1.milliseconds) }
        write(optional: record.endedAt) { $0.write($1.milliseconds) }
    }

    mutating func write(_ record: Objection) {
        write(record.id.identifier)
        write(record.by.identifier)
        write(record.caseID.identifier)
        write(record.service.identifier)
    }

    mutating func write(_ record: Restriction) {
        write(record.id.identifier)
        write(record.subject.identifier)
        write(record.against.identifier)
        write(record.kind.rawValue)
        write(optional: record.until) { $0.write($1.milliseconds) }
    }

    mutating func write(_ record: Discussion) {
        write(record.id.identifier)
        write(record.person.identifier)
        write(record.unit.identifier)
        write(record.started.milliseconds)
    }

    mutating func write(_ record: AnonymousDiscussion) {
        write(record.id.identifier)
        write(record.meeting.identifier)
        write(list: record.services) { $0.write($1.identifier) }
        write(record.topic.identifier)
        write(record.ageBand.rawValue)
    }
}

extension ByteReader {
    mutating func readCase() throws(EntryError) -> Case {
        Case(
            id: try readID(), subject: try readID(), controller: try readID(), level: try readByte(),
            log: try readWord(), closedAt: try readOptional { (reader) throws(EntryError) in try reader.readInstant() },
            holder: try readOptional { (reader) throws(EntryError) in try reader.readID() }, plan: try readWord(),
            planKind: try readOptional { (reader) throws(EntryError) in try reader.readWord() },
            seMegSteps: try readList { (reader) throws(EntryError) in try reader.readWord() }, kind: try readWord(),
            partyByNemnd: try readBool(),
            sensitive: try readList { (reader) throws(EntryError) in try reader.readCode() })
    }

    mutating func readHandover() throws(EntryError) -> Handover {
        Handover(
            id: try readID(), caseID: try readID(), from: try readID(), to: try readID(), state: try readWord())
    }

    mutating func readGrant() throws(EntryError) -> Grant {
        Grant(
            id: try readID(), caseID: try readID(), to: try readParty(), role: try readWord(),
            document: try readWord(),
            areas: try readOptional { (reader) throws(EntryError) in
                try reader.readList { (reader) throws(EntryError) in try reader.readCode() }
            },
            validity: try readValidity(),
            grantedBy: try readOptional { (reader) throws(EntryError) in try reader.readParty() },
            meeting: try readOptional { (reader) throws(EntryError) in try reader.readID() },
            measure: try readBool(),
            revokedAt: try readOptional { (reader) throws(EntryError) in try reader.readInstant() })
    }

    private mutating func readScope() throws(EntryError) -> ConsentScope {
        switch try readByte() {
        case 1: return .caseID(try readID())
        case 2: return .subject(try readID())
        case let tag: throw error(.unknownValue(of: "ConsentScope", tag), before: 1)
        }
    }

    mutating func readConsent() throws(EntryError) -> Consent {
        Consent(
            id: try readID(), scope: try readScope(), givenBy: try readParty(), capacity: try readWord(),
            about: try readOptional { (reader) throws(EntryError) in try reader.readID() },
            services: try readList { (reader) throws(EntryError) in try reader.readCode() },
            units: try readList { (reader) throws(EntryError) in try reader.readID() },
            purposes: try readList { (reader) throws(EntryError) in try reader.readWord() },
            categories: try readOptional { (reader) throws(EntryError) in
                try reader.readList { (reader) throws(EntryError) in try reader.readWord() }
            },
            topicsExcluded: try readList { (reader) throws(EntryError) in try reader.readCode() },
            personsExcluded: try readList { (reader) throws(EntryError) in try reader.readID() },
            form: try readWord(), evidence: try readBool(), evidenceHash: try readHash(),
            textVersion: try readOptional { (reader) throws(EntryError) in try reader.readIdentifier() },
            informed: try readBool(), validity: try readValidity(), once: try readBool(), state: try readWord(),
            registeredAt: try readInstant(),
            withdrawnAt: try readOptional { (reader) throws(EntryError) in try reader.readInstant() },
            spentAt: try readOptional { (reader) throws(EntryError) in try reader.readInstant() },
            meeting: try readOptional { (reader) throws(EntryError) in try reader.readID() })
    }

    mutating func readMeeting() throws(EntryError) -> Meeting {
        Meeting(
            id: try readID(), type: try readWord(),
            caseID: try readOptional { (reader) throws(EntryError) in try reader.readID() },
            convenedBy: try readID(),
            invited: try readList { (reader) throws(EntryError) in try reader.readParty() },
            present: try readList { (reader) throws(EntryError) in try reader.readID() },
            familyPresent: try readBool(), anonymous: try readBool(), level: try readWord(),
            starts: try readOptional { (reader) throws(EntryError) in try reader.readInstant() },
            endedAt: try readOptional { (reader) throws(EntryError) in try reader.readInstant() })
    }

    mutating func readObjection() throws(EntryError) -> Objection {
        Objection(id: try readID(), by: try readID(), caseID: try readID(), service: try readCode())
    }

    mutating func readRestriction() throws(EntryError) -> Restriction {
        Restriction(
            id: try readID(), subject: try readID(), against: try readID(), kind: try readWord(),
            until: try readOptional { (reader) throws(EntryError) in try reader.readInstant() })
    }

    mutating func readDiscussion() throws(EntryError) -> Discussion {
        Discussion(id: try readID(), person: try readID(), unit: try readID(), started: try readInstant())
    }

    mutating func readAnonymousDiscussion() throws(EntryError) -> AnonymousDiscussion {
        AnonymousDiscussion(
            id: try readID(), meeting: try readID(),
            services: try readList { (reader) throws(EntryError) in try reader.readCode() }, topic: try readCode(),
            ageBand: try readWord())
    }
}
