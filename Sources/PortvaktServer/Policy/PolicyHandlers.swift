internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// `Policy`: which profile decides, and which others this node has.
struct PolicyHandlers: Sendable {
    let core: ServiceCore

    var methods: [RPCMethod] {
        let builder = MethodBuilder(core: core)
        return [
            builder.unary(.activeProfile, active), builder.unary(.listProfiles, list),
            builder.unary(.activateProfile, activate), builder.unary(.getProfile, get),
            builder.unary(.validateProfile, validate),
        ]
    }

    @Sendable func active(_ request: ActiveProfileRequest, _ call: Call<ActiveProfileResponse>) {
        let published = core.live.current
        let now = core.clock.now()
        let state = published.state
        let activation = state.profileActivation(at: now)
        // Of several from the same instant, the one that will decide.
        let nextFrom = state.profileActivations.map(\.from).filter { $0 > now }.min()
        let next = nextFrom.flatMap { state.profileActivation(at: $0) }
        guard let reference = activation.map(ProfileReference.init) ?? ProfileReference(published.profiles.initial)
        else {
            return call.fail(Failures.notFound)
        }
        call.answer(
            ActiveProfileResponse(
                reference, from: activation?.from, next: next.map(ProfileReference.init), nextFrom: nextFrom))
    }

    @Sendable func list(_ request: ListProfilesRequest, _ call: Call<ListProfilesResponse>) {
        call.answer(ListProfilesResponse(core.live.current.profiles.all.compactMap { ProfileReference($0) }))
    }

    @Sendable func get(_ request: GetProfileRequest, _ call: Call<GetProfileResponse>) {
        let shelf = core.live.current.profiles
        let found =
            switch request {
            case .name(let name): shelf.all.first { $0.name == name.text }
            case .hash(let hash): shelf[hash]
            }
        guard let found, let reference = ProfileReference(found), let file = shelf.file(of: found) else {
            return call.fail(Failures.notFound)
        }
        call.answer(GetProfileResponse(reference, file: file))
    }

    @Sendable func validate(_ request: ValidateProfileRequest, _ call: Call<ValidateProfileResponse>) {
        let shelf = core.live.current.profiles
        call.offLoop {
            switch shelf.validate(request.file) {
            case .success(let profile): ValidateProfileResponse(profile: ProfileReference(profile))
            case .failure(let wrong): ValidateProfileResponse(problems: wrong.errors.map { ProfileProblem($0) })
            case nil: throw Failures.noValidator
            }
        }
    }

    @Sendable func activate(_ request: ActivateProfileRequest, _ call: Call<ActivateProfileResponse>) {
        let published = core.live.current
        guard published.profiles[request.profile.hash]?.name == request.profile.name.text else {
            let isNamed = published.profiles.all.contains { $0.name == request.profile.name.text }
            return call.fail(isNamed ? Failures.otherProfile : Failures.noProfile)
        }
        let now = core.clock.now()
        let from = request.from ?? now
        let event = Event.profileActivated(
            name: request.profile.name, hash: request.profile.hash, from: from, reason: request.reason)
        // What was decided before stays decided under the profile of that time; a retry that comes after its instant
        // finds what the first one did.
        ChangeDesk(core: core).register(
            [event], request.header, call, at: now, onlyRepeated: from < now, place: { _ in .record("profile") }
        ) {
            ActivateProfileResponse($0[0])
        }
    }
}

extension ProfileProblem {
    init(_ error: DocumentError) {
        self.init(
            line: error.place.line, column: error.place.column,
            path: Self.told(error.path.description, WireLimits.nameBytes),
            problem: Self.told(error.problem, WireLimits.sentenceBytes), suggestion: error.suggestion)
    }

    /// What stands in the file is told as far as an answer may hold it: one key that is too long must not take the other problems with it.
    private static func told(_ text: String, _ limit: Int) -> String {
        guard !NationalID.occurs(in: text) else { return "a text that looks like a national identity number" }
        let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }
        return String(String.UnicodeScalarView(scalars)).cut(toBytes: limit)
    }
}

extension ProfileReference {
    init(_ activation: ProfileActivation) { self.init(name: activation.name, hash: activation.hash) }

    /// - Returns: `nil` for a profile whose name is no identifier, which validation refuses.
    init?(_ profile: PolicyProfile) {
        guard let name = try? Identifier(profile.name) else { return nil }
        self.init(name: name, hash: profile.hash)
    }
}
