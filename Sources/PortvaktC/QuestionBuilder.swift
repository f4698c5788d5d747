internal import PortvaktClient
internal import PortvaktCore

/// A question that is put together key by key.
final class QuestionBuilder {
    private var actor: Actor?
    private var action: Action?
    private var object: Object?
    private var assurance: Assurance?
    private var purpose: Purpose?
    private var edits: [(inout Question) -> Void] = []
    private var category: Category?
    private var author: UnitID?
    private var about: [PersonID] = []
    private var topics: [Topic] = []
    private var withheld: Withheld?
    private var neededForFa = false
    private var sameTreatment = false
    private var reason: String?
    private var anonymisedInsufficient = false
    private var minutes: UInt32 = 0
    /// The first key of an entry, and of an emergency, that was set: one mark of an entry is an entry, also when it says no.
    private var entryKey: String?
    private var emergencyKey: String?
    /// The key by which the actor, the object and the recipient were named: a question has one of each.
    private var kinds: [Substring: String] = [:]
    private(set) var requestID: Identifier?
    /// What was refused first when it was set: a host that does not look at the result must not be answered without it.
    var refused: Refused?
    /// What ``problem`` was when it was asked for last, as the host has it.
    var told: CText?

    init() {}

    /// What keeps the question from being asked, with the key that is missing; `nil`: it can be asked. A question that leaves out
    /// what its caller said is not the caller's: it could be allowed where that one is not.
    var problem: String? {
        if actor == nil { return "actor.employment, actor.person or actor.proxy is missing: say who acts" }
        if action == nil { return "action is missing: say what is to be done" }
        if object == nil {
            return "object.case, object.meeting, object.person or object.controller is missing: say what it is about"
        }
        // Nothing is assumed of how the person was identified, nor of what it is for: as over gRPC.
        if assurance == nil { return "assurance is missing: say low, substantial or high" }
        if purpose == nil { return "purpose is missing: say what it is for, as samordning" }
        if let entryKey {
            if category == nil { return "entry.category is missing: \(entryKey) is about an entry" }
            if author == nil { return "entry.author is missing: \(entryKey) is about an entry" }
        }
        if let emergencyKey, reason == nil {
            return "emergency.reason is missing: \(emergencyKey) is about an emergency"
        }
        return refused.map { "\($0)" }
    }

    /// The whole question; `nil` when there is a ``problem``.
    var question: Question? {
        guard problem == nil, let actor, let action, let object, let assurance, let purpose else { return nil }
        var question = Question(
            actor: actor, action: action, object: object, assurance: assurance, purpose: purpose, need: false)
        for edit in edits { edit(&question) }
        if let category, let author {
            question.entry = EntryLabels(
                category: category, about: about, author: author, topics: topics, withheld: withheld,
                neededForFa: neededForFa, sameTreatment: sameTreatment)
        }
        if let reason {
            question.emergency = Emergency(
                reason: reason, anonymisedInsufficient: anonymisedInsufficient, minutes: minutes)
        }
        return question
    }

    /// - Returns: false when the key is unknown or the value none of its, or another key names the actor, the object or the recipient.
    func set(_ key: String, _ value: String) -> Bool {
        if let part = key.split(separator: ".", maxSplits: 1).first, key.contains(".") {
            switch part {
            case "actor": return setKind(part, key) { setActor(key, value) }
            case "object": return setKind(part, key) { setObject(key, value) }
            case "entry":
                guard setEntry(key, value) else { return false }
                entryKey = entryKey ?? key
                return true
            case "emergency":
                guard setEmergency(key, value) else { return false }
                emergencyKey = emergencyKey ?? key
                return true
            case "recipient": return setKind(part, key) { setRecipient(key, value) }
            default: return false
            }
        }
        return setPlain(key, value)
    }

    /// The one that was named first would be left out of the question.
    private func setKind(_ part: Substring, _ key: String, _ set: () -> Bool) -> Bool {
        guard kinds[part, default: key] == key, set() else { return false }
        kinds[part] = key
        return true
    }

    private func setActor(_ key: String, _ value: String) -> Bool {
        guard let id = try? Identifier(value) else { return false }
        switch key {
        case "actor.employment": actor = .employment(ID(id))
        case "actor.person": actor = .person(ID(id))
        case "actor.proxy": actor = .proxy(ID(id))
        default: return false
        }
        return true
    }

    private func setObject(_ key: String, _ value: String) -> Bool {
        guard let id = try? Identifier(value) else { return false }
        switch key {
        case "object.case": object = .caseID(ID(id))
        case "object.meeting": object = .meeting(ID(id))
        case "object.person": object = .person(ID(id))
        case "object.controller": object = .controller(ID(id))
        default: return false
        }
        return true
    }

    private func setEntry(_ key: String, _ value: String) -> Bool {
        switch key {
        case "entry.category": return take(Category(word: value)) { category = $0 }
        case "entry.author": return take(try? UnitID(value)) { author = $0 }
        case "entry.about": return take(try? PersonID(value)) { about.append($0) }
        case "entry.topic": return take(try? Topic(value)) { topics.append($0) }
        case "entry.withheld": return take(Withheld(word: value)) { withheld = $0 }
        case "entry.needed_for_fa": return take(Self.flag(value)) { neededForFa = $0 }
        case "entry.same_treatment": return take(Self.flag(value)) { sameTreatment = $0 }
        default: return false
        }
    }

    private func setEmergency(_ key: String, _ value: String) -> Bool {
        switch key {
        case "emergency.reason": return take(value) { reason = $0 }
        case "emergency.anonymised_insufficient":
            return take(Self.flag(value)) { anonymisedInsufficient = $0 }
        case "emergency.minutes": return take(UInt32(value)) { minutes = $0 }
        default: return false
        }
    }

    private func setRecipient(_ key: String, _ value: String) -> Bool {
        switch key {
        case "recipient.unit": return edit(try? UnitID(value)) { $0.recipient = .unit($1) }
        case "recipient.service": return edit(try? Service(value)) { $0.recipient = .service($1) }
        case "recipient.person": return edit(try? PersonID(value)) { $0.recipient = .person($1) }
        default: return false
        }
    }

    private func setPlain(_ key: String, _ value: String) -> Bool {
        switch key {
        case "action": return take(Action(word: value)) { action = $0 }
        case "assurance": return take(Assurance(word: value)) { assurance = $0 }
        case "purpose": return take(Purpose(word: value)) { purpose = $0 }
        case "need": return edit(Self.flag(value)) { $0.need = $1 }
        case "area": return edit(try? Area(value)) { $0.area = $1 }
        case "successor": return edit(try? EmploymentID(value)) { $0.successor = $1 }
        case "document": return edit(try? Identifier(value)) { $0.document = $1 }
        case "necessity": return edit(value) { $0.necessity = $1 }
        case "ground": return edit(Ground(word: value)) { $0.ground = $1 }
        case "request_id": return take(try? Identifier(value)) { requestID = $0 }
        default: return false
        }
    }

    private func take<Value>(_ value: Value?, _ put: (Value) -> Void) -> Bool {
        guard let value else { return false }
        put(value)
        return true
    }

    private func edit<Value>(_ value: Value?, _ put: @escaping (inout Question, Value) -> Void) -> Bool {
        guard let value else { return false }
        edits.append { put(&$0, value) }
        return true
    }

    static func flag(_ text: String) -> Bool? {
        switch text {
        case "true": true
        case "false": false
        default: nil
        }
    }
}
