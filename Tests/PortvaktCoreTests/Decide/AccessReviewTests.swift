import PortvaktCore
import PortvaktScenarios
import Testing

@Suite("Who has access to what, in a municipality", .timeLimit(.minutes(10)))
struct AccessReviewTests {
    static let actions: [Action] = [
        .logRead, .logWrite, .logClose, .logArchive, .planRead, .planWrite, .accessLogRead,
    ]
    /// Children, each with a case: enough for every kind of family and participant.
    static let subjects = 24

    /// A municipality's state, from a seed that is printed when something is wrong.
    struct Town {
        let seed = UInt64.random(in: 0...UInt64.max)
        let now = instant("2026-11-21")
        private(set) var state = Snapshot.empty
        var actors: [Actor] = []
        var cases: [CaseFile] = []

        init() throws {
            let municipality = Municipality(
                .init(seed: seed, subjects: AccessReviewTests.subjects, now: now, casesPerThousand: 1000))
            for change in municipality.changes { try state.apply(change) }
            cases = state.casePage(limit: .max).items
            actors =
                state.personPage(limit: .max).items.map { .person($0.person.record.id) }
                + state.employmentPage(limit: .max).items.map { .employment($0.record.id) }
        }
    }

    @Test("who and what list exactly the pairs that are allowed when they are asked")
    func agreement() throws {
        let town = try Town()
        let system = AskingSystem(id: try SystemID("test"))
        var listed = 0
        for file in town.cases {
            let caseID = file.caseRecord.record.id
            let who = AccessReview.who(of: caseID, in: town.state, under: Profiles.nasjonal, at: town.now)
            let purposes = AccessReview.readingPurposes(under: Profiles.nasjonal, at: town.now)
            let pairs = Set(who.map(\.question))
            #expect(pairs.count == who.count, "seed \(town.seed): a pair twice")
            listed += pairs.count
            for actor in town.actors {
                let what = AccessReview.accesses(
                    of: actor, to: caseID, in: town.state, under: Profiles.nasjonal, at: town.now)
                #expect(what == who.filter { $0.actor == actor }, "seed \(town.seed): \(actor) \(caseID)")
                var questions = Self.actions.map { Question(actor: actor, action: $0, object: .caseID(caseID)) }
                questions += file.meetings.map { Question(actor: actor, action: .meetingAttend, object: .meeting($0)) }
                for question in questions {
                    // For any purpose that a log is read for; listed is the first.
                    let asked = (question.action == .logRead ? purposes : [.samordning]).map { purpose in
                        question.with { $0.purpose = purpose }
                    }
                    let allowed = asked.first {
                        Engine.decide($0, asked: system, in: town.state, under: Profiles.nasjonal, at: town.now).effect
                            == .allow
                    }
                    let found = asked.filter(pairs.contains)
                    #expect(
                        found == (allowed.map { [$0] } ?? []),
                        "seed \(town.seed): \(question.actor) \(question.action.word) \(question.object)")
                }
            }
        }
        #expect(listed > town.cases.count, "seed \(town.seed): nobody has access to anything")
    }

    @Test("a simulated withdrawal differs by exactly what its registration changes, in every case")
    func simulation() throws {
        let town = try Town()
        for file in town.cases {
            let caseID = file.caseRecord.record.id
            let consents = town.state.person(file.caseRecord.record.subject)?.consents ?? []
            guard let consent = consents.first(where: { $0.record.state == .given }) else { continue }
            let change = Change(
                event: .consentWithdrawn(consent.record.id, at: town.now), registeredAt: town.now,
                system: try SystemID("test"), controller: file.caseRecord.record.controller)
            let difference = try Simulation.difference(
                after: [change], in: town.state, under: Profiles.nasjonal, at: town.now, cases: [caseID])
            func essence(_ accesses: [Access]) -> Set<Question> {
                Set(accesses.map(\.question))
            }
            let before = essence(
                AccessReview.who(of: caseID, in: town.state, under: Profiles.nasjonal, at: town.now))
            let after = essence(
                AccessReview.who(
                    of: caseID, in: try town.state.applying(change), under: Profiles.nasjonal, at: town.now))
            #expect(essence(difference.disappeared) == before.subtracting(after), "seed \(town.seed): \(caseID)")
            #expect(essence(difference.appeared) == after.subtracting(before), "seed \(town.seed): \(caseID)")
            #expect(difference.appeared.isEmpty, "seed \(town.seed): a withdrawal opens nothing")
        }
    }
}

extension Access {
    /// The question that it is the answer to.
    var question: Question { Question(actor: actor, action: action, object: object, purpose: purpose) }
}
