import PortvaktCore
import PortvaktTesting
import Testing

@testable import PortvaktRPC
@testable import PortvaktServer

private func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

@Suite("Whom a certificate stands for")
struct CallerTests {
    private static let organization = "312345676"
    private static let spiffe = "spiffe://portvakt.test/to"

    private func caller(_ number: String? = organization, _ spiffe: String? = spiffe, administrator: Bool = false)
        -> Caller
    {
        Caller(
            PeerIdentity(organizationNumber: number, spiffeID: spiffe, fingerprint: [], notAfter: .max),
            administrator: administrator ? .spiffe(Self.spiffe) : nil)
    }

    private func published(_ systems: [System]) throws -> Published {
        var state = Snapshot.empty
        for record in [.controller(Controller(id: id("a")))] + systems.map(Record.system) {
            try state.apply(
                Change(event: .registered(record), registeredAt: TestTown.start, system: id("x"), controller: id("a")))
        }
        let profile = try TestService.profile(named: "nasjonal", in: TestTown.policies)
        return Published(state: state, profiles: ProfileShelf(initial: profile))
    }

    private func system(_ name: String, _ identity: System.Identity, _ actions: [Action]? = nil, active: Bool = true)
        -> System
    {
        System(
            id: id(name), identity: identity, controllers: [id("a")], permissions: [.ask], actions: actions,
            active: active)
    }

    @Test("is the one system that has any of its identities; of two different ones it is neither")
    func identities() throws {
        let (one, other) = (
            system("en", .organizationNumber(Self.organization)), system("to", .spiffe(Self.spiffe))
        )
        for systems in [[one], [other]] {
            let found = caller().registered(in: try published(systems))
            #expect(found.system == systems[0] && found.asking.isRegistered)
        }
        let both = caller().registered(in: try published([one, other]))
        #expect(!both.isRegistered && both.permissions.isEmpty)
        #expect(!both.asking.isRegistered && both.asking.controllers == [] && both.asking.actions == [])
        // Each alone is itself.
        let state = try published([one, other])
        #expect(caller(Self.organization, nil).registered(in: state).system == one)
        #expect(caller(nil, Self.spiffe).registered(in: state).system == other)
    }

    @Test("asks for the controllers and the actions that the registration names, and for nothing when it is disabled")
    func limits() throws {
        let identity = System.Identity.spiffe(Self.spiffe)
        let narrow = caller().registered(in: try published([system("to", identity, [.logRead])]))
        #expect(narrow.asking.controllers == [id("a")] && narrow.asking.actions == [.logRead])
        #expect(caller().registered(in: try published([system("to", identity)])).asking.actions == nil)
        let disabled = caller().registered(in: try published([system("to", identity, active: false)]))
        #expect(!disabled.isRegistered && disabled.permissions.isEmpty)
        // The ledger still says which one it was.
        #expect(disabled.asking == .unregistered(id("to")))
    }

    @Test("as the configured administrator sets a service up, and asks, explains and reads about nobody")
    func administrator() throws {
        let state = try published([])
        let administrator = caller(administrator: true)
        let may = Permission.allCases.filter { administrator.may($0, in: state) }
        #expect(Set(may) == [.administer, .register, .health, .reflect])
        #expect(Permission.allCases.allSatisfy { !caller().may($0, in: state) })
    }

    @Test(
        "changes for the controllers of its registration, and for every one only while it is the unregistered administrator"
    )
    func scope() throws {
        let (none, registered) = (try published([]), try published([system("to", .spiffe(Self.spiffe))]))
        let administrator = caller(administrator: true)
        #expect(ChangeScope(of: administrator, in: none).allowed == nil)
        #expect(ChangeScope(of: administrator, in: registered).allowed == [id("a")])
        #expect(ChangeScope(of: caller(), in: registered).allowed == [id("a")])
        #expect(ChangeScope(of: caller(), in: none).allowed == [])
    }

    @Test("is let in when it proves an identity, and refused when it proves none")
    func admission() {
        let gate = CallerGate(administrator: nil)
        for (number, spiffe) in [(Self.organization, nil), (nil, Self.spiffe), (Self.organization, Self.spiffe)] {
            guard
                case .admitted = gate.admit(
                    PeerIdentity(organizationNumber: number, spiffeID: spiffe, fingerprint: [], notAfter: .max))
            else {
                Issue.record("refused")
                continue
            }
        }
        guard
            case .refused = gate.admit(
                PeerIdentity(organizationNumber: nil, spiffeID: nil, fingerprint: [], notAfter: .max))
        else {
            Issue.record("admitted without an identity")
            return
        }
    }

    @Test("is looked up anew in each state")
    func anew() throws {
        let caller = caller()
        let registered = system("to", .spiffe(Self.spiffe))
        let states = try [[], [registered], []].map { try published($0) }
        #expect(states.map { caller.registered(in: $0).isRegistered } == [false, true, false])
    }
}
