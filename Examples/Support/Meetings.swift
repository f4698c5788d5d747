internal import ArgumentParser
internal import PortvaktClient
public import PortvaktCore

extension Host {
    /// Holds a meeting: may it be held, and who of the invited may come in? One gate call for all of it.
    ///
    /// Who may not come in is not invited any more: an invitation is an access that lasts as long as the meeting.
    /// - Throws: ``Refused`` when it may not be held.
    public func hold(_ meeting: Meeting, purpose: Purpose) async throws {
        let leader = Actor.employment(meeting.convenedBy)
        try await registrar.register([.meeting(meeting)], by: leader)
        var question = Question(actor: leader, action: .meetingHold, object: .meeting(meeting.id), purpose: purpose)
        var questions = [(id: meeting.id.identifier, question: question)]
        question.action = .meetingAttend
        for (index, party) in meeting.invited.enumerated() {
            if case .person(let person) = party { question.actor = .person(person) } else { question.actor = leader }
            question.participant = question.actor == leader ? party : nil
            questions.append((try Identifier("invited-\(index)"), question))
        }
        let rulings = await gate.checkMany(questions)
        var held = meeting
        held.invited = []
        switch rulings[meeting.id.identifier] {
        case .allowed(let receipt)?:
            try await keep(receipt, questions[0].question)
            say(
                "\(meeting.type.word) \(meeting.id) may be held (\(receipt.reasons.words), recorded as \(receipt.place))"
            )
        case .refused(let refusal)?:
            try await registrar.register([.meeting(held)], by: leader)
            throw Refused(refusal)
        case nil: throw ValidationError("no ruling for \(meeting.id)")
        }
        for (party, asked) in zip(meeting.invited, questions.dropFirst()) {
            switch rulings[asked.id] {
            case .allowed(let receipt)?:
                try await keep(receipt, asked.question)
                held.invited.append(party)
                say("  \(party.text) may come in")
            case .refused(let refusal)?: say("  \(party.text) may not come in: \(refusal)")
            case nil: continue
            }
        }
        try await registrar.register([.meeting(held)], by: leader)
    }

    /// The meeting is over, and with it every access that was bound to it.
    public func end(_ id: MeetingID, by actor: Actor) async throws {
        guard case .meeting(var meeting) = try await registrar.record(.meeting, id.identifier) else { return }
        meeting.endedAt = Words.now
        try await registrar.register([.meeting(meeting)], by: actor)
        say("\(meeting.type.word) \(id) is over")
    }
}
