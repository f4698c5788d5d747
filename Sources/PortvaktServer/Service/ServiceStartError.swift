/// Why a service does not start: one sentence that says what to do.
public struct ServiceStartError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
