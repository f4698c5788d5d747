import PortvaktClient
import PortvaktCore
import PortvaktRPC
import PortvaktTesting
import PortvaktWire
import Testing

/// An administrator's system of kommune-b on a node that kommune-a's systems ask, too.
@Suite("Whose a system's registration is", .timeLimit(.minutes(10)))
struct SystemOwnerTests {
    private static func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }
    private static let kommuneB = ChangeHeader(controller: id("kommune-b"))

    private static func system(
        _ name: String, of controllers: [String], _ permissions: [Permission] = [.ask], active: Bool = true
    ) -> System {
        System(
            id: id(name), identity: .spiffe("spiffe://portvakt.test/\(name)"), controllers: controllers.map { id($0) },
            permissions: permissions, active: active)
    }

    private func register(
        _ system: System, _ header: ChangeHeader, through channel: PortvaktChannel
    ) async throws -> RPCStatus {
        try await status {
            let response: RegisterSystemResponse = try await channel.call(
                .registerSystem, RegisterSystemRequest(header: header, system: system))
            return response
        }
    }

    private func disable(_ name: String, through channel: PortvaktChannel) async throws -> RPCStatus {
        try await status {
            let response: DisableSystemResponse = try await channel.call(
                .disableSystem, DisableSystemRequest(header: Self.kommuneB, id: Self.id(name)))
            return response
        }
    }

    /// The holder of the stranger's certificate administers kommune-b.
    private func run(_ body: (_ first: PortvaktChannel, _ own: PortvaktChannel, TestService) async throws -> Void)
        async throws
    {
        try await TestTown.run { service in
            let first = try service.channel(as: "administrator")
            var own = Self.system("forvalter-b", of: ["kommune-b"], [.administer])
            own.identity = .spiffe("spiffe://portvakt.test/stranger")
            #expect(try await register(own, TestTown.header(), through: first).code == .ok)
            try await body(first, try service.channel(as: "stranger"), service)
        }
    }

    @Test("Nobody registers another controller's system anew, for the own controller or for none")
    func takeover() async throws {
        try await run { _, own, service in
            let unknown = try await disable("ingen", through: own)
            #expect(unknown.code == .notFound)
            for controllers in [["kommune-b"], []] {
                let ended = try await register(Self.system("journal", of: controllers), Self.kommuneB, through: own)
                #expect(ended == unknown)
            }
            #expect(try await disable("journal", through: own) == unknown)
            let journal = try service.channel(as: "journal")
            #expect(try await journal.check(TestTown.reads()).effect == .allow)
        }
    }

    @Test("A system of two controllers is registered anew by whoever administers both, and the others see it")
    func shared() async throws {
        try await run { first, own, _ in
            #expect(
                try await register(
                    Self.system("felles", of: ["kommune-a", "kommune-b"]), TestTown.header(), through: first
                ).code == .ok)
            // It would take the system from kommune-a.
            #expect(
                try await register(Self.system("felles", of: ["kommune-b"]), Self.kommuneB, through: own).code
                    == .notFound)
            let listed: ListSystemsResponse = try await own.call(.listSystems, ListSystemsRequest())
            #expect(
                listed.systems.map(\.system.id) == [Self.id("felles"), Self.id("forvalter-b"), Self.id("nabo")])
            #expect(listed.systems.first?.system.controllers == [Self.id("kommune-a"), Self.id("kommune-b")])
            #expect(
                try await register(
                    Self.system("felles", of: ["kommune-a"]), TestTown.header(), through: first
                ).code == .ok)
        }
    }

    @Test("Nobody but the administrator makes its identity a system's, which would take the other controllers from it")
    func administrator() async throws {
        try await run { first, own, _ in
            var system = Self.system("for-alle", of: ["kommune-b"])
            system.identity = TestTown.administrator
            let ended = try await register(system, Self.kommuneB, through: own)
            #expect(ended.code == .failedPrecondition)
            #expect(ended.parsedDetails?.fieldViolations.map(\.field) == ["system.identity"])
            // It acts for kommune-a as before.
            let other = Self.system("ny-a", of: ["kommune-a"])
            #expect(try await register(other, TestTown.header(), through: first).code == .ok)
            // As one of its own, it does as it likes.
            system.controllers = [Self.id("kommune-a")]
            #expect(try await register(system, TestTown.header(), through: first).code == .ok)
        }
    }

    @Test("A profile, which decides for all, is activated through a system of all controllers and of no fewer")
    func activation() async throws {
        try await run { first, own, service in
            let all: ListRecordsResponse = try await first.call(.listRecords, ListRecordsRequest(kind: .controller))
            let names = all.records.map(\.record.identifier.text)
            #expect(names.contains("kommune-a") && names.contains("kommune-b"))
            let activate = {
                try await status {
                    let active: ActiveProfileResponse = try await own.call(.activeProfile, ActiveProfileRequest())
                    let response: ActivateProfileResponse = try await own.call(
                        .activateProfile,
                        ActivateProfileRequest(header: Self.kommuneB, profile: active.profile, reason: "vedtak"))
                    return response
                }
            }
            var system = Self.system("forvalter-b", of: [], [.administer])
            system.identity = .spiffe("spiffe://portvakt.test/stranger")
            for (left, code) in [(1, .permissionDenied), (0, .ok)] as [(Int, StatusCode)] {
                system.controllers = (names.filter { $0 != "kommune-b" }.dropFirst(left) + ["kommune-b"]).map {
                    Self.id($0)
                }
                #expect(try await register(system, TestTown.header(), through: first).code == .ok)
                #expect(try await activate().code == code, "without \(left)")
            }
        }
    }

    @Test("The own system is registered anew, and one that nobody has")
    func own() async throws {
        try await run { first, own, _ in
            let changed: [[Permission]] = [[.ask], [.ask, .register]]
            for permissions in changed {
                let system = Self.system("ny-b", of: ["kommune-b"], permissions)
                let ended = try await register(system, Self.kommuneB, through: own)
                #expect(ended.code == .ok)
            }
            let begun = try await register(Self.system("ingens", of: []), TestTown.header(), through: first)
            let taken = try await register(Self.system("ingens", of: ["kommune-b"]), Self.kommuneB, through: own)
            #expect(begun.code == .ok && taken.code == .ok)
        }
    }

    @Test(
        "No system is called what stands in the ledger for one that is none: its changes would be taken for another's",
        arguments: ["administrator", "unregistered"])
    func reserved(_ name: String) async throws {
        try await run { first, own, _ in
            for (channel, header) in [(first, TestTown.header()), (own, Self.kommuneB)] {
                let ended = try await register(Self.system(name, of: []), header, through: channel)
                #expect(ended.code == .invalidArgument)
                #expect(ended.parsedDetails?.fieldViolations.map(\.field) == ["system.id"])
            }
        }
    }
}
