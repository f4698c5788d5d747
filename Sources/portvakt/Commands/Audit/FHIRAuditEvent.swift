internal import PortvaktCore
internal import PortvaktWire

/// A decision as a FHIR R5 AuditEvent, in the shape of IHE BALP's «privacy disclosure» and «consent decision»: who (an
/// employment, its unit), through which system, about which patient, on what, for what purpose, how it came out.
struct FHIRAuditEvent {
    let json: JSONValue

    private static let actions: [Action: String] = [
        .logOpen: "C", .planCreate: "C", .consentGive: "C", .logRead: "R", .planRead: "R", .accessLogRead: "R",
        .statisticsRead: "R", .logWrite: "U", .planWrite: "U", .logClose: "U", .logReopen: "U", .logReassign: "U",
        .batonAccept: "U", .participantAdd: "U", .meetingRecordDecision: "U", .meetingRecordInLog: "U",
        .erasureRequest: "D",
    ]

    /// - Returns: `nil` for what is no decision, or has been erased.
    init?(_ entry: AuditEntry) {
        guard case .decision(let recorded) = entry.body else { return nil }
        let (question, decision) = (recorded.question, recorded.decision)
        var pairs: [(String, JSONValue)] = [
            ("resourceType", .string("AuditEvent")), ("id", .string(Self.id(entry.entry))),
            ("category", .array([Self.concept("http://terminology.hl7.org/CodeSystem/audit-event-type", "object")])),
            ("code", Self.coded("urn:portvakt:action", question.action.word)),
            ("action", .string(Self.actions[question.action] ?? "E")),
            ("severity", .string(question.emergency == nil ? "informational" : "warning")),
            ("occurredDateTime", .string(entry.time.rfc3339)), ("recorded", .string(entry.time.rfc3339)),
            ("outcome", Self.outcome(decision)),
            ("authorization", .array(Self.authorization(question))),
        ]
        if let subject = decision.subject {
            pairs.append(("patient", Self.reference("Patient", "urn:portvakt:person", subject.text)))
        }
        pairs += [
            ("agent", .array(Self.agents(entry, question, decision))),
            (
                "source",
                [
                    "observer": Self.reference("Device", "urn:portvakt:stream", entry.entry.stream)
                ]
            ), ("entity", .array(Self.entities(entry, question, decision, recorded.policyHash))),
        ]
        json = .object(JSONValue.KeyValues(pairs))
    }

    /// FHIR ids are letters, digits, `-` and `.`, at most 64.
    private static func id(_ entry: EntryReference) -> String {
        let words = "\(entry.stream)-\(entry.index)".map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        return String(words.suffix(64))
    }

    private static func concept(_ system: String, _ code: String) -> JSONValue {
        ["coding": .array([["system": .string(system), "code": .string(code)]])]
    }

    private static func coded(_ system: String, _ code: String) -> JSONValue { concept(system, code) }

    private static func reference(_ type: String, _ system: String, _ value: String) -> JSONValue {
        [
            "type": .string(type), "identifier": ["system": .string(system), "value": .string(value)],
        ]
    }

    private static func outcome(_ decision: Decision) -> JSONValue {
        let code = decision.effect == .allow ? "success" : "error"
        return [
            "code": [
                "system": .string("http://hl7.org/fhir/issue-severity"),
                "code": .string(code),
            ],
            "detail": .array(decision.reasons.map { coded("urn:portvakt:reason", $0.word) }),
        ]
    }

    /// The purpose, and the emergency as HL7's purpose of use has it.
    private static func authorization(_ question: Question) -> [JSONValue] {
        let purpose = coded("urn:portvakt:purpose", question.purpose.word)
        let emergency = coded("http://terminology.hl7.org/CodeSystem/v3-ActReason", "BTG")
        return question.emergency == nil ? [purpose] : [purpose, emergency]
    }

    private static func agents(_ entry: AuditEntry, _ question: Question, _ decision: Decision) -> [JSONValue] {
        let actor: JSONValue =
            switch question.actor {
            case .employment(let id): reference("PractitionerRole", "urn:portvakt:employment", id.text)
            case .person(let id): reference("RelatedPerson", "urn:portvakt:person", id.text)
            case .proxy(let id): reference("RelatedPerson", "urn:portvakt:grant", id.text)
            }
        var person: [(String, JSONValue)] = [
            ("type", coded("http://dicom.nema.org/resources/ontology/DCM", "110153")), ("who", actor),
            ("requestor", .bool(true)),
        ]
        if let role = decision.role {
            person.insert(("role", .array([coded("urn:portvakt:role", role.word)])), at: 1)
        }
        var agents: [JSONValue] = [.object(JSONValue.KeyValues(person))]
        if let unit = decision.unit {
            agents.append([
                "type": coded("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "custodian"),
                "who": reference("Organization", "urn:portvakt:unit", unit.text), "requestor": .bool(false),
            ])
        }
        agents.append([
            "type": coded("http://dicom.nema.org/resources/ontology/DCM", "110150"),
            "who": reference("Device", "urn:portvakt:system", entry.system.text), "requestor": .bool(false),
        ])
        return agents
    }

    private static func entities(
        _ entry: AuditEntry, _ question: Question, _ decision: Decision, _ policy: [UInt8]
    ) -> [JSONValue] {
        let object: JSONValue =
            switch question.object {
            case .caseID(let id): reference("EpisodeOfCare", "urn:portvakt:case", id.text)
            case .meeting(let id): reference("Encounter", "urn:portvakt:meeting", id.text)
            case .person(let id): reference("Patient", "urn:portvakt:person", id.text)
            case .controller(let id): reference("Organization", "urn:portvakt:controller", id.text)
            }
        func detail(_ name: String, _ value: String) -> JSONValue {
            ["type": ["text": .string(name)], "valueString": .string(value)]
        }
        let details = [
            detail("entry", entry.entry.reference), detail("revision", "\(entry.revision.number)"),
            detail("policy", Hexadecimal.text(policy)),
        ]
        let role = "http://terminology.hl7.org/CodeSystem/object-role"
        var entities: [JSONValue] = [
            ["what": object, "role": coded(role, "4"), "detail": .array(details)]
        ]
        for evidence in decision.evidence where evidence.kind == .consent {
            entities.append([
                "what": reference("Consent", "urn:portvakt:consent", evidence.id.text), "role": coded(role, "13"),
            ])
        }
        return entities
    }
}
