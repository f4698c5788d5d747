// The closed vocabularies of the model. Raw values of `UInt8` enums are written into the ledger and onto the wire:
// a number is never reused and never changes its meaning. `word` is the text in files, tables and logs.

/// A closed vocabulary: a stable number for the ledger and the wire, a word for people and files.
public protocol Vocabulary: RawRepresentable<UInt8>, CaseIterable, Hashable, Sendable, BitwiseCopyable
where AllCases: Sendable {
    /// The word in files, tables and logs.
    var word: String { get }
}

extension Vocabulary {
    /// The member that a word names, or `nil`.
    public init?(word: String) {
        guard let found = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = found
    }
}

/// What kind of body a data controller is.
public enum ControllerKind: UInt8, Vocabulary {
    case kommune = 1, fylkeskommune, stat, helseforetak, privat
    public var word: String { "\(self)" }
}

/// Protection of a person's address and identity.
public enum Protection: UInt8, Vocabulary {
    case none = 1, fortrolig, strengt_fortrolig
    public var word: String { "\(self)" }
}

/// Kinship between two persons that touches impartiality (L75).
public enum RelationKind: UInt8, Vocabulary {
    case forelder = 1, partner, sosken, felles_barn
    public var word: String { "\(self)" }
}

/// Whether a relation is known or only possible.
public enum Declared: UInt8, Vocabulary {
    case known = 1, possible
    public var word: String { "\(self)" }
}

/// What an authority over a person rests on.
public enum AuthorityKind: UInt8, Vocabulary {
    case foreldreansvar = 1, omsorg, verge, representant
    public var word: String { "\(self)" }
}

/// Whether an authority is an established fact.
public enum AuthorityStatus: UInt8, Vocabulary {
    case known = 1, unknown, pending
    public var word: String { "\(self)" }
}

/// What a verge's mandate covers (L11).
public enum Mandate: UInt8, Vocabulary {
    case okonomi = 1, personlige_forhold
    public var word: String { "\(self)" }
}

/// A documented fact about a person's competence.
public enum CapacityFact: UInt8, Vocabulary {
    case lacks_competence = 1
    public var word: String { "\(self)" }
}

/// The role of an employment.
public enum EmploymentRole: UInt8, Vocabulary {
    case medarbeider = 1, leder, administrator, arkivar, personvernombud
    public var word: String { "\(self)" }
}

/// The state of a case's stafettlogg.
public enum LogState: UInt8, Vocabulary {
    case none = 1, open, closing, closed
    public var word: String { "\(self)" }
}

/// The state of a case's individual plan.
public enum PlanState: UInt8, Vocabulary {
    case none = 1, active
    public var word: String { "\(self)" }
}

/// The law that an individual plan rests on.
public enum PlanKind: UInt8, Vocabulary {
    case hol = 1, barnevern, nav
    public var word: String { "\(self)" }
}

/// What kind of case it is.
public enum CaseKind: UInt8, Vocabulary {
    case bti = 1, barnevern, barnevern_atferd
    public var word: String { "\(self)" }
}

/// The four steps that come before Se Meg (S0).
public enum SeMegStep: UInt8, Vocabulary {
    case nivaa_provd = 1, familiemote, henvisning, avdelingsmote
    public var word: String { "\(self)" }
}

/// The state of a handover of the baton.
public enum HandoverState: UInt8, Vocabulary {
    case proposed = 1, accepted
    public var word: String { "\(self)" }
}

/// The role that a grant gives.
public enum GrantRole: UInt8, Vocabulary {
    case deltaker = 1, koordinator, fullmektig, parorende, fosterforelder
    public var word: String { "\(self)" }
}

/// The document that a grant opens.
public enum GrantDocument: UInt8, Vocabulary {
    case log = 1, plan
    public var word: String { "\(self)" }
}

/// Where a grant stands: only one that is `granted` opens anything.
public enum GrantState: UInt8, Vocabulary {
    case granted = 1, requested, refused
    public var word: String { "\(self)" }
}

