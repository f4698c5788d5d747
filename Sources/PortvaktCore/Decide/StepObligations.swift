// Step 8: what the caller must carry out.

extension Evaluation {
    mutating func addObligations(to basis: Reason) {
        let hasPersonData = basis != .allowAnonymous && basis != .allowNoPersonData
        if action.recorded, hasPersonData { add(.log) }
        addChildView(hasPersonData)
        addInformation(basis)
        addReview()
        if basis == .allowBreakGlass {
            add(.review24h)
            add(.notifyLeader)
        }
        if question.action == .discussInternal { addConclusion() }
    }

    /// A child who is able to form a view is heard (L02).
    private mutating func addChildView(_ hasPersonData: Bool) {
        guard action.childView, hasPersonData, let subject, let age = age(of: subject) else {
            return
        }
        if age >= tables.ages.view, age < tables.ages.adult { add(.childView) }
    }

    /// The service that asks for guidance or calls the meeting tells the parents (S4); so does who reassigns a log.
    private mutating func addInformation(_ basis: Reason) {
        // What foreldreansvar gives ends at 18 (L54): relatives of an adult are informed when the adult agrees.
        if let subject, isAdult(subject) { return }
        if basis == .allowReassign { return add(.informParents) }
        guard question.action == .meetingHold || question.action == .discussAnonymous, let rule = meetingRule,
            rule.informParents,
            meeting?.facts.level == .individ
        else { return }
        add(.informParents)
    }

    /// An objection by a child old enough, or by a patient, weighs: allowed, and looked at again (L02).
    private mutating func addReview() {
        guard question.action == .participantAdd, let subject, let unit = participantUnit,
            hasObjected(to: unit.facts.service)
        else { return }
        let isOldEnough = age(of: subject).map { $0 >= tables.ages.objection } ?? true
        if isOldEnough || givesHealthCare(unit) { add(.reviewRequired) }
    }

    /// Notes of a wonder older than the limit must be concluded (S2).
    private mutating func addConclusion() {
        guard let subject, let own = unit else { return }
        for notes in subject.facts.discussions where isSameOrgan(notes.facts.unit, own) {
            let limit = OsloTime.adding(days: tables.limits.wonderMaxDays, to: notes.facts.started)
            // Older than the limit: from the instant after it.
            depends(on: limit.advanced(byMilliseconds: 1))
            if at > limit { add(.conclude) }
        }
    }
}
