internal import PortvaktCore
internal import PortvaktRPC

/// Admits every peer whose certificate was verified and proves an identity; what it may do is decided call by call.
struct CallerGate: CallerPolicy {
    let administrator: System.Identity?

    func admit(_ peer: PeerIdentity) -> Admission {
        let caller = Caller(peer, administrator: administrator)
        return caller.identities.isEmpty ? .refused : .admitted(caller)
    }
}
