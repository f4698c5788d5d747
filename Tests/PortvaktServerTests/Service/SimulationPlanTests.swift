import PortvaktCore
import PortvaktTesting
import PortvaktWire
import PortvaktYAML
import Testing

@testable import PortvaktServer

private func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

/// What is looked at for a simulation, before it is.
@Suite("The plan of a simulation")
struct SimulationPlanTests {
    private static let later = OsloTime.adding(days: 10, to: TestTown.start)

    /// The town, and a profile that is in force from later on.
    private func view() throws -> (view: ForesightView, coming: PolicyProfile) {
        let text = "format: portvakt-policy/1\nname: kommune\nextends: nasjonal\n"
        let coming = try ProfileFolder(path: TestTown.policies).validate(Array(text.utf8))
        let initial = try TestService.profile(named: "nasjonal", in: TestTown.policies)
        let activated = Event.profileActivated(
            name: TestTown.id("kommune"), hash: coming.hash, from: Self.later, reason: nil)
        var state = Snapshot.empty
        for event in try TestTown.records().map(Event.registered) + [activated] {
            try state.apply(
                Change(
                    event: event, registeredAt: TestTown.start, system: id("journal"), controller: id("kommune-a")))
        }
        let published = Published(state: state, profiles: ProfileShelf(initial: initial, others: [coming]))
        return (
            ForesightView(
                published: published, profile: initial, now: TestTown.start, controllers: [id("kommune-a")]), coming
        )
    }

    private func plan(_ request: SimulateRequest, _ view: ForesightView) throws -> SimulationPlan {
        try SimulationPlan(
            request, in: view, scope: ChangeScope(allowed: view.controllers, state: view.state), system: id("journal"))
    }

    @Test("is under the profile that is in force then")
    func profile() throws {
        let (view, coming) = try view()
        for (then, profile) in [
            (Self.later.advanced(byMilliseconds: -1), view.profile), (Self.later, coming),
        ] {
            #expect(try plan(SimulateRequest([], then: then), view).later.hash == profile.hash)
        }
        #expect(try plan(SimulateRequest([]), view).later.hash == view.profile.hash)
    }

    @Test("is of the cases that the proposals touch, also by what is new, and of all where one may touch any")
    func cases() throws {
        let (view, _) = try view()
        let grant = Grant(
            id: id("ny"), caseID: id("sak"), to: .employment(id("radgiver")), grantedBy: .employment(id("larer")))
        let job = Employment(id: id("jobb"), person: id("mor"), unit: id("ppt"))
        for (proposals, cases) in [
            ([Proposal.record(.consent(TestTown.consentOfFather()))], [id("sak")]),
            ([.record(.grant(grant))], [id("sak")]),
            ([.withdrawConsent(id("s-mor"))], [id("sak")]), ([.record(.employment(job))], nil),
            ([.record(.grant(grant)), .record(.employment(job))], nil),
            ([.record(.person(Person(id: id("ny"), born: nil)))], nil), ([], []),
        ] as [([Proposal], [CaseID]?)] {
            let found: [CaseID]? =
                switch try plan(SimulateRequest(proposals), view).source {
                case .these(let cases): cases
                case .all: nil
                }
            #expect(found == cases, "\(proposals)")
        }
    }
}
