import PortvaktCore
import PortvaktScenarios

extension RandomHistory {
    /// A question about this world at an instant: most are near to something that would be allowed.
    func question(_ random: inout SeededRandom) -> (question: Question, system: AskingSystem, at: Instant) {
        var maker = QuestionMaker(random: random)
        let made = maker.make(in: self)
        random = maker.random
        return made
    }
}

private struct QuestionMaker {
    var random: SeededRandom

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[random.below(elements.count)] }

    mutating func make(in history: RandomHistory) -> (question: Question, system: AskingSystem, at: Instant) {
        let child = random.chance(750) ? "barn" : "sosken"
        let action = action()
        var question = Question(actor: actor(child, action), action: action, object: object(child, action))
        if random.chance(40) { question.assurance = pick([.low, .substantial]) }
        if random.chance(30) { question.need = false }
        fill(&question, child, history)
        let system: AskingSystem
        if random.chance(20) {
            system = AskingSystem(
                id: made("system"), controllers: [made(pick(["ka", "kb"]))], isRegistered: random.chance(800))
        } else {
            system = AskingSystem(id: made("system"))
        }
        return (question, system, instant(history))
    }

    private mutating func instant(_ history: RandomHistory) -> Instant {
        switch random.below(10) {
        case ..<6: return RandomHistory.now
        case ..<9 where !history.boundaries.isEmpty:
            return pick(history.boundaries).advanced(byMilliseconds: Int64(random.below(3) - 1))
        default: return RandomHistory.now.advanced(byMilliseconds: Int64(random.below(800) - 400) * RandomHistory.day)
        }
    }

    private mutating func action() -> Action {
        random.weighted([
            .logRead: 38, .logWrite: 6, .logOpen: 4, .logClose: 4, .logReopen: 2, .logReassign: 2, .logArchive: 1,
            .batonAccept: 3, .participantAdd: 4, .planCreate: 2, .planRead: 4, .planWrite: 3, .meetingHold: 6,
            .meetingAttend: 8, .meetingRecordDecision: 2, .meetingRecordInLog: 2, .meetingAttachIdentity: 1,
            .discussInternal: 3, .discussAnonymous: 2, .disclose: 6, .consentGive: 6, .erasureRequest: 1,
            .accessLogRead: 4, .statisticsRead: 1,
        ])
    }

    private mutating func actor(_ child: String, _ action: Action) -> Actor {
        let onlyEmployments: [Action] = [
            .logOpen, .logReopen, .logReassign, .logArchive, .planCreate, .discussInternal, .discussAnonymous,
            .disclose,
            .statisticsRead, .participantAdd, .batonAccept, .meetingHold, .meetingRecordDecision, .meetingRecordInLog,
            .meetingAttachIdentity,
        ]
        let byPerson = onlyEmployments.contains(action) ? 20 : 380
        if random.chance(byPerson) {
            if random.chance(60) { return .proxy(made("gr-\(child)-\(random.below(4))")) }
            if random.chance(20) { return .person(made("ukjent")) }
            return .person(
                made(random.weighted([child: 20, "mor": 30, "far": 30, "stefar": 6, "verge": 8, "fostermor": 6])))
        }
        switch action {
        case .logArchive where random.chance(800): return .employment(made("arkivar"))
        case .logReassign where random.chance(800): return .employment(made("rektor"))
        case .statisticsRead, .accessLogRead: return .employment(made(pick(["ombud", "admin", "rektor", "skole-1-a"])))
        case .batonAccept:
            return .employment(made(pick(["barnevern-1-a", "nav-1-a", "skole-1-b", "ppt-1-a", "skole-1-a"])))
        case .planCreate, .planWrite: return .employment(made(pick(["forvaltning-1-a", "barnevern-1-a", "skole-1-a"])))
        default: break
        }
        let employment: String =
            random.chance(350) ? pick(["skole-1-a", "barnevern-1-a"]) : pick(RandomHistory.employments)
        return .employment(made(employment))
    }

    private mutating func object(_ child: String, _ action: Action) -> Object {
        switch action {
        case .meetingHold, .meetingAttend, .meetingRecordDecision, .meetingRecordInLog:
            if random.chance(80), action == .meetingHold || action == .meetingAttend {
                return .meeting(made(pick(["anonym", "system"])))
            }
            return .meeting(made("mote-\(child)-\(random.below(2))"))
        case .meetingAttachIdentity: return .meeting(made("anonym"))
        case .discussAnonymous: return random.chance(150) ? .person(made(child)) : .meeting(made("anonym"))
        case .discussInternal: return .person(made(child))
        case .disclose: return random.chance(500) ? .person(made(child)) : .caseID(made("sak-\(child)"))
        case .statisticsRead: return .controller(made("ka"))
        default: return random.chance(10) ? .caseID(made("finnes-ikke")) : .caseID(made("sak-\(child)"))
        }
    }

    private mutating func fill(_ question: inout Question, _ child: String, _ history: RandomHistory) {
        switch question.action {
        case .logRead:
            question.purpose = random.weighted([.samordning: 85, .daglig_omsorg: 6, .overgang: 5, .egen_sak: 4])
            if random.chance(650) { question.entry = entry(child) }
            if random.chance(60) {
                question.emergency = Emergency(
                    reason: random.chance(800) ? "Life in danger" : "", anonymisedInsufficient: random.chance(800),
                    minutes: 60)
            }
        case .planRead:
            question.purpose = .individuell_plan
            question.area = random.chance(500) ? try? Area(pick(["A", "B"])) : nil
        case .planCreate, .planWrite: question.purpose = .individuell_plan
        case .participantAdd: question.participant = .unit(made(pick(RandomHistory.units).id))
        case .batonAccept:
            if case .employment(let id) = question.actor { question.successor = id }
        case .logReassign: question.successor = made(pick(["skole-1-b", "ppt-1-a", "bup-1-a"]))
        case .meetingHold, .meetingAttend, .meetingRecordDecision, .meetingRecordInLog: fillMeeting(&question, history)
        case .meetingAttachIdentity, .discussAnonymous:
            if random.chance(400) { question.identifies = random.chance(500) ? .freeText : .person(made(child)) }
        case .disclose: fillDisclosure(&question, child)
        case .consentGive: question.consent = consent(child, question.actor)
        default: break
        }
    }

    /// Asked with the purpose that the meeting's type has.
    private mutating func fillMeeting(_ question: inout Question, _ history: RandomHistory) {
        guard case .meeting(let id) = question.object else { return }
        let world = World(history.events)
        guard let meeting = world.meetings.first(where: { $0.id == id }) else { return }
        let caseRecord = meeting.caseID.flatMap { id in world.cases.first { $0.id == id } }
        question.purpose = Reference.purpose(of: meeting, caseRecord)
        if question.action == .meetingRecordDecision { question.decides = random.chance(200) ? .vedtak : .veien_videre }
    }

    private mutating func fillDisclosure(_ question: inout Question, _ child: String) {
        question.ground =
            random.chance(450)
            ? nil : pick([.bekymringsmelding, .palegg, .avverging, .innsyn_47, .intern_oppgave, .folge_opp])
        if random.chance(500) { question.necessity = "Needed for the school's own task" }
        if random.chance(500) { question.document = try? Identifier("palegg-1") }
        switch random.below(10) {
        case ..<5: question.recipient = .unit(made(pick(RandomHistory.units).id))
        case ..<7: question.recipient = (try? Service("politi")).map { .service($0) }
        default: question.recipient = .person(made(pick(["mor", "far", "stefar", child])))
        }
        if question.ground == .bekymringsmelding, random.chance(700) { question.recipient = .unit(made("barnevern-1")) }
        if question.ground == .innsyn_47, random.chance(800) {
            question.recipient = .person(made(pick(["mor", "far"])))
        }
    }

    private mutating func entry(_ child: String) -> EntryLabels {
        let author = pick(["skole-1", "ppt-1", "skolehelse-1", "barnevern-1", "nav-1", "bup-1", "fastlege-1"])
        let category: Category =
            switch author {
            case "skolehelse-1", "bup-1", "fastlege-1": .health
            case "barnevern-1": .barnevern
            case "nav-1": .nav
            default: .education
            }
        var about: [PersonID] = [made(child)]
        if random.chance(120) { about = [made(pick(["mor", "far", "sosken", "barn"]))] }
        let topics: [Topic] = random.chance(250) ? (try? [Topic(pick(["adresse", "samliv", "lesing"]))]) ?? [] : []
        let withheld: Withheld? = random.chance(250) ? pick(Withheld.allCases) : nil
        return EntryLabels(
            category: category, about: about, author: made(author), topics: topics, withheld: withheld,
            withheldUntil: withheld == .investigation && random.chance(700)
                ? RandomHistory.now.advanced(byMilliseconds: Int64(random.below(20) - 10) * RandomHistory.day) : nil,
            neededForFa: random.chance(200), sameTreatment: category == .health && random.chance(250))
    }

    private mutating func consent(_ child: String, _ actor: Actor) -> Consent {
        var capacity: ConsentCapacity = random.weighted([
            .foreldreansvar: 50, .`self`: 25, .omsorg: 8, .verge: 10, .representant: 7,
        ])
        var giver: Party
        switch capacity {
        case .foreldreansvar: giver = .person(made(pick(["mor", "far", "stefar"])))
        case .`self`: giver = .person(made(child))
        case .omsorg: giver = .unit(made("barnevern-1"))
        case .verge: giver = .person(made("verge"))
        case .representant: giver = .person(made("nabo"))
        }
        if case .person(let person) = actor, random.chance(800) {
            giver = .person(person)
            capacity = person.text == child ? .`self` : person.text == "verge" ? .verge : .foreldreansvar
        }
        let purposes: [Purpose] = pick([
            [.samordning], [.samordning], [.samordning, .drofting], [.fagmote_uten_familie], [.individuell_plan],
            [.daglig_omsorg], [.ressursteam],
        ])
        let services = ["skole", pick(RandomHistory.services)].compactMap { try? Service($0) }
        return Consent(
            id: made("ny"), scope: .caseID(made("sak-\(child)")), givenBy: giver, capacity: capacity,
            services: services,
            units: random.chance(150) ? [made("bup-1")] : [], purposes: purposes,
            categories: random.chance(200) ? [pick(Category.allCases)] : nil,
            form: random.weighted([.skriftlig: 80, .muntlig_dokumentert: 20]), evidence: random.chance(950),
            informed: random.chance(930))
    }
}
