internal import Foundation
internal import Logging

/// How log lines look.
enum LogFormat: String, CaseIterable {
    /// One JSON object for each line: `time`, `level`, `message`, and the metadata's keys.
    case json
    /// `time level message key=value …`
    case text
}

/// Writes log lines to standard error. What is logged names files, systems and counts; never a person, a case or a reason.
struct LineLogHandler: LogHandler {
    let format: LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let own = event.metadata { fields.merge(own) { $1 } }
        let line =
            switch format {
            case .json: jsonLine(event, fields)
            case .text: textLine(event, fields)
            }
        StandardError.write(line: line)
    }

    private func textLine(_ event: LogEvent, _ fields: Logger.Metadata) -> String {
        let pairs = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\(Self.oneLine("\($0.value)"))" }
        return "\(Self.now()) \(event.level) \(Self.oneLine("\(event.message)"))\(pairs.joined())"
    }

    private func jsonLine(_ event: LogEvent, _ fields: Logger.Metadata) -> String {
        var object = fields.mapValues { "\($0)" }
        object["time"] = Self.now()
        object["level"] = "\(event.level)"
        object["message"] = "\(event.message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A dictionary of strings always encodes; should that ever change, the text is better than no line.
        guard let data = try? encoder.encode(object) else { return textLine(event, fields) }
        return String(decoding: data, as: UTF8.self)
    }

    private static func now() -> String {
        Date().formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }

    /// A line break inside a value must not begin a line of its own.
    private static func oneLine(_ text: String) -> String {
        text.replacingOccurrences(of: "\n", with: "\\n").replacingOccurrences(of: "\r", with: "\\r")
    }
}
