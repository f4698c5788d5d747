internal import PortvaktCore

// Records of bodies, persons and systems. The order of the fields is the format: never changed, only replaced by a
// new version of the entry.

extension ByteWriter {
    mutating func write(_ record: Controller) {
        write(record.id.identifier)
        write(record.kind.rawValue)
    }

    mutating func write(_ record: Unit) {
        write(record.id.identifier)
        write(record.service.identifier)
        write(record.controller.identifier)
        write(record.organ.identifier)
        write(optional: record.namedIn) { $0.write($1.identifier) }
        write(optional: record.closedAt) { $0.write($1.milliseconds) }
    }

    mutating func write(_ record: Person) {
        write(record.id.identifier)
        write(optional: record.born) { $0.write(UInt32(bitPattern: $1.daysSinceEpoch)) }
        write(record.protection.rawValue)
        write(list: record.hiddenFrom) { $0.write($1.identifier) }
        write(optional: record.deceased) { $0.write($1.milliseconds) }
        write(list: record.circle) { $0.write($1.identifier) }
    }

    mutating func write(_ record: Relation) {
        write(record.id.identifier)
        write(record.a.identifier)
        write(record.b.identifier)
        write(record.kind.rawValue)
        write(record.declared.rawValue)
    }

    mutating func write(_ record: Authority) {
        write(record.id.identifier)
        write(record.holder)
        write(record.over.identifier)
        write(record.kind.rawValue)
        write(list: record.mandate) { $0.write($1.rawValue) }
        write(record.status.rawValue)
        write(record.resident)
        write(record.sole)
        write(record.validity)
        write(optional: record.document) { $0.write($1) }
    }

    mutating func write(_ record: Capacity) {
        write(record.id.identifier)
        write(record.person.identifier)
        write(record.fact.rawValue)
        write(optional: record.by) { $0.write($1.identifier) }
        write(optional: record.document) { $0.write($1) }
        write(record.validity)
    }

    mutating func write(_ record: Employment) {
        write(record.id.identifier)
        write(record.person.identifier)
        write(record.unit.identifier)
        write(record.role.rawValue)
        write(optional: record.forController) { $0.write($1.identifier) }
        write(record.validity)
    }

    mutating func write(_ record: System) {
        write(record.id.identifier)
        switch record.identity {
        case .organizationNumber(let digits):
            write(UInt8(1))
            write(text: digits)
        case .spiffe(let uri):
            write(UInt8(2))
            write(text: uri)
        }
        write(list: record.controllers) { $0.write($1.identifier) }
        write(list: record.permissions) { $0.write($1.rawValue) }
        write(optional: record.actions) { $0.write(list: $1) { $0.write($1.rawValue) } }
        write(record.active)
    }
}

extension ByteReader {
    mutating func readController() throws(EntryError) -> Controller {
        Controller(id: try readID(), kind: try readWord())
    }

    mutating func readUnit() throws(EntryError) -> Unit {
        Unit(
            id: try readID(), service: try readCode(), controller: try readID(), organ: try readID(),
            namedIn: try readOptional { (reader) throws(EntryError) in try reader.readID() },
            closedAt: try readOptional { (reader) throws(EntryError) in try reader.readInstant() })
    }

    mutating func readPerson() throws(EntryError) -> Person {
        Person(
            id: try readID(), born: try readOptional { (reader) throws(EntryError) in try reader.readDate() },
            protection: try readWord(),
            hiddenFrom: try readList { (reader) throws(EntryError) in try reader.readID() },
            deceased: try readOptional { (reader) throws(EntryError) in try reader.readInstant() },
            circle: try readList { (reader) throws(EntryError) in try reader.readID() })
    }

    private mutating func readDate() throws(EntryError) -> CivilDate {
        CivilDate(daysSinceEpoch: Int32(bitPattern: try readUInt32()))
    }

    mutating func readRelation() throws(EntryError) -> Relation {
        Relation(
            id: try readID(), a: try readID(), b: try readID(), kind: try readWord(), declared: try readWord())
    }

    mutating func readAuthority() throws(EntryError) -> Authority {
        Authority(
            id: try readID(), holder: try readParty(), over: try readID(), kind: try readWord(),
            mandate: try readList { (reader) throws(EntryError) in try reader.readWord() },
            status: try readWord(), resident: try readBool(), sole: try readBool(), validity: try readValidity(),
            document: try readOptional { (reader) throws(EntryError) in try reader.readIdentifier() })
    }

    mutating func readCapacity() throws(EntryError) -> Capacity {
        Capacity(
            id: try readID(), person: try readID(), fact: try readWord(),
            by: try readOptional { (reader) throws(EntryError) in try reader.readID() },
            document: try readOptional { (reader) throws(EntryError) in try reader.readIdentifier() },
            validity: try readValidity())
    }

    mutating func readEmployment() throws(EntryError) -> Employment {
        Employment(
            id: try readID(), person: try readID(), unit: try readID(), role: try readWord(),
            forController: try readOptional { (reader) throws(EntryError) in try reader.readID() },
            validity: try readValidity())
    }

    mutating func readSystem() throws(EntryError) -> System {
        System(
            id: try readID(), identity: try readIdentity(),
            controllers: try readList { (reader) throws(EntryError) in try reader.readID() },
            permissions: try readList { (reader) throws(EntryError) in try reader.readWord() },
            actions: try readOptional { (reader) throws(EntryError) in
                try reader.readList { (reader) throws(EntryError) in try reader.readWord() }
            },
            active: try readBool())
    }

    private mutating func readIdentity() throws(EntryError) -> System.Identity {
        switch try readByte() {
        case 1: return .organizationNumber(try readText())
        case 2: return .spiffe(try readText())
        case let tag: throw error(.unknownValue(of: "System.Identity", tag), before: 1)
        }
    }
}
