import PortvaktCore

/// What an answer rests on beside what it is about: somebody else's authority, job or unit. Each begins or ends by itself, at an instant
/// that nothing else of the question has.
let dependencies: [Boundary] = protections + jobs + otherConsents + meetings + recipients + guardians

private let at = instant("2026-12-01T12:00:00+01:00")
private let later = Validity(from: at)
private let earlier = Validity(until: at)

private func boundary(
    _ name: String, _ before: String, _ after: String, _ world: TestWorld, _ question: Question
) -> Boundary {
    Boundary(name: name, at: at, before: before, after: after, world: world, question: question)
}

/// L60, L75: who may know of a strengt fortrolig person, and whose kin somebody is.
private let protections: [Boundary] = {
    var sibling = TestWorld()
    sibling.person("sosken", born: "2015-01-01", protection: .strengt_fortrolig)
    sibling.foreldreansvar("mor", over: "sosken", validity: earlier)
    let both = EntryLabels(category: .education, about: [id("barn"), id("sosken")], author: id("skole-1"))
    func kin(_ validity: Validity) -> TestWorld {
        var world = TestWorld()
        world.person("larer", born: "1980-01-01")
        world.person("tante", born: "1982-01-01")
        world.register(.relation(Relation(id: id("slekt"), a: id("larer"), b: id("tante"), kind: .sosken)))
        world.foreldreansvar("tante", validity: validity)
        return world
    }
    func circle(_ validity: Validity) -> TestWorld {
        var world = TestWorld()
        world.register(
            .employment(Employment(id: id("ny"), person: id("ny"), unit: id("ppt-1"), validity: validity)),
            .person(
                Person(
                    id: id("barn"), born: date("2017-03-10"), protection: .strengt_fortrolig,
                    circle: [id("larer"), id("ny")])))
        return world
    }
    let tells = Question(
        actor: .employment(id("larer")), action: .disclose, object: .caseID(id("sak")), recipient: .unit(id("ppt-1")))
    return [
        boundary(
            "a parent's authority over a protected sibling in the entry ends", "deny.third_party_info",
            "deny.protected",
            sibling, Question.person("mor", .logRead).with { $0.entry = both }),
        boundary(
            "kin of the reader gets foreldreansvar", "allow.holder", "deny.habilitet", kin(later),
            .employee("larer", .logRead)),
        boundary(
            "kin of the reader loses foreldreansvar", "deny.habilitet", "allow.holder", kin(earlier),
            .employee("larer", .logRead)),
        boundary("one of the circle begins in the unit", "deny.protected", "allow.consent", circle(later), tells),
        boundary("the last of the circle leaves the unit", "allow.consent", "deny.protected", circle(earlier), tells),
    ]
}()

/// Who is let in works now (section 2), a log is orphaned when its holder has left (W64), and an inter-municipal unit is a controller's own
/// while somebody works there for it (section 8).
private let jobs: [Boundary] = {
    func participant(_ validity: Validity) -> TestWorld {
        var world = TestWorld()
        world.register(
            .employment(Employment(id: id("ny"), person: id("ny"), unit: id("ppt-1"), validity: validity)))
        return world
    }
    let adds = Question.employee("larer", .participantAdd).with { $0.participant = .employment(id("ny")) }
    var orphaned = TestWorld()
    orphaned.register(
        .employment(Employment(id: id("larer"), person: id("larer"), unit: id("skole-1"), validity: earlier)))
    let reassigns = Question.employee("rektor", .logReassign).with { $0.successor = id("larer-2") }
    func shared(_ validity: Validity) -> TestWorld {
        var world = TestWorld()
        var employment = Employment(id: id("delt"), person: id("delt"), unit: id("ppt-b"), validity: validity)
        employment.forController = id("kommune-a")
        world.register(
            .unit(Unit(id: id("ppt-b"), service: code("ppt"), controller: id("kommune-b"))), .employment(employment))
        return world
    }
    let addsUnit = Question.employee("larer", .participantAdd).with { $0.participant = .unit(id("ppt-b")) }
    return [
        boundary("who is let in begins to work", "deny.role", "allow.consent", participant(later), adds),
        boundary("who is let in ceases to work", "allow.consent", "deny.role_expired", participant(earlier), adds),
        boundary("a log is orphaned", "deny.single_writer", "allow.reassign", orphaned, reassigns),
        boundary(
            "somebody begins in a shared unit", "deny.consent_scope_service", "allow.consent", shared(later), addsUnit),
        boundary(
            "the last one leaves a shared unit", "allow.consent", "deny.consent_scope_service", shared(earlier),
            addsUnit),
    ]
}()

