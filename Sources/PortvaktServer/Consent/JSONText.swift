/// JSON (RFC 8259) on one line, its members in the order in which they were put in.
enum JSONText {
    case text(String)
    case bool(Bool)
    case list([JSONText])
    case object([(String, JSONText?)])

    static func texts(_ texts: some Sequence<String>) -> JSONText { .list(texts.map(JSONText.text)) }

    var string: String {
        var string = ""
        write(to: &string)
        return string
    }

    private func write(to string: inout String) {
        switch self {
        case .text(let text): Self.quote(text, &string)
        case .bool(let flag): string += flag ? "true" : "false"
        case .list(let items):
            string += "["
            for (place, item) in items.enumerated() {
                if place > 0 { string += "," }
                item.write(to: &string)
            }
            string += "]"
        case .object(let members):
            string += "{"
            var isFirst = true
            // What is not there is left out.
            for (name, value) in members {
                guard let value else { continue }
                if !isFirst { string += "," }
                isFirst = false
                Self.quote(name, &string)
                string += ":"
                value.write(to: &string)
            }
            string += "}"
        }
    }

    private static func quote(_ text: String, _ string: inout String) {
        string += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": string += "\\\""
            case "\\": string += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                string += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: string.unicodeScalars.append(scalar)
            }
        }
        string += "\""
    }
}
