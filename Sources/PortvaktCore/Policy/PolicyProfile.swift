/// A policy profile: the typed, validated tables that the engine decides by. Ages, services and lists stand here only.
public struct PolicyProfile: Sendable {
    public let name: String
    /// SHA-256 over the profile's files, 32 bytes.
    public let hash: [UInt8]

    package init(name: String, hash: [UInt8]) {
        self.name = name
        self.hash = hash
    }
}
