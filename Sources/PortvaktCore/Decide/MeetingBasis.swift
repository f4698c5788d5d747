internal import HashTreeCollections

// Step 6 for meetings: a meeting's consent opens the meeting and nothing else.

extension Evaluation {
    func meetingBasis() -> Reason? {
        guard let record = meeting?.record, let rule = meetingRule else { return nil }
        if record.level == .system { return hold(.allowNoPersonData, .basisAnonymous) }
        if record.anonymous { return hold(.allowAnonymous, .basisAnonymous) }
        if question.action == .meetingAttend, !attendsAsService {
            if case .person(let person)? = question.participant { return personBasis(person, .log) }
            return familyReads(.log)
        }
        if rule.onLogConsent { return holderOnLogConsent() }
        let isAttending = question.action == .meetingAttend
        if isAttending, question.participant != nil, !isParticipantExpected(record) {
            deny(.denyNotParticipant, .basisGrant)
            return nil
        }
        if isPartyPresent { return hold(.allowPartyPresent, .basisPresent) }
        return meetingConsent(for: isAttending ? attendingUnit : unit)
    }

    private func meetingConsent(for unit: UnitFile?) -> Reason? {
        guard let purpose = meetingPurpose else { return nil }
        trace.note(data: "purposes.\(purpose.word)", .holds, evidence: nil, in: tables)
        var human = self.human
        if question.action == .meetingAttend, let participant = question.participant {
            human = nil
            if case .employment(let id) = participant { human = state.employments[id]?.record.person }
        }
        return sharing(purpose, with: unit, human, row: row(of: purpose))
    }

    /// The participant on whose behalf is asked: invited, or with a grant of its own.
    private func isParticipantExpected(_ record: Meeting) -> Bool {
        guard let participant = question.participant else { return false }
        var parties = [participant]
        if case .employment(let id) = participant, let unit = state.employments[id]?.record.unit {
            parties.append(.unit(unit))
        }
        if parties.contains(where: { record.invited.contains($0) }) { return true }
        for grant in caseFile?.grants ?? [] where parties.contains(grant.record.to) {
            if isValid(grant) { return true }
        }
        return false
    }

    /// The stafettholder records as in every other entry; a fagmøte's coordinator on the meeting's consent.
    func recordingBasis() -> Reason? {
        if links.contains(.holder) { return holderOnLogConsent() }
        return meetingConsent(for: unit)
    }
}
