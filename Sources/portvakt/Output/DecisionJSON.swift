internal import PortvaktCore

// A question and a decision keep their fields where a mirror does not see them: their members are named here.

extension Question {
    /// Every field, by the keys of a scenario's ask.
    var json: JSONValue {
        [
            "actor": ReflectedJSON.value(actor), "assurance": .string(assurance.word), "action": .string(action.word),
            "object": ReflectedJSON.value(object), "purpose": .string(purpose.word), "area": .optional(area?.text),
            "entry": .reflected(entry), "participant": .reflected(participant), "successor": .optional(successor?.text),
            "consent": .reflected(consent), "recipient": .reflected(recipient), "ground": .optional(ground?.word),
            "necessity": .optional(necessity), "document": .optional(document?.text), "need": .bool(need),
            "identifies": .reflected(identifies), "decides": .optional(decides?.word),
            "emergency": .reflected(emergency),
        ]
    }
}

extension Decision {
    /// Every field; what an answer states too has the key that it has there.
    var json: JSONValue {
        [
            "effect": .string(effect.word), "external": .string(external.word),
            "reasons": .strings(reasons.map(\.word)), "obligations": .strings(obligations.map(\.word)),
            "evidence": .array(evidence.map(ReflectedJSON.value)), "missing": .strings(missing.map(\.shown)),
            "subject": .optional(subject?.text), "case": .optional(caseID?.text),
            "controller": .optional(controller?.text), "unit": .optional(unit?.text), "role": .optional(role?.word),
            "holds_until": .string(holdsUntil.rfc3339),
            "emergency_minutes": emergencyMinutes.map { .int(Int64($0)) } ?? .null,
        ]
    }
}

extension JSONValue {
    /// A value of the model, or null.
    fileprivate static func reflected<Value>(_ value: Value?) -> JSONValue {
        value.map { ReflectedJSON.value($0) } ?? .null
    }
}
