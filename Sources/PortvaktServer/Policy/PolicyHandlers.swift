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
            builder.unary(.activateProfile, activate),
        ]
    }

    @Sendable func active(_ request: ActiveProfileRequest, _ call: Call<ActiveProfileResponse>) {
        let published = core.live.current
        let now = core.clock.now()
        let state = published.state
        let activation = state.profileActivation(at: now)
        let next = state.profileActivations.filter { $0.from > now }.min { $0.from < $1.from }
        guard let reference = activation.map(ProfileReference.init) ?? ProfileReference(published.profiles.initial)
        else {
            return call.fail(Failures.notFound)
        }
        call.answer(
            ActiveProfileResponse(
                reference, from: activation?.from, next: next.map(ProfileReference.init), nextFrom: next?.from))
    }

    @Sendable func list(_ request: ListProfilesRequest, _ call: Call<ListProfilesResponse>) {
        call.answer(ListProfilesResponse(core.live.current.profiles.all.compactMap { ProfileReference($0) }))
    }

    @Sendable func activate(_ request: ActivateProfileRequest, _ call: Call<ActivateProfileResponse>) {
        let published = core.live.current
        guard published.profiles[request.profile.hash]?.name == request.profile.name.text else {
            return call.fail(Failures.notFound)
        }
        let now = core.clock.now()
        let from = request.from ?? now
        // What was decided before stays decided under the profile of that time.
        guard from >= now else {
            return call.fail(
                Failures.malformed(
                    WireError(.outOfRange(now.milliseconds...WireLimits.instants.upperBound), field: "from")))
        }
        let event = Event.profileActivated(name: request.profile.name, hash: request.profile.hash, from: from)
        ChangeDesk(core: core).register([event], request.header, call, at: now, path: { _ in "profile" }) {
            ActivateProfileResponse($0[0])
        }
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
