internal import PortvaktCore

// An audit entry's opening: everything but its call and revision, which stand in the leaf.

extension ByteWriter {
    mutating func write(_ record: AuditRecord) {
        write(optional: record.actor) { $0.write($1) }
        write(optional: record.role) { $0.write($1.rawValue) }
        write(optional: record.second) { $0.write($1) }
        write(list: record.subjects) { $0.write($1.identifier) }
        write(optional: record.caseID) { $0.write($1.identifier) }
        write(optional: record.controller) { $0.write($1.identifier) }
        write(list: record.entries) { writer, place in
            writer.write(place.stream.kind.rawValue)
            writer.write(place.stream.owner)
            writer.write(place.index)
        }
        write(optional: record.outcome) { $0.write($1.rawValue) }
        write(text: record.text)
    }
}

extension ByteReader {
    mutating func readAudit(
        _ call: AuditCall, at: Instant, system: SystemID, revision: Revision, requestID: Identifier?
    ) throws(EntryError) -> AuditRecord {
        AuditRecord(
            call: call, system: system, at: at, revision: revision,
            actor: try readOptional { (reader) throws(EntryError) in try reader.readActor() },
            role: try readOptional { (reader) throws(EntryError) in try reader.readWord() },
            second: try readOptional { (reader) throws(EntryError) in try reader.readActor() },
            subjects: try readList { (reader) throws(EntryError) in try reader.readID() },
            caseID: try readOptional { (reader) throws(EntryError) in try reader.readID() },
            controller: try readOptional { (reader) throws(EntryError) in try reader.readID() },
            entries: try readList { (reader) throws(EntryError) in try reader.readPlace() },
            outcome: try readOptional { (reader) throws(EntryError) in try reader.readWord() },
            text: try readText(), requestID: requestID)
    }

    private mutating func readPlace() throws(EntryError) -> AuditRecord.Place {
        let byte = try readByte()
        guard let kind = StreamKind(rawValue: byte) else {
            throw error(.unknownValue(of: "StreamKind", byte), before: 1)
        }
        return AuditRecord.Place(
            stream: StreamID(kind: kind, owner: try readIdentifier()), index: try readUInt64())
    }
}
