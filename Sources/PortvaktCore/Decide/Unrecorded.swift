extension Decision {
    /// What is answered in the place of this decision when it could not be recorded: a deny with its own reason, that
    /// carries nothing of what was decided and may be relied on for no time at all (model.md section 6).
    ///
    /// What an outsider would not have learnt from the decision is not learnt from the failure either.
    public func unrecorded(at instant: Instant) -> Decision {
        Decision(
            effect: .deny, reasons: [.denyUnrecorded], external: external == .not_found ? .not_found : .deny,
            subject: subject, caseID: caseID, controller: controller, unit: unit, role: role, holdsUntil: instant)
    }
}
