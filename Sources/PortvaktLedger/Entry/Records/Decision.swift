internal import PortvaktCore

// A decision's bytes: everything but its effect and reasons, which stand in the leaf.

extension ByteWriter {
    mutating func write(_ decision: Decision) {
        write(decision.external.rawValue)
        write(listOf: decision.obligationCount)
        decision.forEachObligation { write($0.rawValue) }
        write(listOf: decision.evidenceCount)
        decision.forEachEvidence { write($0) }
        write(list: decision.missing) { $0.write($1) }
        write(optional: decision.subject) { $0.write($1.identifier) }
        write(optional: decision.caseID) { $0.write($1.identifier) }
        write(optional: decision.controller) { $0.write($1.identifier) }
        write(optional: decision.unit) { $0.write($1.identifier) }
        write(optional: decision.role) { $0.write($1.rawValue) }
        write(optional: decision.emergencyMinutes) { $0.write($1) }
        write(decision.holdsUntil.milliseconds)
    }

    private mutating func write(_ evidence: Evidence) {
        write(evidence.kind.rawValue)
        write(evidence.id)
        write(evidence.version.number)
    }

    private mutating func write(_ missing: Missing) {
        switch missing {
        case .consent(let giver, let purpose, let service, let unit):
            write(UInt8(1))
            write(giver)
            write(purpose.rawValue)
            write(optional: service) { $0.write($1.identifier) }
            write(optional: unit) { $0.write($1.identifier) }
        case .grant(let document, let caseID):
            write(UInt8(2))
            write(document.rawValue)
            write(caseID.identifier)
        }
    }
}

extension ByteReader {
    mutating func readDecision(effect: Effect, reasons: [Reason]) throws(EntryError) -> Decision {
        Decision(
            effect: effect, reasons: reasons, external: try readWord(),
            obligations: try readList { (reader) throws(EntryError) in try reader.readWord() },
            evidence: try readList { (reader) throws(EntryError) in try reader.readEvidence() },
            missing: try readList { (reader) throws(EntryError) in try reader.readMissing() },
            subject: try readOptional { (reader) throws(EntryError) in try reader.readID() },
            caseID: try readOptional { (reader) throws(EntryError) in try reader.readID() },
            controller: try readOptional { (reader) throws(EntryError) in try reader.readID() },
            unit: try readOptional { (reader) throws(EntryError) in try reader.readID() },
            role: try readOptional { (reader) throws(EntryError) in try reader.readWord() },
            emergencyMinutes: try readOptional { (reader) throws(EntryError) in try reader.readUInt32() },
            holdsUntil: try readInstant())
    }

    private mutating func readEvidence() throws(EntryError) -> Evidence {
        Evidence(kind: try readWord(), id: try readIdentifier(), version: Revision(try readUInt64()))
    }

    private mutating func readMissing() throws(EntryError) -> Missing {
        switch try readByte() {
        case 1:
            return .consent(
                from: try readParty(), purpose: try readWord(),
                service: try readOptional { (reader) throws(EntryError) in try reader.readCode() },
                unit: try readOptional { (reader) throws(EntryError) in try reader.readID() })
        case 2: return .grant(try readWord(), caseID: try readID())
        case let tag: throw error(.unknownValue(of: "Missing", tag), before: 1)
        }
    }
}
