import PortvaktWire

/// Protobuf bytes written by hand (protobuf.dev, "Encoding"), for messages that no encoder would make.
struct RawMessage {
    var bytes: [UInt8] = []

    static func varint(_ value: UInt64) -> [UInt8] {
        var value = value
        var bytes: [UInt8] = []
        while value >= 0x80 {
            bytes.append(UInt8(value & 0x7F) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }

    /// Wire type 0.
    func number(_ field: UInt64, _ value: UInt64) -> RawMessage {
        RawMessage(bytes: bytes + Self.varint(field << 3) + Self.varint(value))
    }

    /// Wire type 2.
    func bytes(_ field: UInt64, _ value: [UInt8]) -> RawMessage {
        RawMessage(bytes: bytes + Self.varint(field << 3 | 2) + Self.varint(UInt64(value.count)) + value)
    }

    func text(_ field: UInt64, _ value: String) -> RawMessage { bytes(field, Array(value.utf8)) }

    func message(_ field: UInt64, _ value: RawMessage) -> RawMessage { bytes(field, value.bytes) }
}

extension WireCoder {
    func decode<Message: WireMessage>(_ type: Message.Type, _ bytes: [UInt8]) throws -> Message {
        try bytes.withUnsafeBytes { try unsafe decode(type, from: $0) }
    }
}

/// The error that bytes give, or `nil` when they are taken.
func refusal<Message: WireMessage>(of type: Message.Type, _ bytes: [UInt8]) -> WireError? {
    do {
        _ = try WireCoder().decode(type, bytes)
        return nil
    } catch { return error as? WireError ?? WireError(.malformed, field: "\(error)") }
}

/// The least question that is taken, with the fields that a test wants to break left out.
func minimalQuestion(without missing: Set<UInt64> = []) -> RawMessage {
    var question = RawMessage()
    if !missing.contains(1) { question = question.message(1, RawMessage().text(1, "larer")) }
    if !missing.contains(2) { question = question.number(2, 2) }
    if !missing.contains(3) { question = question.message(3, RawMessage().text(1, "sak")) }
    if !missing.contains(4) { question = question.number(4, 3) }
    if !missing.contains(5) { question = question.number(5, 1) }
    return question
}
