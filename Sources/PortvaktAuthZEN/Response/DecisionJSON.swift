package import PortvaktCore
package import PortvaktWire

/// Decisions as the specification shapes them (section 5.5), with what else a host must know in `context`.
package enum DecisionJSON {
    /// The decision of an answer. Everything but `allow` is false: `refer` too.
    package static func permits(_ answer: Answer) -> Bool { answer.effect == .allow && answer.entry != nil }

    /// `{"decision": …, "context": {…}}` for an answer.
    /// - Parameters:
    ///   - requestID: what the ledger holds of the caller's own id.
    ///   - ignored: paths of the request that were passed over.
    package static func decision(_ answer: Answer, requestID: Identifier? = nil, ignored: [String] = []) -> JSONValue {
        let context = JSONValue.members([
            "effect": .text(answer.effect.word),
            "external": .text(answer.external.word),
            "reasons": .texts(answer.reasons.map(\.word)),
            "reason_user": texts(answer.reasons.first),
            "obligations": .texts(answer.obligations.map(\.word)),
            "missing": .list(answer.missing.map(missing)),
            "decision_id": answer.entry.map { .text("\($0.stream)/\($0.index)") },
            "entry": answer.entry.map(entry),
            "request_id": requestID.map { .text($0.text) },
            "revision": .number(answer.revision.number),
            "decided_at": .text(answer.decidedAt.rfc3339),
            "holds_until": .text(answer.holdsUntil.rfc3339),
            "single_use": .bool(answer.singleUse),
            "emergency_minutes": answer.emergencyMinutes.map { .number($0) },
            "policy": .text(hexadecimal(answer.policyHash)),
            "ignored": ignored.isEmpty ? nil : .texts(ignored),
        ])
        return .members(["decision": .bool(permits(answer)), "context": context])
    }

    /// An evaluation of several that could not be asked (section 7.2.1): it is denied, and says why.
    package static func failure(_ problem: AuthZENProblem) -> JSONValue {
        .members([
            "decision": .bool(false),
            "context": .members([
                "error": .members([
                    "status": .number(AuthZENProblem.status), "message": .text(problem.description),
                    "field": .text(problem.field),
                ])
            ]),
        ])
    }

    /// The answer to several evaluations.
    package static func evaluations(_ decisions: [JSONValue]) -> JSONValue {
        .members(["evaluations": .list(decisions)])
    }

    /// The primary reason in the languages of the catalogue: hosts of this kind have no catalogue of their own.
    private static func texts(_ reason: Reason?) -> JSONValue? {
        guard let reason else { return nil }
        return .object(
            Language.allCases.map {
                JSONValue.Member($0.word, .text(Catalogue.text(for: reason, in: $0)))
            })
    }

    private static func entry(_ entry: EntryReference) -> JSONValue {
        .members(["stream": .text(entry.stream), "index": .number(entry.index), "block": .number(entry.block)])
    }

    private static func missing(_ missing: Missing) -> JSONValue {
        switch missing {
        case .consent(let giver, let purpose, let service, let unit):
            .members([
                "kind": .text("consent"), "from": party(giver), "purpose": .text(purpose.word),
                "service": service.map { .text($0.text) }, "unit": unit.map { .text($0.text) },
            ])
        case .grant(let document, let caseID):
            .members(["kind": .text("grant"), "document": .text(document.word), "case": .text(caseID.text)])
        }
    }

    private static func party(_ party: Party) -> JSONValue {
        switch party {
        case .person(let id): .members(["type": .text("person"), "id": .text(id.text)])
        case .unit(let id): .members(["type": .text("unit"), "id": .text(id.text)])
        case .employment(let id): .members(["type": .text("employment"), "id": .text(id.text)])
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
