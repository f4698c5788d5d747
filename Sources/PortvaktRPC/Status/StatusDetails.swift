/// What a failed call tells programs: the part of `google.rpc`'s error details that is used.
public struct StatusDetails: Sendable, Equatable {
    /// `google.rpc.ErrorInfo`: the cause, from a fixed vocabulary.
    public struct ErrorInfo: Sendable, Equatable {
        /// UPPER_SNAKE_CASE, constant for one cause.
        public var reason: String
        /// Who defines the reason.
        public var domain: String
        public var metadata: [String: String]

        public init(reason: String, domain: String, metadata: [String: String] = [:]) {
            self.reason = reason
            self.domain = domain
            self.metadata = metadata
        }
    }

    /// `google.rpc.BadRequest.FieldViolation`.
    public struct FieldViolation: Sendable, Equatable {
        /// Path of the field in the request, as in `items[2].subject.id`.
        public var field: String
        /// What is wrong and what to do; never personal data.
        public var description: String

        public init(field: String, description: String) {
            self.field = field
            self.description = description
        }
    }

    public var errorInfo: ErrorInfo?
    public var fieldViolations: [FieldViolation]

    public init(errorInfo: ErrorInfo? = nil, fieldViolations: [FieldViolation] = []) {
        self.errorInfo = errorInfo
        self.fieldViolations = fieldViolations
    }

    public var isEmpty: Bool { errorInfo == nil && fieldViolations.isEmpty }
}

extension RPCStatus {
    /// The longest ``details`` that is made: header lists over 8 KiB are refused by common clients, and base64 adds a
    /// third. Bytes.
    public static let maxDetailsSize = 4 * 1024

    /// A status with details. Field violations that do not fit in ``maxDetailsSize`` are replaced with one, without a
    /// field, that says how many; an `ErrorInfo` that does not fit loses its metadata.
    public init(_ code: StatusCode, _ message: String, _ details: StatusDetails) {
        self.init(code, message, details: StatusDetailsCoder.encode(code, message, details))
    }

    /// What ``details`` says. Nil when there is nothing, or nothing that can be read; details of other kinds are
    /// passed over. Text that is not UTF-8 is repaired with U+FFFD.
    public var parsedDetails: StatusDetails? {
        guard !details.isEmpty, let parsed = StatusDetailsCoder.decode(details), !parsed.isEmpty else { return nil }
        return parsed
    }
}
