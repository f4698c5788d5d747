internal import PortvaktCore

/// The kinds of question that are measured.
enum Kind: String, CaseIterable {
    case participantReads = "participant log.read"
    case participantReadsEntry = "participant log.read, entry"
    case parentReads = "parent log.read"
    case holderReads = "stafettholder log.read"
    case holderWrites = "stafettholder log.write"
    case attends = "meeting.attend"
    case outsider = "outsider log.read"

    /// The primary reason that each must come out with: a benchmark of wrong answers measures nothing.
    var reason: Reason {
        switch self {
        case .participantReads, .participantReadsEntry, .attends: .allowConsent
        case .parentReads: .allowParent
        case .holderReads, .holderWrites: .allowHolder
        case .outsider: .denyNotParticipant
        }
    }

    func question(about subject: Int, in world: World) -> Question {
        let file = Object.caseID(world.caseID(subject))
        switch self {
        case .participantReads:
            return Question(actor: .employment(world.employee(subject, 1)), action: .logRead, object: file)
        case .participantReadsEntry:
            let entry = EntryLabels(
                category: .education, about: [world.child(subject)], author: world.unit(subject, 0))
            return Question(
                actor: .employment(world.employee(subject, 1)), action: .logRead, object: file, entry: entry)
        case .parentReads:
            return Question(actor: .person(world.parent(subject, 1)), action: .logRead, object: file)
        case .holderReads:
            return Question(actor: .employment(world.employee(subject, 0)), action: .logRead, object: file)
        case .holderWrites:
            return Question(actor: .employment(world.employee(subject, 0)), action: .logWrite, object: file)
        case .attends:
            return Question(
                actor: .employment(world.employee(subject, 2)), action: .meetingAttend,
                object: .meeting(world.meeting(subject)), purpose: .fagmote_uten_familie)
        case .outsider:
            return Question(actor: .employment(world.outsider(subject)), action: .logRead, object: file)
        }
    }
}
