public import PortvaktCore

/// The policy profiles that this node has, found by hash; and the one that decides before any was activated.
public struct ProfileShelf: Sendable {
    /// Decides until a profile is activated.
    public let initial: PolicyProfile
    private let byHash: [[UInt8]: PolicyProfile]

    public init(initial: PolicyProfile, others: [PolicyProfile] = []) {
        self.initial = initial
        byHash = Dictionary((others + [initial]).map { ($0.hash, $0) }) { $1 }
    }

    public subscript(hash: [UInt8]) -> PolicyProfile? { byHash[hash] }

    /// Every profile, by name.
    public var all: [PolicyProfile] { byHash.values.sorted { $0.name < $1.name } }

    /// The profile in force at an instant, or `nil` when the activated one is not on this node: nothing may be decided then.
    func profile(at instant: Instant, in state: Snapshot) -> PolicyProfile? {
        guard !state.profileActivations.isEmpty, let activation = state.profileActivation(at: instant) else {
            return initial
        }
        return byHash[activation.hash]
    }
}
