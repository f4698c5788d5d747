internal import PortvaktCore
internal import PortvaktWire

/// The model's values as JSON, property by property: what is added to the model appears by itself.
enum ReflectedJSON {
    static func value(_ subject: Any) -> JSONValue {
        // By its exact type: an empty list of anything passes for a list of bytes.
        if type(of: subject) == [UInt8].self, let bytes = subject as? [UInt8] {
            return .string(Hexadecimal.text(bytes))
        }
        if let known = known(subject) { return known }
        let mirror = Mirror(reflecting: subject)
        switch mirror.displayStyle {
        case .optional: return mirror.children.first.map { value($0.value) } ?? .null
        case .collection, .set: return .array(mirror.children.map { value($0.value) })
        case .enum: return enumeration(subject, mirror)
        default:
            let pairs = mirror.children.compactMap { child in child.label.map { (key($0), value(child.value)) } }
            return .object(JSONValue.KeyValues(pairs))
        }
    }

    private static func known(_ subject: Any) -> JSONValue? {
        switch subject {
        case let question as Question: question.json
        case let decision as Decision: decision.json
        case let word as any Vocabulary: .string(word.word)
        case let instant as Instant:
            instant == .distantPast || instant == .distantFuture ? .null : .string(instant.rfc3339)
        case let date as CivilDate: .string(date.description)
        case let revision as Revision: .int(Int64(clamping: revision.number))
        case let identity as System.Identity: .string(identity.text)
        case let text as String: .string(text)
        case let flag as Bool: .bool(flag)
        case let number as any FixedWidthInteger: .int(Int64(clamping: number))
        case let identifier as Identifier: .string(identifier.text)
        case let id as any TextIdentified: .string(id.text)
        default: nil
        }
    }

    /// A case with a value is an object of one key; without, its name.
    private static func enumeration(_ subject: Any, _ mirror: Mirror) -> JSONValue {
        guard let child = mirror.children.first, let label = child.label else { return .string(key("\(subject)")) }
        return .object(JSONValue.KeyValues([(key(label), payload(child.value))]))
    }

    /// Several associated values come as a tuple; unnamed ones are listed.
    private static func payload(_ subject: Any) -> JSONValue {
        let mirror = Mirror(reflecting: subject)
        guard mirror.displayStyle == .tuple else { return value(subject) }
        let isNamed = mirror.children.allSatisfy { $0.label.map { !$0.hasPrefix(".") } ?? false }
        guard isNamed else { return .array(mirror.children.map { value($0.value) }) }
        return .object(JSONValue.KeyValues(mirror.children.map { (key($0.label ?? ""), value($0.value)) }))
    }

    /// `caseID` is `case`, `holdsUntil` is `holds_until`: the words of the files.
    static func key(_ label: String) -> String {
        var label = label
        for ending in ["ID", "Record"] where label.hasSuffix(ending) && label.count > ending.count {
            label.removeLast(ending.count)
            if ending == "ID", label == "request" || label == "import" { label += "Id" }
        }
        var key = ""
        for character in label {
            if character.isUppercase {
                if !key.isEmpty { key += "_" }
                key += character.lowercased()
            } else {
                key.append(character)
            }
        }
        return key
    }
}

/// What shows as the text of its identifier.
protocol TextIdentified {
    var text: String { get }
}

extension ID: TextIdentified {}
extension Code: TextIdentified {}
