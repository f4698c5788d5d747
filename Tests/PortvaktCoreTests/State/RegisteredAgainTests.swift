import PortvaktCore
import Testing

/// The small municipality with one record of each kind that hangs on another one, and a second child with a case.
private func world() -> TestWorld {
    var world = TestWorld()
    world.person("barn-2", born: "2018-01-01")
    world.register(
        .caseRecord(Case(id: id("sak-2"), subject: id("barn-2"), controller: id("kommune-a"), level: 2)),
        .relation(Relation(id: id("slekt"), a: id("mor"), b: id("barn"), kind: .forelder)),
        .authority(Authority(id: id("fa"), holder: .person(id("mor")), over: id("barn-2"))),
        .capacity(Capacity(id: id("evne"), person: id("mor"))),
        .handover(Handover(id: id("stafett"), caseID: id("sak"), from: id("larer"), to: id("ppt"))),
        .objection(Objection(id: id("nei"), by: id("barn"), caseID: id("sak"), service: code("bup"))),
        .restriction(Restriction(id: id("fare"), subject: id("barn"), against: id("far"), kind: .fare)),
        .discussion(
            Discussion(id: id("undring"), person: id("barn"), unit: id("skole-1"), started: instant("2026-11-01"))),
        .meeting(Meeting(id: id("mote"), type: .fagmote, caseID: id("sak"), convenedBy: id("larer"))))
    return world
}

private func consent(
    on caseID: String = "sak", about: String? = nil, by giver: String = "mor", state: ConsentState = .requested
) -> Consent {
    Consent(
        id: id("samtykke"), scope: .caseID(id(caseID)), givenBy: .person(id(giver)), capacity: .foreldreansvar,
        about: about.map { id($0) }, services: [code("ppt")], state: state)
}

@Suite("A record that is registered again")
struct RegisteredAgainTests {
    @Test(
        "stays with whom and what it hangs on: another one is a record of its own",
        arguments: [
            (Record.relation(Relation(id: id("slekt"), a: id("mor"), b: id("barn-2"), kind: .forelder)), "a"),
            (.relation(Relation(id: id("slekt"), a: id("far"), b: id("barn"), kind: .forelder)), "a"),
            (.authority(Authority(id: id("fa"), holder: .person(id("mor")), over: id("barn"))), "over"),
            (.capacity(Capacity(id: id("evne"), person: id("far"))), "person"),
            (.employment(Employment(id: id("larer"), person: id("mor"), unit: id("skole-1"))), "person"),
            (
                .caseRecord(Case(id: id("sak-2"), subject: id("barn-2"), controller: id("kommune-b"), level: 2)),
                "controller"
            ),
            (.handover(Handover(id: id("stafett"), caseID: id("sak-2"), from: id("larer"), to: id("ppt"))), "case"),
            (.grant(Grant(id: id("deltar-ppt"), caseID: id("sak-2"), to: .employment(id("ppt")))), "case"),
            (.objection(Objection(id: id("nei"), by: id("barn"), caseID: id("sak-2"), service: code("bup"))), "case"),
            (
                .restriction(Restriction(id: id("fare"), subject: id("barn-2"), against: id("far"), kind: .fare)),
                "subject"
            ),
            (
                .discussion(
                    Discussion(
                        id: id("undring"), person: id("barn-2"), unit: id("skole-1"), started: instant("2026-11-01"))),
                "person"
            ),
            (.meeting(Meeting(id: id("mote"), type: .fagmote, caseID: id("sak-2"), convenedBy: id("larer"))), "case"),
        ])
    func moved(_ record: Record, _ field: String) throws {
        let refusal = try #require(world().refusal(of: .registered(record)))
        #expect(refusal.field == field)
        #expect(refusal.problem == "differs from the one registered before")
    }

