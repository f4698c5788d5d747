/// A JSON value that keeps the order of its keys, so that output can be compared line by line.
enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    /// Finite; printed with at most three decimals.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(KeyValues)

    /// Pairs in the order in which they are printed.
    struct KeyValues: Sendable, Hashable, ExpressibleByDictionaryLiteral {
        var pairs: [Pair]

        struct Pair: Sendable, Hashable {
            var key: String
            var value: JSONValue
        }

        init(_ elements: [(String, JSONValue)]) {
            pairs = elements.map { Pair(key: $0.0, value: $0.1) }
        }

        init(dictionaryLiteral elements: (String, JSONValue)...) {
            self.init(elements)
        }
    }

    static func strings(_ texts: some Sequence<String>) -> JSONValue { .array(texts.map { .string($0) }) }

    /// The string, or null.
    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    /// RFC 8259 text, indented by two spaces.
    var text: String {
        var text = ""
        write(to: &text, indent: 0)
        return text
    }

    /// RFC 8259 text on one line.
    var compact: String {
        var text = ""
        write(to: &text, indent: nil)
        return text
    }

    private func write(to text: inout String, indent: Int?) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .int(let value): text += "\(value)"
        case .number(let value): text += Self.decimal(value)
        case .string(let value): Self.quote(value, into: &text)
        case .array(let values):
            Self.enclose("[", "]", values, into: &text, indent: indent) { value, text, indent in
                value.write(to: &text, indent: indent)
            }
        case .object(let object):
            Self.enclose("{", "}", object.pairs, into: &text, indent: indent) { pair, text, indent in
                Self.quote(pair.key, into: &text)
                text += indent == nil ? ":" : ": "
                pair.value.write(to: &text, indent: indent)
            }
        }
    }

    private static func enclose<Element>(
        _ open: String, _ close: String, _ elements: [Element], into text: inout String, indent: Int?,
        write: (Element, inout String, Int?) -> Void
    ) {
        text += open
        let inner = indent.map { $0 + 2 }
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            if let inner { text += "\n" + String(repeating: " ", count: inner) }
            write(element, &text, inner)
        }
        if let indent, !elements.isEmpty { text += "\n" + String(repeating: " ", count: indent) }
        text += close
    }

    private static func decimal(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        let thousandths = (value * 1000).rounded()
        if thousandths.magnitude < 1e15, thousandths.truncatingRemainder(dividingBy: 1000) == 0 {
            return "\(Int64(thousandths / 1000))"
        }
        return "\(thousandths / 1000)"
    }

    private static func quote(_ value: String, into text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.steersTerminal:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(KeyValues(elements))
    }
}
