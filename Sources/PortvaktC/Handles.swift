internal import PortvaktClient
internal import PortvaktCore

/// An object behind an opaque pointer of the C interface: retained once when it is handed out, released when it is freed.
enum Handle {
    static func give<Object: AnyObject>(_ object: Object) -> OpaquePointer {
        unsafe OpaquePointer(Unmanaged.passRetained(object).toOpaque())
    }

    /// The object behind a pointer that ``give(_:)`` made and nobody has freed.
    static func object<Object: AnyObject>(_ pointer: OpaquePointer?, _ type: Object.Type = Object.self) -> Object? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe Unmanaged<Object>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    }

    static func free<Object: AnyObject>(_ pointer: OpaquePointer?, _ type: Object.Type) {
        guard let pointer = unsafe pointer else { return }
        unsafe Unmanaged<Object>.fromOpaque(UnsafeRawPointer(pointer)).release()
    }
}

/// `portvakt_result`.
enum Result: Int32 {
    case ok = 0, refused, unanswered, badArgument, badFiles, releaseFailed
}

/// A key that was refused when it was set: what it stood for would be left out.
struct Refused: CustomStringConvertible {
    /// `nil` when it was no text.
    let key: String?

    /// The key of a host that is not one of ours is not repeated: it could be anything.
    var description: String {
        let name = key.flatMap { Self.isShown($0) ? $0 : nil } ?? "a key"
        return "\(name) was refused when it was set: correct it, and set everything in a new one"
    }

    private static func isShown(_ key: String) -> Bool {
        key.utf8.count <= 40 && key.utf8.allSatisfy { ("a"..."z").contains(UnicodeScalar($0)) || $0 == 46 || $0 == 95 }
    }
}

/// A text of the caller's.
func text(_ pointer: UnsafePointer<CChar>?) -> String? {
    guard let pointer = unsafe pointer else { return nil }
    return unsafe String(validatingCString: pointer)
}

/// What a question came to, with its texts as C has them.
final class CRuling {
    let result: Result
    let isAllowed: Bool
    let reason: CText
    let sentence: CText
    let receipt: CText?

    init(_ ruling: Ruling) {
        switch ruling {
        case .allowed(let given):
            result = .ok
            isAllowed = true
            reason = CText(given.reasons.first?.word ?? "")
            sentence = CText("allowed")
            receipt = CText(given.text)
        case .refused(let refusal):
            isAllowed = false
            sentence = CText("\(refusal)")
            switch refusal {
            case .denied(let given, _), .notFound(let given):
                result = .refused
                reason = CText(given.reasons.first?.word ?? "")
                receipt = CText(given.text)
            case .unrecorded:
                result = .refused
                reason = CText(Reason.denyUnrecorded.word)
                receipt = nil
            case .unanswered(let why):
                result = .unanswered
                reason = CText(why.kind)
                receipt = nil
            }
        }
    }
}

/// A C string that lives as long as its owner.
@safe final class CText {
    let pointer: UnsafePointer<CChar>
    private let memory: UnsafeMutableBufferPointer<CChar>

    init(_ text: String) {
        let bytes = text.utf8CString
        let memory = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count)
        _ = unsafe memory.initialize(from: bytes)
        unsafe self.memory = unsafe memory
        // Of at least one byte: the NUL.
        unsafe pointer = unsafe UnsafePointer(memory.baseAddress.unsafelyUnwrapped)
    }

    deinit { unsafe memory.deallocate() }
}
