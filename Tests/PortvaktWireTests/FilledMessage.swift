import CPortvaktProto
import CProtobufC
import PortvaktCore

@testable import PortvaktWire

/// protobuf-c's description of a message.
struct ProtoMessage {
    let descriptor: ProtobufCMessageDescriptor

    init<Message: WireMessage>(of type: Message.Type) {
        guard let descriptor = unsafe WireWriter(arena: WireArena()).descriptor(of: type) else {
            preconditionFailure("every message is described")
        }
        self.descriptor = unsafe descriptor.pointee
    }

    init(_ descriptor: ProtobufCMessageDescriptor) { self.descriptor = descriptor }

    /// Without the package.
    var name: String { String(cString: descriptor.name).replacing("portvakt.v1.", with: "") }

    /// In the order of their numbers.
    var fields: [ProtoField] { (0..<Int(descriptor.n_fields)).map { ProtoField(descriptor.fields[$0]) } }

    struct Service {
        var calls: [(input: ProtoMessage, output: ProtoMessage)]
    }

    static var services: [Service] {
        [
            portvakt__v1__access__descriptor, portvakt__v1__consents__descriptor, portvakt__v1__grants__descriptor,
            portvakt__v1__registry__descriptor, portvakt__v1__audit__descriptor, portvakt__v1__policy__descriptor,
            portvakt__v1__testing__descriptor, portvakt__v1__foresight__descriptor, portvakt__v1__watch__descriptor,
        ].map { service in
            Service(
                calls: (0..<Int(service.n_methods)).map {
                    let method = service.methods[$0]
                    return (ProtoMessage(method.input.pointee), ProtoMessage(method.output.pointee))
                })
        }
    }
}

/// protobuf-c's description of a field.
struct ProtoField {
    let descriptor: ProtobufCFieldDescriptor

    init(_ descriptor: ProtobufCFieldDescriptor) { self.descriptor = descriptor }

    var name: String { String(cString: descriptor.name) }
    var number: UInt64 { UInt64(descriptor.id) }
    var isRepeated: Bool { descriptor.label == PROTOBUF_C_LABEL_REPEATED }
    /// What the members of one `oneof` have in common; `nil` for any other field.
    var oneof: UInt32? {
        descriptor.flags & UInt32(PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue) == 0 ? nil : descriptor.quantifier_offset
    }

    var message: ProtoMessage {
        guard let message = descriptor.descriptor else { preconditionFailure("\(name) is no message") }
        return ProtoMessage(message.assumingMemoryBound(to: ProtobufCMessageDescriptor.self).pointee)
    }

    /// The numbers of an enum but for the one that stands for nothing.
    var numbers: [UInt64] {
        guard let found = descriptor.descriptor else { preconditionFailure("\(name) is no enum") }
        let descriptor = found.assumingMemoryBound(to: ProtobufCEnumDescriptor.self).pointee
        return (0..<Int(descriptor.n_values)).map { UInt64(descriptor.values[$0].value) }.filter { $0 != 0 }
    }
}

/// The bytes of a message that has every field, each with a value of its own, and what those values are.
///
/// Of a `oneof` there is one member, another one in each variant; a truth value is true in some variants, in others than any
/// other field of its message.
struct FilledMessage {
    /// As many as the largest `oneof` has members; more than a field's number has bits.
    static let variants = 17

    /// A value, the field that has it, and the field that the message with that field is.
    struct Leaf {
        var name: String
        var parent: String
        var value: String
    }

    private(set) var bytes: [UInt8] = []
    private(set) var leaves: [Leaf] = []
    private let variant: Int
    private let root: String
    /// The next number: above the least that a range takes, and below the largest.
    private var next: UInt64 = 60

    init(_ message: ProtoMessage, variant: Int) {
        self.variant = variant
        root = message.name
        bytes = fill(message, as: "").bytes
    }

    private mutating func fill(_ message: ProtoMessage, as parent: String) -> RawMessage {
        var filled = RawMessage()
        let fields = message.fields.filter { !isLeftOut($0, of: message.name) }
        for field in fields {
            if let oneof = field.oneof {
                let members = fields.filter { $0.oneof == oneof }
                guard members[variant % members.count].number == field.number else { continue }
            }
            for item in 0..<(field.isRepeated && !isPacked(field) ? 2 : 1) {
                filled = append(field, item, of: message.name, as: parent, to: filled)
            }
        }
        return filled
    }

