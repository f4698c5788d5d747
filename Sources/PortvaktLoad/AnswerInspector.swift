internal import PortvaktCore
internal import PortvaktWire

/// Looks into an answer of `Access/Check`: a load that measures refusals or nonsense would measure nothing.
final class AnswerInspector {
    private let coder = WireCoder()

    /// `allow`, `deny`, `refer`, or `unreadable`.
    func effect(of message: UnsafeRawBufferPointer) -> String {
        guard let response = unsafe try? coder.decode(CheckResponse.self, from: message) else { return "unreadable" }
        return response.answer.effect.word
    }
}
