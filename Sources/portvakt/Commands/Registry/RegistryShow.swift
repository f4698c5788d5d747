internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt registry show`
struct RegistryShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one record as it stands.",
        discussion: """
            Exit status 1 when there is none, or it is of a controller that you are not registered for: the answer is the same.

            Example:
              portvakt registry show case sak-1
            """)

    @Argument(help: "What: \(RecordArguments.kinds.filter { $0 != "system" }.joined(separator: ", ")).")
    var kind: String
    @Argument(help: "The record's id.")
    var id: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let request = GetRecordRequest(
            kind: try ArgumentText.word(kind, "the kind of record"),
            id: try ArgumentText.identifier(id, "the record's id"))
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.getRecord, request, as: GetRecordResponse.self)
        }
        output.show(RecordReport.json(response.record)) {
            for line in RecordReport.lines(response.record) { Output.line(line) }
        }
    }
}

/// Shows records.
enum RecordReport {
    static func json(_ filed: FiledRecord) -> JSONValue {
        [
            "kind": .string(filed.record.kind.word), "version": .int(Int64(clamping: filed.version.number)),
            "registered_at": .string(filed.registeredAt.rfc3339), "record": fields(filed.record),
        ]
    }

    /// The record itself, without the kind around it.
    static func fields(_ record: Record) -> JSONValue {
        guard case .object(let wrapped) = ReflectedJSON.value(record), let inner = wrapped.pairs.first else {
            return .null
        }
        return inner.value
    }

    /// One line for each key that says something.
    static func lines(_ filed: FiledRecord) -> [String] {
        var lines = [
            "\(filed.record.kind.word), version \(filed.version.number), registered \(filed.registeredAt.rfc3339)"
        ]
        guard case .object(let object) = fields(filed.record) else { return lines }
        for pair in object.pairs where pair.value.saysSomething {
            lines.append("  \(pair.key): \(pair.value.compact)".printable)
        }
        return lines
    }

    /// What a table says of a record: the keys beside its id, on one line.
    static func summary(_ record: Record) -> String {
        guard case .object(let object) = fields(record) else { return "" }
        return object.pairs.filter { $0.key != "id" && $0.value.saysSomething }
            .map { "\($0.key)=\($0.value.plain)" }.joined(separator: " ")
    }
}

extension JSONValue {
    /// Neither null nor empty nor false.
    fileprivate var saysSomething: Bool {
        switch self {
        case .null, .bool(false): false
        case .string(let text): !text.isEmpty
        case .array(let values): !values.isEmpty
        case .object(let object): object.pairs.contains { $0.value.saysSomething }
        default: true
        }
    }

    /// A string without its quotes, anything else on one line.
    fileprivate var plain: String {
        if case .string(let text) = self { return text }
        return compact
    }
}
