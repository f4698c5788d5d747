// Step 6 for meetings: a meeting's consent opens the meeting and nothing else.

extension Evaluation {
    mutating func meetingBasis() -> Reason? {
        guard let meeting, let rule = meetingRule else { return nil }
        if meeting.facts.level == .system { return hold(.allowNoPersonData, .basisAnonymous) }
        if meeting.facts.anonymous { return hold(.allowAnonymous, .basisAnonymous) }
        if question.action == .meetingAttend, !attendsAsService {
            if case .person(let person)? = question.participant { return personBasis(state.handle(of: person), .log) }
            return familyReads(.log)
        }
        if rule.onLogConsent { return holderOnLogConsent() }
        let isAttending = question.action == .meetingAttend
        if isAttending, question.participant != nil, !isParticipantExpected(meeting) {
            deny(.denyNotParticipant, .basisGrant)
            return nil
        }
        if isPartyPresent() { return hold(.allowPartyPresent, .basisPresent) }
        return meetingConsent(for: isAttending ? attendingUnit : unit)
    }

    private mutating func meetingConsent(for unit: Ref<UnitFacts>?) -> Reason? {
        guard let purpose = meetingPurpose else { return nil }
        trace?.note(data: "purposes.\(purpose.word)")
        var human = self.human?.facts.handle
        if question.action == .meetingAttend, let participant = question.participant {
            human = nil
            if case .employment(let id) = participant { human = state.employments.facts(id)?.facts.person }
        }
        return sharing(purpose, with: unit, human, row: row(of: purpose))
    }

    /// The participant on whose behalf is asked: invited, or with a grant of its own.
    private mutating func isParticipantExpected(_ meeting: Ref<MeetingFacts>) -> Bool {
        guard let participant = question.participant.map({ state.handle(of: $0) }) else { return false }
        var parties = [participant]
        if case .employment(let handle) = participant, let unit = state.employments.facts(handle)?.facts.unit {
            parties.append(.unit(unit))
        }
        if parties.contains(where: { meeting.facts.invited.contains($0) }) { return true }
        for grant in caseFile?.facts.grants ?? .empty where parties.contains(grant.facts.to) {
            if isValid(grant) { return true }
        }
        return false
    }

    /// The stafettholder records as in every other entry; a fagmøte's coordinator on the meeting's consent.
    mutating func recordingBasis() -> Reason? {
        if links.contains(.holder) { return holderOnLogConsent() }
        return meetingConsent(for: unit)
    }
}
