public import PortvaktCore

/// The policy profiles that this node has, found by hash; and the one that decides before any was activated.
public struct ProfileShelf: Sendable {
    /// Decides until a profile is activated.
    public let initial: PolicyProfile
    private let byHash: [[UInt8]: PolicyProfile]
    /// The profiles' own files, by the profiles' hashes.
    private let files: [[UInt8]: [UInt8]]
    private let validator: Validator?

    /// Reads a profile from its file's bytes, or says all that is wrong in it.
    public typealias Validator = @Sendable ([UInt8]) -> Result<PolicyProfile, DocumentErrors>

    /// - Parameters:
    ///   - files: the bytes of the profiles' own files, by the profiles' hashes.
    ///   - validator: reads a profile that is not on the shelf from its file's bytes.
    public init(
        initial: PolicyProfile, others: [PolicyProfile] = [], files: [[UInt8]: [UInt8]] = [:],
        validator: Validator? = nil
    ) {
        self.initial = initial
        self.files = files
        self.validator = validator
        byHash = Dictionary((others + [initial]).map { ($0.hash, $0) }) { $1 }
    }

    /// The bytes of a profile's own file, when the service was given them.
    func file(of profile: PolicyProfile) -> [UInt8]? { files[profile.hash] }

    /// Reads a profile that is not on the shelf; nil when the service was given nobody who can.
    func validate(_ file: [UInt8]) -> Result<PolicyProfile, DocumentErrors>? { validator?(file) }

    public subscript(hash: [UInt8]) -> PolicyProfile? { byHash[hash] }

    /// Every profile, by name.
    public var all: [PolicyProfile] { byHash.values.ordered { $0.name < $1.name } }

    /// The profile in force at an instant, or `nil` when the activated one is not on this node: nothing may be decided then.
    func profile(at instant: Instant, in state: Snapshot) -> PolicyProfile? {
        guard !state.profileActivations.isEmpty, let activation = state.profileActivation(at: instant) else {
            return initial
        }
        return byHash[activation.hash]
    }
}
