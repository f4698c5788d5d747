import PortvaktCore
import Testing

@Suite("The state")
struct FoldTests {
    @Test("is a version for each change, and an old one stays as it was")
    func persistence() {
        var world = TestWorld()
        let before = world.state
        let consent: ConsentID = id("samtykke-far")
        world.apply(.consentWithdrawn(consent, at: world.now))
        #expect(world.state.revision.number == before.revision.number + 1)
        #expect(before.consent(consent)?.record.state == .given)
        #expect(world.state.consent(consent)?.record.state == .withdrawn)
        #expect(world.state.consent(consent)?.version == world.state.revision)
    }

    @Test("is not changed by a change that is refused")
    func refusedChange() {
        var world = TestWorld()
        let revision = world.state.revision
        #expect(world.refusal(of: .consentWithdrawn(id("ukjent"), at: world.now)) != nil)
        #expect(throws: ChangeRefusal.self) {
            try world.state.apply(world.change(.consentWithdrawn(id("ukjent"), at: world.now)))
        }
        #expect(world.state.revision == revision)
    }

    @Test("moves the baton when the stafettholder's handover is accepted, and only then")
    func baton() {
        var world = TestWorld()
        let proposed = Handover(id: id("stafett"), caseID: id("sak"), from: id("larer"), to: id("ppt"))
        world.register(.handover(proposed))
        #expect(world.state.caseFile(id("sak"))?.caseRecord.record.holder == id("larer"))
        var accepted = proposed
        accepted.state = .accepted
        world.register(.handover(accepted))
        #expect(world.state.caseFile(id("sak"))?.caseRecord.record.holder == id("ppt"))
        world.register(
            .handover(
                Handover(id: id("gammel"), caseID: id("sak"), from: id("larer"), to: id("rektor"), state: .accepted)))
        #expect(world.state.caseFile(id("sak"))?.caseRecord.record.holder == id("ppt"))
    }

    @Test("finds a system by its certificate's identity, also after the identity changed")
    func systems() {
        var world = TestWorld()
        let old = System.Identity.organizationNumber("123456785")
        let new = System.Identity.spiffe("spiffe://kommune-a/conexus")
        var system = System(id: id("conexus"), identity: old, controllers: [id("kommune-a")], permissions: [.ask])
        world.register(.system(system))
        #expect(world.state.system(identifiedBy: old)?.record.id == id("conexus"))
        system.identity = new
        world.register(.system(system))
        #expect(world.state.system(identifiedBy: old) == nil)
        #expect(world.state.system(identifiedBy: new)?.record.active == true)
        world.apply(.systemDisabled(id("conexus")))
        #expect(world.state.system(identifiedBy: new)?.record.active == false)
    }

    @Test("keeps the earliest of two ends of a consent and of a grant")
    func earliestEnd() {
        var world = TestWorld()
        let (early, late) = (instant("2026-11-20"), instant("2026-11-25"))
        world.apply(.consentWithdrawn(id("samtykke-far"), at: early))
        world.apply(.consentRevoked(id("samtykke-far"), at: late))
        #expect(world.state.consent(id("samtykke-far"))?.record.withdrawnAt == early)
        world.apply(.grantRevoked(id("deltar-ppt"), at: early))
        world.apply(.grantRevoked(id("deltar-ppt"), at: late))
        #expect(world.state.grant(id("deltar-ppt"))?.record.revokedAt == early)
    }

    @Test("turns a request that is withdrawn into a refusal, never into something that was given")
    func withdrawnRequest() {
        var world = TestWorld()
        world.register(
            .consent(
                Consent(
                    id: id("bedt-om"), scope: .caseID(id("sak")), givenBy: .person(id("far")),
                    capacity: .foreldreansvar,
                    services: [code("ppt")], state: .requested)))
        world.apply(.consentWithdrawn(id("bedt-om"), at: world.now))
        #expect(world.state.consent(id("bedt-om"))?.record.state == .refused)
    }

    @Test("gives lists in pages that say whether they are complete")
    func pages() {
        var world = TestWorld()
        for number in 0..<25 { world.person("p-\(number)", born: "2015-01-01") }
        var seen: [PersonID] = []
        var cursor: PersonID?
        while true {
            let page = world.state.personPage(after: cursor, limit: 7)
            seen += page.items.map(\.person.record.id)
            cursor = seen.last
            if page.isComplete { break }
        }
        #expect(seen.count == world.state.personCount)
        #expect(seen == seen.sorted())
        #expect(world.state.consentPage(about: id("barn"), limit: 1).isComplete == false)
        #expect(world.state.consentPage(about: id("barn"), limit: 2).isComplete)
        #expect(world.state.grantPage(of: id("sak"), limit: 1).items.count == 1)
    }

    @Test("knows the policy profile in force at an instant, the later registered of two from the same one")
    func profiles() {
        var world = TestWorld()
        #expect(world.state.profileActivation(at: world.now) == nil)
        let hash = [UInt8](repeating: 7, count: 32)
        for (name, from) in [("a", "2026-01-01"), ("b", "2026-06-01"), ("c", "2026-06-01"), ("d", "2027-01-01")] {
            guard let name = try? Identifier(name) else { continue }
            world.apply(.profileActivated(name: name, hash: hash, from: instant(from)))
        }
        #expect(world.state.profileActivation(at: instant("2026-05-31"))?.name.text == "a")
        #expect(world.state.profileActivation(at: world.now)?.name.text == "c")
        #expect(world.state.profileActivation(at: instant("2027-01-01"))?.name.text == "d")
    }

    @Test("has anonymous discussions that lead nowhere")
    func anonymous() {
        var world = TestWorld()
        world.register(
            .meeting(
                Meeting(
                    id: id("team"), type: .ressursteam, convenedBy: id("larer"), invited: [.unit(id("ppt-1"))],
                    anonymous: true)),
            .anonymousDiscussion(
                AnonymousDiscussion(
                    id: id("anonym"), meeting: id("team"), services: [code("ppt")], topic: code("lesing"),
                    ageBand: .from10to12)))
        #expect(world.state.anonymousDiscussion(id("anonym"))?.record.ageBand == .from10to12)
        guard let record = world.state.anonymousDiscussion(id("anonym"))?.record else { return }
        let names = Set(Mirror(reflecting: record).children.compactMap(\.label))
        #expect(names == ["id", "meeting", "services", "topic", "ageBand"])
    }
}