/// In what capacity somebody consents.
public enum ConsentCapacity: UInt8, Vocabulary {
    case `self` = 1, foreldreansvar, omsorg, verge, representant
    public var word: String { "\(self)" }
}

/// The form in which a consent was given.
public enum ConsentForm: UInt8, Vocabulary {
    case skriftlig = 1, elektronisk, muntlig_dokumentert
    public var word: String { "\(self)" }
}

/// The recorded state of a consent. Expired, spent and not yet begun follow from its instants.
public enum ConsentState: UInt8, Vocabulary {
    case requested = 1, given, refused, withdrawn, revoked, invalidated, superseded
    public var word: String { "\(self)" }
}

/// What a consent, or a question, is for. `egen_sak` is a use that no consent carries.
public enum Purpose: UInt8, Vocabulary {
    case samordning = 1, fagmote_uten_familie, drofting, ressursteam, henvisning_se_meg, se_meg, individuell_plan
    case veiledning, overgang, daglig_omsorg, lokal_avtale, egen_sak
    public var word: String { "\(self)" }
}

/// The category of an entry, by the service that wrote it.
public enum Category: UInt8, Vocabulary {
    case education = 1, health, barnevern, nav, other
    public var word: String { "\(self)" }
}

/// Meeting types (S0, S1, S3, S4).
public enum MeetingType: UInt8, Vocabulary {
    case samarbeidsmote = 1, fagmote, ansvarsgruppemote, veiledningsmote, drofting, ressursteam, se_meg, avklaring
    case familiemote, avdelingsmote, evaluering
    public var word: String { "\(self)" }
}

/// Whether a meeting is about somebody or about how services work.
public enum MeetingLevel: UInt8, Vocabulary {
    case individ = 1, system
    public var word: String { "\(self)" }
}

/// How a party's or parent's access is cut.
public enum RestrictionKind: UInt8, Vocabulary {
    case fare = 1, undersokelse, info_rett_fjernet
    public var word: String { "\(self)" }
}

/// Why an entry is withheld.
public enum Withheld: UInt8, Vocabulary {
    case child_wish = 1, weighty, danger, investigation
    public var word: String { "\(self)" }
}

/// Age bands of an anonymous discussion, wide enough to point at nobody.
public enum AgeBand: UInt8, Vocabulary {
    case from0to5 = 1, from6to9, from10to12, from13to15, from16to17, adult

    public var word: String {
        switch self {
        case .from0to5: "0-5"
        case .from6to9: "6-9"
        case .from10to12: "10-12"
        case .from13to15: "13-15"
        case .from16to17: "16-17"
        case .adult: "18+"
        }
    }
}

/// The level of assurance with which the acting person was identified.
public enum Assurance: UInt8, Vocabulary, Comparable {
    case low = 1, substantial, high
    public var word: String { "\(self)" }
    public static func < (lhs: Assurance, rhs: Assurance) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// The ground of a disclosure (rules 5.3).
public enum Ground: UInt8, Vocabulary {
    case bekymringsmelding = 1, palegg, avverging, innsyn_47, intern_oppgave, folge_opp
    public var word: String { "\(self)" }
}

/// What a meeting is to decide.
public enum MeetingDecision: UInt8, Vocabulary {
    case vedtak = 1, veien_videre
    public var word: String { "\(self)" }
}

/// The actions that can be asked about.
public enum Action: UInt8, Vocabulary {
    case logOpen = 1, logRead, logWrite, logClose, logReopen, logReassign, logArchive
    case batonAccept, participantAdd
    case planCreate, planRead, planWrite
    case meetingHold, meetingAttend, meetingRecordDecision, meetingRecordInLog, meetingAttachIdentity
    case discussInternal, discussAnonymous
    case disclose
    case consentGive, erasureRequest
    case accessLogRead
    case statisticsRead