    private func isPacked(_ field: ProtoField) -> Bool {
        field.descriptor.flags & UInt32(PROTOBUF_C_FIELD_FLAG_PACKED.rawValue) != 0
    }

    private mutating func append(
        _ field: ProtoField, _ item: Int, of message: String, as parent: String, to filled: RawMessage
    ) -> RawMessage {
        switch field.descriptor.type {
        case PROTOBUF_C_TYPE_MESSAGE:
            return filled.message(field.number, fill(field.message, as: field.name))
        case PROTOBUF_C_TYPE_STRING:
            let text = text(of: field.name, in: message)
            note(text, field, parent)
            return filled.text(field.number, text)
        case PROTOBUF_C_TYPE_BYTES:
            let value =
                (0..<24).map { _ in UInt8(variant) } + (0..<8).map { UInt8(truncatingIfNeeded: next >> (8 * $0)) }
            next += 1
            note(TakenMessage.text(value), field, parent)
            return filled.bytes(field.number, value)
        default:
            guard field.isRepeated else {
                let number = number(field, 0, in: message)
                note(shown(number, field), field, parent)
                return number == 0 ? filled : filled.number(field.number, number)
            }
            let numbers = (0..<2).map { number(field, $0, in: message) }
            for number in numbers { note(shown(number, field), field, parent) }
            if isPacked(field) { return filled.bytes(field.number, numbers.flatMap { RawMessage.varint($0) }) }
            return filled.number(field.number, numbers[item])
        }
    }

    private mutating func note(_ value: String, _ field: ProtoField, _ parent: String) {
        // How deep a node stands is told by the tree.
        if field.name != "depth" { leaves.append(Leaf(name: field.name, parent: parent, value: value)) }
    }

    private func shown(_ number: UInt64, _ field: ProtoField) -> String {
        switch field.descriptor.type {
        case PROTOBUF_C_TYPE_BOOL: number == 0 ? "false" : "true"
        case PROTOBUF_C_TYPE_ENUM: "#\(number)"
        default: "\(number)"
        }
    }
}

// MARK: - What a field may hold

extension FilledMessage {
    /// What contradicts the rest of its message, or is not to be given in this one.
    private func isLeftOut(_ field: ProtoField, of message: String) -> Bool {
        let isEven = variant % 2 == 0
        return switch (message, field.name) {
        // A cursor, or the end of the list.
        case ("Page", "next_cursor"): !isEven
        case ("Page", "complete"): isEven
        case ("Touched", "everything"): !isEven
        case ("Touched", _): isEven
        case ("SimulateRequest", "then"): isEven
        case ("SimulateRequest", "turning"): !isEven
        // What the service sets.
        case ("Consent", "registered_at"), ("Consent", "withdrawn_at"), ("Consent", "spent_at"): statesAConsent
        case ("Grant", "revoked_at"): ["AddGrantRequest", "RequestGrantRequest"].contains(root)
        case ("Grant", "granted_by"), ("Grant", "reason"): root == "RequestGrantRequest"
        // A system has calls of its own.
        case ("Record", "system"): ["RegisterRecordsRequest", "StageRequest"].contains(root)
        // The entries of a log are its items.
        case ("Question", "entry"): root == "CheckManyRequest"
        default: false
        }
    }

    /// The call states a consent as it is given, and the service sets the rest.
    private var statesAConsent: Bool {
        ["GiveConsentRequest", "RequestConsentRequest", "RenewConsentRequest"].contains(root)
    }

    private mutating func text(of field: String, in message: String) -> String {
        defer { next += 1 }
        return switch (message, field) {
        case ("Person", "born"): CivilDate(daysSinceEpoch: Int32(next)).description
        case ("System", "identity"): "spiffe://example.no/\(next)"
        default: "v\(next)"
        }
    }