    @Test("may be the same again, in everything that the refusals above are about")
    func same() {
        let world = world()
        let records: [Record] = [
            .relation(Relation(id: id("slekt"), a: id("mor"), b: id("barn"), kind: .forelder)),
            .authority(Authority(id: id("fa"), holder: .person(id("far")), over: id("barn-2"))),
            .capacity(Capacity(id: id("evne"), person: id("mor"))),
            .handover(Handover(id: id("stafett"), caseID: id("sak"), from: id("larer"), to: id("rektor"))),
            .meeting(Meeting(id: id("mote"), type: .fagmote, caseID: id("sak"), convenedBy: id("ppt"))),
        ]
        for record in records { #expect(world.refusal(of: .registered(record)) == nil, "\(record)") }
    }

    @Test("as a consent is about the same case and person, by the same giver, and never given twice")
    func consents() {
        var world = world()
        world.register(.consent(consent(about: "barn")))
        func refusal(_ consent: Consent) -> ChangeRefusal? { world.refusal(of: .registered(.consent(consent))) }
        #expect(refusal(consent(on: "sak-2", about: "barn", state: .given))?.field == "case")
        #expect(refusal(consent(about: "barn-2", state: .given))?.field == "about")
        #expect(refusal(consent(about: "barn", by: "far", state: .given))?.field == "given_by")
        #expect(refusal(consent(about: "barn", state: .given)) == nil)
        world.register(.consent(consent(about: "barn", state: .given)))
        // Given once, it may be replaced, and is otherwise ended by what ends it.
        #expect(refusal(consent(about: "barn", state: .superseded)) == nil)
        for state in [ConsentState.requested, .refused, .withdrawn, .revoked, .invalidated] {
            #expect(refusal(consent(about: "barn", state: state))?.field == "id", "\(state)")
        }
    }

    @Test("as a consent that was refused or found invalid never becomes one that was given and taken back")
    func neverGiven() {
        var world = world()
        world.register(.consent(consent()))
        world.register(.consent(consent(state: .refused)))
        world.apply(.consentInvalidated(id("samtykke-mor")))
        for (name, state) in [("samtykke", ConsentState.refused), ("samtykke-mor", .invalidated)] {
            world.apply(.consentWithdrawn(id(name), at: world.now))
            world.apply(.consentRevoked(id(name), at: world.now))
            #expect(world.state.consent(id(name))?.record.state == state)
            #expect(world.state.consent(id(name))?.record.withdrawnAt == nil)
        }
    }

    @Test("as a sole holder's authority contradicts nothing in its own earlier version")
    func soleHolderAgain() {
        var world = TestWorld()
        world.person("barn-2", born: "2017-03-10")
        func sole(_ holder: String) -> Record {
            .authority(Authority(id: id("a"), holder: .person(id(holder)), over: id("barn-2"), sole: true))
        }
        world.register(sole("mor"))
        #expect(world.refusal(of: .registered(sole("far"))) == nil)
    }
}

@Suite("What is derived from a record follows its newest version")
struct DerivedTests {
    @Test("a unit is another controller's too while somebody works there for that controller, and no longer")
    func served() {
        var world = TestWorld()
        let question = Question.employee("larer", .participantAdd).with { $0.participant = .unit(id("skole-b")) }
        #expect(world.primary(question) == "deny.consent_scope_service")
        var shared = Employment(
            id: id("felles"), person: id("felles"), unit: id("skole-b"), forController: id("kommune-a"))
        world.register(.employment(shared))
        #expect(world.primary(question) == "allow.consent")
        shared.forController = nil
        world.register(.employment(shared))
        #expect(world.primary(question) == "deny.consent_scope_service")
    }

    @Test("where a protected child is stays closed to a unit for as long as its controller is private")
    func controllerKind() {
        var world = TestWorld()
        world.person("barn", born: "2017-03-10", protection: .fortrolig)
        let question = Question.employee("larer", .disclose).with {
            $0.recipient = .unit(id("barnehage-p"))
            $0.entry = EntryLabels(
                category: .education, about: [id("barn")], author: id("skole-1"), topics: [code("adresse")])
        }
        #expect(world.primary(question) == "deny.protected")
        world.register(.controller(Controller(id: id("eier"), kind: .kommune)))
        #expect(world.primary(question) == "deny.consent_scope_service")
        world.register(.controller(Controller(id: id("eier"), kind: .privat)))
        #expect(world.primary(question) == "deny.protected")
    }
}

@Suite("A change about what is not there, or beyond a limit, is refused")
struct RefusedChangeTests {
    @Test(
        "whatever the change is about",
        arguments: [
            Event.consentWithdrawn(id("ukjent"), at: instant("2026-11-21")),
            .consentRevoked(id("ukjent"), at: instant("2026-11-21")), .consentInvalidated(id("ukjent")),
            .consentSpent(id("ukjent"), at: instant("2026-11-21")),
            .grantRevoked(id("ukjent"), at: instant("2026-11-21")), .systemDisabled(id("ukjent")),
        ])
    func unknown(_ event: Event) throws {
        let refusal = try #require(TestWorld().refusal(of: event))
        #expect(refusal.id?.text == "ukjent" && refusal.problem == "is not registered")
    }

