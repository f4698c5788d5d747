import CPortvaktProto
import CProtobufC
import PortvaktCore
import PortvaktWire
import Testing

@Suite("The proto files and the model are one contract")
struct ContractTests {
    /// The members of a generated enum but for the one that stands for nothing.
    func members(_ descriptor: ProtobufCEnumDescriptor) -> [String: UInt32] {
        var members: [String: UInt32] = [:]
        for index in 0..<Int(descriptor.n_values) {
            let value = descriptor.values[index]
            members[String(cString: value.name)] = UInt32(bitPattern: value.value)
        }
        return members
    }

    /// A word as an enum's member writes it.
    func name<Word: Vocabulary>(_ word: Word) -> String {
        if let band = word as? AgeBand {
            return band == .adult ? "ADULT" : "FROM_" + band.word.replacing("-", with: "_TO_")
        }
        return word.word.uppercased().replacing(".", with: "_").replacing("-", with: "_")
    }

    func same<Word: Vocabulary>(_ type: Word.Type, _ prefix: String, _ descriptor: ProtobufCEnumDescriptor) {
        var expected = [prefix + "_UNSPECIFIED": UInt32(0)]
        for word in Word.allCases { expected[prefix + "_" + name(word)] = UInt32(word.rawValue) }
        #expect(members(descriptor) == expected)
    }

    @Test("Every word has its own number on the wire")
    func vocabularies() {
        same(Effect.self, "EFFECT", portvakt__v1__effect__descriptor)
        same(ExternalAnswer.self, "EXTERNAL_ANSWER", portvakt__v1__external_answer__descriptor)
        same(Reason.self, "REASON", portvakt__v1__reason__descriptor)
        same(Obligation.self, "OBLIGATION", portvakt__v1__obligation__descriptor)
        same(Action.self, "ACTION", portvakt__v1__action__descriptor)
        same(Purpose.self, "PURPOSE", portvakt__v1__purpose__descriptor)
        same(Assurance.self, "ASSURANCE", portvakt__v1__assurance__descriptor)
        same(Category.self, "CATEGORY", portvakt__v1__category__descriptor)
        same(Withheld.self, "WITHHELD", portvakt__v1__withheld__descriptor)
        same(Ground.self, "GROUND", portvakt__v1__ground__descriptor)
        same(MeetingDecision.self, "MEETING_DECISION", portvakt__v1__meeting_decision__descriptor)
        same(ControllerKind.self, "CONTROLLER_KIND", portvakt__v1__controller_kind__descriptor)
        same(Protection.self, "PROTECTION", portvakt__v1__protection__descriptor)
        same(RelationKind.self, "RELATION_KIND", portvakt__v1__relation_kind__descriptor)
        same(Declared.self, "DECLARED", portvakt__v1__declared__descriptor)
        same(AuthorityKind.self, "AUTHORITY_KIND", portvakt__v1__authority_kind__descriptor)
        same(AuthorityStatus.self, "AUTHORITY_STATUS", portvakt__v1__authority_status__descriptor)
        same(Mandate.self, "MANDATE", portvakt__v1__mandate__descriptor)
        same(CapacityFact.self, "CAPACITY_FACT", portvakt__v1__capacity_fact__descriptor)
        same(EmploymentRole.self, "EMPLOYMENT_ROLE", portvakt__v1__employment_role__descriptor)
        same(LogState.self, "LOG_STATE", portvakt__v1__log_state__descriptor)
        same(PlanState.self, "PLAN_STATE", portvakt__v1__plan_state__descriptor)
        same(PlanKind.self, "PLAN_KIND", portvakt__v1__plan_kind__descriptor)
    }

    /// The fields of a message.
    func fields(_ descriptor: ProtobufCMessageDescriptor) -> Set<String> {
        Set((0..<Int(descriptor.n_fields)).map { String(cString: descriptor.fields[$0].name) })
    }