    public var word: String {
        switch self {
        case .logOpen: "log.open"
        case .logRead: "log.read"
        case .logWrite: "log.write"
        case .logClose: "log.close"
        case .logReopen: "log.reopen"
        case .logReassign: "log.reassign"
        case .logArchive: "log.archive"
        case .batonAccept: "baton.accept"
        case .participantAdd: "participant.add"
        case .planCreate: "plan.create"
        case .planRead: "plan.read"
        case .planWrite: "plan.write"
        case .meetingHold: "meeting.hold"
        case .meetingAttend: "meeting.attend"
        case .meetingRecordDecision: "meeting.record_decision"
        case .meetingRecordInLog: "meeting.record_in_log"
        case .meetingAttachIdentity: "meeting.attach_identity"
        case .discussInternal: "discuss.internal"
        case .discussAnonymous: "discuss.anonymous"
        case .disclose: "disclose"
        case .consentGive: "consent.give"
        case .erasureRequest: "erasure.request"
        case .accessLogRead: "access_log.read"
        case .statisticsRead: "statistics.read"
        }
    }
}

/// The effect of a decision. `refer` means that a human must decide; a gate treats it exactly as `deny`.
public enum Effect: UInt8, Vocabulary {
    case allow = 1, deny, refer
    public var word: String { "\(self)" }
}

/// What a caller outside is told: the full reasons stay in the ledger.
public enum ExternalAnswer: UInt8, Vocabulary {
    case allow = 1, deny, not_found
    public var word: String { "\(self)" }
}

/// Why a decision came out as it did. Closed and versioned; the texts live in a catalogue.
public enum Reason: UInt8, Vocabulary {
    case allowAnonymous = 1, allowArchive, allowBreakGlass, allowConsent, allowCrossOrganNr5, allowHolder, allowHpl25
    case allowIntraOrgan, allowNoPersonData, allowParent, allowParty, allowPartyPresent, allowPartyProxy, allowReassign
    case allowSelf, allowStatutoryOut
    case denyAuth = 64, denyBreakGlassReason, denyBreakGlassReview, denyCapacityAge, denyConsentExpired, denyConsentForm
    case denyConsentIncomplete, denyConsentNotInformed, denyConsentScopePurpose, denyConsentScopeService
    case denyConsentWithdrawn, denyExcludedPerson, denyHabilitet, denyHarmToChild, denyIdentityInAnonymous, denyLevel
    case denyLogClosed, denyMeetingRule, denyNoConsent, denyNoFa, denyNoNeed, denyNotFound, denyNotGiver
    case denyNotNecessary, denyNotParticipant, denyNotParty, denyOrgBoundary, denyProtected, denyRole, denyRoleExpired
    case denySingleWriter, denyState, denyThirdPartyInfo, denyWithheld, denyEvaluationError, denyUnrecorded
    case referConfig = 192, referConflict, referErasureRequest, referFactMissing

    /// The effect that the reason's class stands for.
    public var effect: Effect {
        switch rawValue {
        case 1..<64: .allow
        case 64..<192: .deny
        default: .refer
        }
    }

    /// `allow.consent`, `deny.no_fa`, `refer.config`, … : the class, a dot, and the case's name in snake case.
    public var word: String { Self.words[Int(rawValue)] ?? "" }

    private static let words: [String?] = {
        var words = [String?](repeating: nil, count: 256)
        for reason in Reason.allCases { words[Int(reason.rawValue)] = reason.snakeCased }
        return words
    }()

    private var snakeCased: String {
        var word = ""
        var parts = 0
        for character in "\(self)" {
            guard character.isUppercase else {
                word.append(character)
                continue
            }
            word.append(parts == 0 ? "." : "_")
            word.append(character.lowercased())
            parts += 1
        }
        return word
    }
}

/// What a caller must carry out when it acts on an answer.
public enum Obligation: UInt8, Vocabulary {
    case log = 1, informParents, childView, reviewRequired, review24h, notifyLeader, appealText, conclude

    public var word: String {
        switch self {
        case .log: "log"
        case .informParents: "inform_parents"
        case .childView: "child_view"
        case .reviewRequired: "review_required"
        case .review24h: "review_24h"
        case .notifyLeader: "notify_leader"
        case .appealText: "appeal_text"
        case .conclude: "conclude"
        }
    }
}