    @Test("as a profile whose hash is no SHA-256", arguments: [0, 31, 33])
    func profileHash(_ count: Int) throws {
        let event = Event.profileActivated(
            name: try Identifier("nasjonal"), hash: [UInt8](repeating: 1, count: count), from: instant("2026-11-21"))
        #expect(TestWorld().refusal(of: event)?.field == "hash")
    }

    @Test("as a 65th authority over one person; a new version of one of the 64 is taken")
    func mostAuthorities() {
        var world = TestWorld()
        world.person("barn-2", born: "2017-03-10")
        func authority(_ number: Int, status: AuthorityStatus = .known) -> Authority {
            Authority(
                id: id("fa-\(number)"), holder: .person(id(number.isMultiple(of: 2) ? "mor" : "far")),
                over: id("barn-2"),
                status: status)
        }
        for number in 0..<64 { world.register(.authority(authority(number))) }
        #expect(world.refusal(of: .registered(.authority(authority(64))))?.field == "over")
        #expect(world.refusal(of: .registered(.authority(authority(63, status: .unknown)))) == nil)
    }

    @Test("as a shared foreldreansvar beside a sole one, by whichever comes first")
    func sharedBesideSole() {
        var world = TestWorld()
        world.person("barn-2", born: "2017-03-10")
        let change = instant("2026-06-01")
        world.register(
            .authority(
                Authority(
                    id: id("a"), holder: .person(id("mor")), over: id("barn-2"), sole: true,
                    validity: Validity(from: change))))
        var shared = Authority(id: id("b"), holder: .person(id("far")), over: id("barn-2"))
        #expect(world.refusal(of: .registered(.authority(shared)))?.field == "sole")
        // The end is the first instant that no longer counts: one that ends when the other begins is no contradiction.
        shared.validity = Validity(until: change)
        #expect(world.refusal(of: .registered(.authority(shared))) == nil)
    }

    @Test(
        "as what cannot be true of a person, a meeting, a holder or a discussion",
        arguments: [
            (Record.person(Person(id: id("barn"), born: date("2017-03-10"), hiddenFrom: [id("barn")])), "hidden_from"),
            (
                .authority(Authority(id: id("x"), holder: .unit(id("ukjent")), over: id("barn"), kind: .omsorg)),
                "holder"
            ),
            (.authority(Authority(id: id("x"), holder: .employment(id("larer")), over: id("barn"))), "holder"),
            (
                .meeting(
                    Meeting(
                        id: id("x"), type: .fagmote, caseID: id("sak"), convenedBy: id("larer"),
                        starts: instant("2026-11-02"), endedAt: instant("2026-11-01"))), "ended_at"
            ),
            (
                .meeting(
                    Meeting(
                        id: id("x"), type: .veiledningsmote, caseID: id("sak"), convenedBy: id("larer"), level: .system)
                ),
                "level"
            ),
            (
                .anonymousDiscussion(
                    AnonymousDiscussion(
                        id: id("x"), meeting: id("navngitt"), services: [], topic: code("t"), ageBand: .adult)),
                "meeting"
            ),
            (
                .anonymousDiscussion(
                    AnonymousDiscussion(
                        id: id("x"), meeting: id("med-sak"), services: [], topic: code("t"), ageBand: .adult)),
                "meeting"
            ),
        ])
    func untrue(_ record: Record, _ field: String) {
        var world = TestWorld()
        world.register(
            .meeting(Meeting(id: id("navngitt"), type: .fagmote, caseID: id("sak"), convenedBy: id("larer"))),
            .meeting(
                Meeting(
                    id: id("med-sak"), type: .ressursteam, caseID: id("sak"), convenedBy: id("larer"), anonymous: true))
        )
        #expect(world.refusal(of: .registered(record))?.field == field)
    }