    /// - Parameter item: the place in a list.
    private mutating func number(_ field: ProtoField, _ item: Int, in message: String) -> UInt64 {
        let isEven = variant % 2 == 0
        switch (message, field.name) {
        case ("IdentityAttempt", "free_text"), ("Touched", "everything"), ("Page", "complete"): return 1
        case ("Answer", "effect"), ("Answer", "external"): return isEven ? 1 : 2
        case ("Answer", "reasons"): return (isEven ? 1 : 65) + UInt64(item)
        case ("Case", "level"): return 3
        case ("Consent", "state") where statesAConsent: return UInt64(ConsentState.given.rawValue)
        case ("Grant", "state") where root == "RequestGrantRequest": return UInt64(GrantState.granted.rawValue)
        case ("GetRecordRequest", "kind"), ("ListRecordsRequest", "kind"): return 1 + UInt64(variant % 15)
        case ("ExplanationNode", "depth"): return 0
        case ("CheckEachResponse", "answer"): return UInt64(item)
        default: break
        }
        switch field.descriptor.type {
        case PROTOBUF_C_TYPE_BOOL: return field.number >> (variant % 5) & 1
        case PROTOBUF_C_TYPE_ENUM:
            next += 1
            let numbers = field.numbers
            return numbers[Int(next) % numbers.count]
        default:
            next += 1
            return next
        }
    }
}

/// The values of a message as it was taken, under the names that they have there.
struct TakenMessage {
    private var names: [String: Set<String>] = [:]

    init(_ message: Any) { add(message, as: "") }

    /// The names that a value stands under, without underscores and in small letters.
    func names(of value: String) -> [String] { names.filter { $0.value.contains(value) }.map(\.key).sorted() }

    func has(_ leaf: FilledMessage.Leaf) -> Bool {
        Self.names(of: leaf).contains { names[$0]?.contains(leaf.value) == true }
    }

    static func text(_ bytes: [UInt8]) -> String { bytes.map { String($0, radix: 16) }.joined(separator: " ") }

    private static func plain(_ name: String) -> String {
        (name.hasSuffix("_ms") ? name.dropLast(3) : name[...]).replacing("_", with: "").lowercased()
    }

    /// The names that a field's value may stand under: its own, another one of the model's, or that of the message around it where
    /// the model has its one value only (an instant, the areas of a plan).
    private static func names(of leaf: FilledMessage.Leaf) -> [String] {
        let own = otherNames[leaf.name] ?? [leaf.name]
        return (own + [leaf.parent]).map(plain)
    }

    /// What the model calls something else than the proto files do.
    private static let otherNames = [
        "complete": ["complete", "is_complete"], "complete_to_ms": ["complete_to_time"], "from_holder": ["from"],
        "registered_ms": ["registered_at"], "id": ["id", "ids"], "ids": ["id", "ids"],
    ]

    private mutating func add(_ value: Any, as name: String) {
        switch value {
        case let word as any Vocabulary: note("#\(word.number)", name)
        case let flag as Bool: note("\(flag)", name)
        case let text as String: note(text, name)
        case let instant as Instant: note("\(instant.milliseconds)", name)
        case let revision as Revision: note("\(revision.number)", name)
        case let date as CivilDate: note("\(date)", name)
        case let identity as System.Identity: note(identity.text, name)
        case let number as any BinaryInteger: note("\(number)", name)
        case let bytes as [UInt8] where !bytes.isEmpty: note(Self.text(bytes), name)
        case let remedies as Remedies:
            add(remedies.sets, as: name)
            note("\(remedies.isComplete)", "remedies_complete")
        case let decision as Decision:
            // Kept as bits.
            add(decision.reasons, as: "reasons")
            add(decision.obligations, as: "obligations")
            addParts(of: decision, as: name)
        default: addParts(of: value, as: name)
        }
    }

    private mutating func addParts(of value: Any, as name: String) {
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional, .collection, .set: for child in mirror.children { add(child.value, as: name) }
        case .enum:
            guard let payload = mirror.children.first, let label = payload.label else {
                return note("true", "\(value)")
            }
            add(payload.value, as: label)
        default:
            for child in mirror.children {
                let label = child.label ?? ""
                // An id's text has the name of the id, and so has a part that has none.
                let isWhole = mirror.children.count == 1 && ["identifier", "text"].contains(label)
                add(child.value, as: isWhole || label.isEmpty || label.hasPrefix(".") ? name : label)
            }
        }
    }

    private mutating func note(_ value: String, _ name: String) { names[Self.plain(name), default: []].insert(value) }
}

extension Vocabulary {
    fileprivate var number: UInt8 { rawValue }
}