    @Test("What a refused change names by the words of files is told by the names of its message")
    func refusedFields() {
        func path(_ kind: RecordKind, _ field: String) -> String {
            ChangeRefusal(kind: kind, id: nil, field: field, problem: "is wrong", remedy: "mend it").fieldPath
        }
        let messages: [(RecordKind, ProtobufCMessageDescriptor)] = [
            (.authority, portvakt__v1__authority__descriptor), (.capacity, portvakt__v1__capacity__descriptor),
            (.employment, portvakt__v1__employment__descriptor), (.handover, portvakt__v1__handover__descriptor),
            (.grant, portvakt__v1__grant__descriptor), (.consent, portvakt__v1__consent__descriptor),
            (.meeting, portvakt__v1__meeting__descriptor), (.objection, portvakt__v1__objection__descriptor),
            (.restriction, portvakt__v1__restriction__descriptor), (.caseRecord, portvakt__v1__case__descriptor),
        ]
        let renamed: [RecordKind: [String: String]] = [
            .authority: ["until": "validity.until"], .capacity: ["until": "validity.until"],
            .employment: ["until": "validity.until"], .handover: ["case": "case_id", "to": "to"],
            .grant: ["until": "validity.until", "case": "case_id", "to": "to"],
            .consent: [
                "until": "validity.until", "case": "case_id", "to": "services", "to.services": "services",
                "to.units": "units",
            ],
            .meeting: ["case": "case_id"], .objection: ["case": "case_id"], .restriction: ["until": "until"],
            .caseRecord: ["sensitive": "sensitive"],
        ]
        for (kind, descriptor) in messages {
            let fields = fields(descriptor)
            for (field, expected) in renamed[kind] ?? [:] {
                #expect(path(kind, field) == expected, "\(kind) \(field)")
                #expect(fields.contains(String(expected.prefix { $0 != "." })), "\(kind) \(expected)")
            }
            // What has one name in both stays as it is, and the record as a whole is no field.
            for field in fields { #expect(path(kind, field) == field, "\(kind) \(field)") }
            #expect(path(kind, "").isEmpty)
        }
    }

    @Test("Every word of the records has its own number on the wire")
    func recordVocabularies() {
        same(CaseKind.self, "CASE_KIND", portvakt__v1__case_kind__descriptor)
        same(SeMegStep.self, "SE_MEG_STEP", portvakt__v1__se_meg_step__descriptor)
        same(HandoverState.self, "HANDOVER_STATE", portvakt__v1__handover_state__descriptor)
        same(GrantRole.self, "GRANT_ROLE", portvakt__v1__grant_role__descriptor)
        same(GrantState.self, "GRANT_STATE", portvakt__v1__grant_state__descriptor)
        same(GrantDocument.self, "GRANT_DOCUMENT", portvakt__v1__grant_document__descriptor)
        same(ConsentCapacity.self, "CONSENT_CAPACITY", portvakt__v1__consent_capacity__descriptor)
        same(ConsentForm.self, "CONSENT_FORM", portvakt__v1__consent_form__descriptor)
        same(ConsentState.self, "CONSENT_STATE", portvakt__v1__consent_state__descriptor)
        same(MeetingType.self, "MEETING_TYPE", portvakt__v1__meeting_type__descriptor)
        same(MeetingLevel.self, "MEETING_LEVEL", portvakt__v1__meeting_level__descriptor)
        same(RestrictionKind.self, "RESTRICTION_KIND", portvakt__v1__restriction_kind__descriptor)
        same(AgeBand.self, "AGE_BAND", portvakt__v1__age_band__descriptor)
        same(Permission.self, "PERMISSION", portvakt__v1__permission__descriptor)
        same(RecordKind.self, "RECORD_KIND", portvakt__v1__record_kind__descriptor)
        same(TestingFault.self, "TESTING_FAULT", portvakt__v1__testing_fault__descriptor)
        same(ExplanationNode.Outcome.self, "EXPLANATION_OUTCOME", portvakt__v1__explanation_outcome__descriptor)
    }

    @Test("The table of calls lists every method of every service, and no other")
    func calls() {
        let services = [
            portvakt__v1__access__descriptor, portvakt__v1__consents__descriptor, portvakt__v1__grants__descriptor,
            portvakt__v1__registry__descriptor, portvakt__v1__audit__descriptor, portvakt__v1__policy__descriptor,
            portvakt__v1__testing__descriptor, portvakt__v1__foresight__descriptor,
            portvakt__v1__watch__descriptor,
        ]
        var paths = Set<String>()
        for service in services {
            for index in 0..<Int(service.n_methods) {
                paths.insert("/\(String(cString: service.name))/\(String(cString: service.methods[index].name))")
            }
        }
        #expect(paths == Set(RPC.allCases.map(\.path)))
        #expect(RPC.allCases.allSatisfy { !$0.permissions.isEmpty })
    }

    @Test("A class of reasons is a range of numbers", arguments: Reason.allCases)
    func classes(reason: Reason) throws {
        // An answer with this reason alone is taken for the reason's own effect, and for no other.
        for effect in Effect.allCases {
            var model = RandomModel(seed: 8)
            let answer = Answer(
                effect: effect, external: effect == .allow ? .allow : .deny, reasons: [reason],
                holdsUntil: model.instant(), decidedAt: model.instant(), revision: .zero, entry: model.entry(),
                policyHash: model.hash())
            let taken = try? roundTrip(CheckResponse(answer))
            #expect((taken != nil) == (reason.effect == effect))
        }
    }
}