    @Test("but an end on the instant of the beginning is true of a life and of a meeting")
    func sameInstant() {
        let world = TestWorld()
        let stillborn = Person(id: id("x"), born: date("2020-01-01"), deceased: OsloTime.startOfDay(date("2020-01-01")))
        #expect(world.refusal(of: .registered(.person(stillborn))) == nil)
        let meeting = Meeting(
            id: id("x"), type: .fagmote, caseID: id("sak"), convenedBy: id("larer"), starts: instant("2026-11-02"),
            endedAt: instant("2026-11-02"))
        #expect(world.refusal(of: .registered(.meeting(meeting))) == nil)
    }
}

@Suite("A grant that is asked for")
struct AskedGrantTests {
    private static let end = instant("2027-06-01")

    private func grant(
        _ name: String = "bedt-om", state: GrantState = .requested, on caseID: String = "sak", under: String? = nil,
        until: Instant = end
    ) -> Record {
        .grant(
            Grant(
                id: id(name), caseID: id(caseID), to: .unit(id("ppt-1")), validity: Validity(until: until),
                state: state,
                under: under.map { id($0) }))
    }

    private func field(_ record: Record, in world: TestWorld) -> String? {
        world.refusal(of: .registered(record))?.field
    }

    @Test("has an end, an id of its own, and one answer")
    func once() {
        var world = TestWorld()
        #expect(field(grant(until: .distantFuture), in: world) == "until")
        #expect(field(grant("deltar-ppt"), in: world) == "id")
        #expect(field(grant(state: .refused), in: world) == "state")
        world.register(grant())
        #expect(field(grant(), in: world) == nil)
        #expect(field(grant(until: Self.end.advanced(byMilliseconds: -1)), in: world) == "id")
        #expect(field(grant(state: .granted), in: world) == nil)
        world.register(grant(state: .refused))
        #expect(field(grant(state: .granted), in: world) == "id")
        #expect(field(grant(), in: world) == "id")
    }

    @Test("hangs on a grant of its own case that lasts, and ends no later")
    func under() {
        var world = TestWorld()
        world.person("barn-2", born: "2018-01-01")
        world.register(.caseRecord(Case(id: id("sak-2"), subject: id("barn-2"), controller: id("kommune-a"), level: 2)))
        world.grant("over", to: .employment(id("ppt")), validity: Validity(until: Self.end))
        #expect(field(grant(under: "over"), in: world) == nil)
        #expect(field(grant(under: "ukjent"), in: world) == "under")
        #expect(field(grant(on: "sak-2", under: "over"), in: world) == "under")
        #expect(field(grant(under: "over", until: Self.end.advanced(byMilliseconds: 1)), in: world) == "until")
        world.apply(.grantRevoked(id("over"), at: world.now))
        #expect(field(grant(under: "over"), in: world) == "under")
    }

    @Test("waits in the list of those that wait until it is answered, whatever the answer")
    func waiting() {
        for state in [GrantState.granted, .refused] {
            var world = TestWorld()
            world.register(grant())
            #expect(world.state.grantRequest(id("bedt-om")) != nil && world.state.grant(id("bedt-om")) == nil)
            world.register(grant(state: state))
            #expect((world.state.grant(id("bedt-om")) != nil) == (state == .granted))
            #expect((world.state.grantRequest(id("bedt-om")) == nil) == (state == .granted))
            #expect(world.state.allPendingGrants().isEmpty, "\(state)")
        }
        var world = TestWorld()
        world.register(grant())
        world.apply(.grantRevoked(id("bedt-om"), at: world.now))
        #expect(world.state.grantRequest(id("bedt-om"))?.record.state == .refused)
        #expect(world.state.allPendingGrants().isEmpty)
    }

    @Test("ends with the one that it hangs on, and so does all that hangs on it; an earlier end stays")
    func ends() {
        var world = TestWorld()
        let (early, late) = (instant("2026-11-20"), instant("2026-11-21"))
        for (name, above) in [("a", nil), ("b", "a"), ("c", "b"), ("d", "b")] {
            world.register(grant(name, state: .granted, under: above))
        }
        world.apply(.grantRevoked(id("d"), at: early))
        world.apply(.grantRevoked(id("a"), at: late))
        let ends = ["a", "b", "c", "d"].map { world.state.grant(id($0))?.record.revokedAt }
        #expect(ends == [late, late, late, early])
        #expect(world.state.grant(id("deltar-ppt"))?.record.revokedAt == nil)
    }
}