/// Consents that carry nothing here and still count: they name a unit, or leave somebody in or out.
private let otherConsents: [Boundary] = {
    func named(_ change: (inout Consent) -> Void) -> TestWorld {
        var world = TestWorld()
        var consent = Consent(
            id: id("navngitt"), scope: .caseID(id("sak")), givenBy: .person(id("mor")), capacity: .foreldreansvar,
            units: [id("skole-b")], purposes: [.drofting])
        change(&consent)
        world.register(.consent(consent))
        return world
    }
    let emergency = Question.employee("larer-b", .logRead).with {
        $0.emergency = Emergency(reason: "fare for liv", anonymisedInsufficient: true, minutes: 30)
    }
    func excluding(_ change: (inout Consent) -> Void) -> TestWorld {
        var world = TestWorld()
        var first = Consent(
            id: id("uten"), scope: .caseID(id("sak")), givenBy: .person(id("mor")), capacity: .foreldreansvar,
            services: [code("skole")], purposes: [.drofting])
        first.personsExcluded = [id("larer")]
        first.validity = Validity(from: instant("2026-01-01"))
        var second = first
        second.id = id("med")
        second.personsExcluded = []
        second.validity = Validity(from: instant("2026-02-01"))
        change(&second)
        world.person("larer", born: "1980-01-01")
        world.register(.consent(first), .consent(second))
        return world
    }
    func closing() -> TestWorld {
        var world = TestWorld()
        world.register(
            .unit(Unit(id: id("ppt-gammel"), service: code("ppt"), controller: id("kommune-a"), closedAt: at)))
        world.person("barn-2", born: "2017-03-10")
        world.foreldreansvar("mor", over: "barn-2")
        world.register(
            .caseRecord(
                Case(id: id("s2"), subject: id("barn-2"), controller: id("kommune-a"), level: 2, holder: id("larer"))),
            .consent(
                Consent(
                    id: id("c2"), scope: .caseID(id("s2")), givenBy: .person(id("mor")), capacity: .foreldreansvar,
                    units: [id("ppt-gammel")])))
        world.grant("g2", to: .employment(id("ppt")), on: "s2")
        return world
    }
    let reads = Question.employee("larer", .logRead)
    return [
        boundary(
            "the consent that names a unit in an emergency ends", "allow.break_glass", "deny.org_boundary",
            named { $0.validity = earlier }, emergency),
        boundary(
            "the consent that names a unit in an emergency is used", "allow.break_glass", "deny.org_boundary",
            named {
                $0.once = true
                $0.spentAt = at
            }, emergency),
        boundary(
            "somebody who was left out is let in from an instant", "deny.excluded_person", "allow.holder",
            excluding { $0.validity = later }, reads),
        boundary(
            "a consent that lets somebody in again is registered", "deny.excluded_person", "allow.holder",
            excluding { $0.registeredAt = at }, reads),
        boundary(
            "the unit that a consent names is closed", "deny.consent_scope_service", "refer.config", closing(),
            .employee("ppt", .logRead, on: "s2")),
    ]
}()

/// S4: at a drøftingsmøte two of the school are there, one of its leaders among them; S3: the party of a ressursteam is there herself.
private let meetings: [Boundary] = {
    func discussion(_ validity: Validity) -> TestWorld {
        var world = TestWorld()
        for giver in ["mor", "far"] {
            world.consent("drofting-\(giver)", by: giver, to: ["skole"], for: [.drofting])
        }
        world.register(
            .employment(
                Employment(
                    id: id("rektor-2"), person: id("rektor-2"), unit: id("skole-1"), role: .leder, validity: validity)),
            .meeting(
                Meeting(
                    id: id("m"), type: .drofting, caseID: id("sak"), convenedBy: id("larer"),
                    present: [id("larer"), id("rektor-2")])))
        return world
    }
    let holds = Question(actor: .employment(id("larer")), action: .meetingHold, object: .meeting(id("m")))
    func team(_ validity: Validity) -> TestWorld {
        var world = TestWorld()
        world.person("plassert", born: "2017-03-10")
        world.register(
            .authority(
                Authority(
                    id: id("omsorg"), holder: .unit(id("barnevern-1")), over: id("plassert"), kind: .omsorg,
                    document: try? Identifier("vedtak-1"))),
            .caseRecord(
                Case(
                    id: id("p"), subject: id("plassert"), controller: id("kommune-a"), level: 2, holder: id("larer"))),
            .employment(Employment(id: id("vakt"), person: id("vakt"), unit: id("barnevern-1"), validity: validity)),
            .meeting(
                Meeting(
                    id: id("t"), type: .ressursteam, caseID: id("p"), convenedBy: id("larer"),
                    invited: [.employment(id("vakt"))], familyPresent: true)))
        return world
    }
    let meets = Question(actor: .employment(id("larer")), action: .meetingHold, object: .meeting(id("t")))
    var ending = TestWorld()
    for giver in ["mor", "far"] { ending.consent("mote-\(giver)", by: giver, to: ["skole"], for: [.samordning]) }
    ending.register(
        .meeting(
            Meeting(
                id: id("s"), type: .samarbeidsmote, caseID: id("sak"), convenedBy: id("larer"), familyPresent: true,
                endedAt: at)))
    let leads = Question(actor: .employment(id("larer")), action: .meetingHold, object: .meeting(id("s")))
    return [
        boundary("a meeting ends for the one who leads it", "allow.consent", "deny.state", ending, leads),
        boundary("a leader who is present begins", "deny.meeting_rule", "allow.consent", discussion(later), holds),
        boundary("a leader who is present leaves", "allow.consent", "deny.meeting_rule", discussion(earlier), holds),
        boundary(
            "who speaks for the unit with omsorg begins", "deny.no_consent", "allow.party_present", team(later), meets),
        boundary(
            "who speaks for the unit with omsorg leaves", "allow.party_present", "deny.no_consent", team(earlier),
            meets),
    ]
}()

