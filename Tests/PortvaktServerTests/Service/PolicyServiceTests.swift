import PortvaktClient
import PortvaktCore
import PortvaktRPC
import PortvaktServer
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import PortvaktYAML
import Testing

/// A service with two policy profiles in its folder.
@Suite("Which policy profile decides", .timeLimit(.minutes(10)))
struct PolicyServiceTests {
    private static func profile(_ name: String) throws -> PolicyProfile {
        try TestService.profile(named: name, in: TestTown.policies)
    }

    private static func reference(_ name: String) throws -> ProfileReference {
        ProfileReference(name: TestTown.id(name), hash: try profile(name).hash)
    }

    private func run(
        _ clock: ManualClock = ManualClock(TestTown.start), _ body: (PortvaktChannel) async throws -> Void
    ) async throws {
        let certificates = try await TestCertificates.make(["administrator": TestTown.administrator])
        let names = ["lokal-15", "begge-16"]
        var configuration = ServiceConfiguration(
            tls: certificates.server, node: TestTown.node,
            profiles: ProfileShelf(
                initial: try Self.profile("nasjonal"), others: try names.map(Self.profile),
                validator: { bytes in
                    Result { () throws(DocumentErrors) in try ProfileFolder(path: TestTown.policies).validate(bytes) }
                }),
            clock: clock)
        configuration.administrator = TestTown.administrator
        let service = try await PortvaktService.start(configuration, store: MemoryStore())
        let channel = try PortvaktChannel(
            RPCChannelConfiguration(
                targets: [RPCTarget(host: "127.0.0.1", port: service.port)],
                tls: try certificates.caller("administrator")))
        let controller: [Record] = [.controller(Controller(id: ID(TestTown.id("kommune-a"))))]
        do {
            let _: RegisterRecordsResponse = try await channel.call(
                .registerRecords, RegisterRecordsRequest(header: TestTown.header(), records: controller))
            try await body(channel)
        } catch { Issue.record("\(error)") }
        await channel.close()
        await service.drain(lingerSeconds: 0)
    }

    private func activate(
        _ channel: PortvaktChannel, _ name: String, from: Instant? = nil, hash: [UInt8]? = nil
    ) async throws -> RPCStatus {
        try await status {
            let profile = ProfileReference(name: TestTown.id(name), hash: try hash ?? Self.profile(name).hash)
            let response: ActivateProfileResponse = try await channel.call(
                .activateProfile,
                ActivateProfileRequest(header: TestTown.header(), profile: profile, from: from, reason: "vedtak"))
            return response
        }
    }

    @Test(
        "Whatever stands in a file, what is wrong in it is told: one key that no answer may hold takes no other problem with it"
    )
    func problems() async throws {
        try await run { channel in
            let number = try #require((10_000..<100_000).lazy.map { "018100\($0)" }.first(where: NationalID.occurs))
            let long = String(repeating: "ø", count: WireLimits.sentenceBytes)
            let file = "\(long): 1\n\"a\\x01\\u0085b\": 2\n\"\(number)\": 3\nplain: 4\n"
            let found: ValidateProfileResponse = try await channel.call(
                .validateProfile, ValidateProfileRequest(file: Array(file.utf8)))
            #expect(found.profile == nil)
            let told = found.problems.map { "\($0.path) \($0.problem)" }
            for line in 1...4 { #expect(found.problems.contains { $0.line == line }, "\(line): \(told)") }
            #expect(told.contains { $0.contains("a\u{FFFD}\u{FFFD}b") } && told.contains { $0.contains("plain") })
            #expect(told.contains { $0.contains("looks like a national") } && !told.contains { $0.contains(number) })
        }
    }

    @Test("What comes next is what will decide: of two from the same instant, the one that was activated last")
    func next() async throws {
        try await run { channel in
            let later = TestTown.start.advanced(byMilliseconds: 1000)
            for (name, from) in [
                ("begge-16", later.advanced(byMilliseconds: 1)), ("begge-16", later), ("lokal-15", later),
            ] {
                #expect(try await activate(channel, name, from: from).code == .ok)
            }
            let active: ActiveProfileResponse = try await channel.call(.activeProfile, ActiveProfileRequest())
            #expect(
                active
                    == ActiveProfileResponse(
                        try Self.reference("nasjonal"), next: try Self.reference("lokal-15"), nextFrom: later))
        }
    }

    @Test("A profile is in force from its very instant on, and is then no longer what comes next")
    func instants() async throws {
        let clock = ManualClock(TestTown.start)
        try await run(clock) { channel in
            let later = TestTown.start.advanced(byMilliseconds: 1000)
            #expect(try await activate(channel, "lokal-15", from: later).code == .ok)
            clock.advance(byMilliseconds: 1000)
            let active: ActiveProfileResponse = try await channel.call(.activeProfile, ActiveProfileRequest())
            #expect(active == ActiveProfileResponse(try Self.reference("lokal-15"), from: later))
            // The present instant is taken; what was decided before it stays decided under the profile of that time.
            #expect(try await activate(channel, "begge-16", from: later).code == .ok)
            let past = try await activate(channel, "nasjonal", from: later.advanced(byMilliseconds: -1))
            #expect(past.code == .invalidArgument)
            #expect(past.parsedDetails?.fieldViolations.map(\.field) == ["from"])
            let still: ActiveProfileResponse = try await channel.call(.activeProfile, ActiveProfileRequest())
            #expect(still.profile == (try Self.reference("begge-16")))
        }
    }

    @Test("A profile is activated under its own name and hash alone, and one that is not there is another answer")
    func names() async throws {
        try await run { channel in
            let other = try await activate(channel, "lokal-15", hash: Self.profile("begge-16").hash)
            #expect(other.code == .failedPrecondition)
            let nobody = try await activate(channel, "ingen", hash: Self.profile("begge-16").hash)
            #expect(nobody.code == .notFound)
            let active: ActiveProfileResponse = try await channel.call(.activeProfile, ActiveProfileRequest())
            #expect(active == ActiveProfileResponse(try Self.reference("nasjonal")))
        }
    }
}
