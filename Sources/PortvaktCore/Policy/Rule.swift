/// The rules that stand in the engine, each in one place. The profile's `rules` says what each is and where it comes
/// from; rules that are data (a row, a meeting type, a purpose, a ground) are named by what they are.
enum Rule: UInt8, CaseIterable {
    case systemTrusted
    case actorKnown, actorActive, actorRole, actorCoordinator, actorAssurance
    case lockCircle, lockHidden, lockAddress, lockRestriction, lockHabilitet
    case stateExists, stateDeceased, stateFits, stateClosed, linkSecret, linkBoundary, linkExists
    case ruleLevel, ruleMeeting, ruleForm, ruleAnonymous, ruleWriter, rulePlan
    case basisNeed, basisSelf, basisParty, basisParent, basisGuardian, basisProxy, basisHolder, basisLogStands
    case basisPersonGrant, basisConsent, basisGrant, basisOrgan, basisHealth, basisGround, basisEmergency, basisRole
    case basisAnonymous, basisPresent, basisGiver, basisErasure
    case giversSet, giversReplaced, giversUnknown
    case filterGiven, filterService, filterPerson, filterPurpose, filterForm, filterInformed, filterTime,
        filterWithdrawn
    case entryParty, entryThirdParty, entryLabel, entryExclusion, entryHealthNarrow, entryCareOrder

    /// The id in the profile: the group, a dot, and the name in snake case.
    var id: String { Self.ids[Int(rawValue)] }

    private static let ids: [String] = Rule.allCases.map { rule in
        var id = ""
        var parts = 0
        for character in "\(rule)" {
            guard character.isUppercase else {
                id.append(character)
                continue
            }
            id.append(parts == 0 ? "." : "_")
            id.append(character.lowercased())
            parts += 1
        }
        return id
    }
}