/// Whom somebody is told of by their own right: a parent, one without foreldreansvar (L07), the unit with omsorg (section 4).
private let recipients: [Boundary] = {
    func tells(_ recipient: Recipient, _ ground: Ground? = nil) -> Question {
        var question = Question(
            actor: .employment(id("larer")), action: .disclose, object: .caseID(id("sak")), recipient: recipient)
        question.ground = ground
        return question
    }
    func holding(_ validity: Validity) -> TestWorld {
        var world = TestWorld()
        world.person("onkel", born: "1980-01-01")
        world.register(.relation(Relation(id: id("opphav"), a: id("onkel"), b: id("barn"), kind: .forelder)))
        world.foreldreansvar("onkel", validity: validity)
        return world
    }
    func caring(_ validity: Validity) -> TestWorld {
        var world = TestWorld()
        world.register(
            .authority(
                Authority(
                    id: id("omsorg"), holder: .unit(id("barnevern-1")), over: id("barn"), kind: .omsorg,
                    validity: validity, document: try? Identifier("vedtak-1"))))
        return world
    }
    func placed(_ validity: Validity) -> TestWorld {
        var world = caring(validity)
        world.register(.unit(Unit(id: id("bv-2"), service: code("barnevern"), controller: id("kommune-a"))))
        return world
    }
    // L41, L46: after a care order the parents are not told everything that barnevern writes.
    let ofBarnevern = EntryLabels(category: .barnevern, about: [id("barn")], author: id("bv-2"))
    let parentReads = Question.person("mor", .logRead).with { $0.entry = ofBarnevern }
    return [
        boundary(
            "a care order begins for the parents", "allow.parent", "deny.withheld", placed(later), parentReads),
        boundary("a care order ends for the parents", "deny.withheld", "allow.parent", placed(earlier), parentReads),
        boundary(
            "a parent who is told loses foreldreansvar", "allow.parent", "deny.no_consent", holding(earlier),
            tells(.person(id("onkel")))),
        boundary(
            "a parent who is informed has no foreldreansvar any more", "deny.not_necessary", "allow.statutory_out",
            holding(earlier), tells(.person(id("onkel")), .innsyn_47)),
        boundary(
            "the unit that is told gets omsorg", "deny.consent_scope_service", "allow.parent", caring(later),
            tells(.unit(id("barnevern-1")))),
        boundary(
            "the unit that is told no longer has omsorg", "allow.parent", "deny.consent_scope_service",
            caring(earlier), tells(.unit(id("barnevern-1")))),
    ]
}()

/// L11, L27: for an adult without competence the verge consents, while there is one.
private let guardians: [Boundary] = {
    func world(_ validity: Validity) -> TestWorld {
        var world = TestWorld()
        world.person("voksen", born: "1990-01-01")
        world.person("verge", born: "1970-01-01")
        world.register(
            .capacity(Capacity(id: id("evne"), person: id("voksen"))),
            .authority(
                Authority(
                    id: id("vergemal"), holder: .person(id("verge")), over: id("voksen"), kind: .verge,
                    mandate: [.personlige_forhold], validity: validity)),
            .caseRecord(
                Case(
                    id: id("v"), subject: id("voksen"), controller: id("kommune-a"), level: 2, holder: id("larer"))))
        world.grant("v-ppt", to: .employment(id("ppt")), on: "v")
        world.consent("v-s", by: "verge", capacity: .verge, on: "v")
        return world
    }
    let reads = Question.employee("ppt", .logRead, on: "v")
    return [
        boundary("a verge is appointed", "refer.fact_missing", "allow.consent", world(later), reads),
        boundary("a verge's time ends", "allow.consent", "refer.fact_missing", world(earlier), reads),
    ]
}()
