import PortvaktCore
import PortvaktWire
import Testing

@testable import PortvaktClient

@Suite("Allows that may be used again")
struct AllowCacheTests {
    private let start = ContinuousClock.now
    private let sak: CaseID
    private let other: CaseID
    private let question: Question

    init() throws {
        sak = try CaseID("sak")
        other = try CaseID("sak-2")
        question = Question(actor: .employment(try EmploymentID("larer")), action: .logRead, object: .caseID(sak))
    }

    private func receipt(
        revision: UInt64 = 5, singleUse: Bool = false, obligations: [Obligation] = [], minutes: UInt32? = nil
    ) -> Receipt {
        let entry = EntryReference(stream: "decisions/n", index: 1, block: 1)
        return Receipt(
            Answer(
                effect: .allow, external: .allow, reasons: [.allowConsent], obligations: obligations,
                holdsUntil: Instant(milliseconds: 60_000), decidedAt: Instant(milliseconds: 0),
                revision: Revision(revision), entry: entry, policyHash: [UInt8](repeating: 1, count: 32),
                emergencyMinutes: minutes, singleUse: singleUse),
            entry: entry)
    }

    /// A cache whose stream has begun at revision 5 and that keeps one allow for a minute.
    private func cache() -> AllowCache {
        var cache = AllowCache(heartbeat: .seconds(1))
        cache.began(at: Revision(5), now: start)
        cache.keep(receipt(), for: question, until: start + .seconds(60), now: start)
        return cache
    }

    @Test("An allow is found while it holds and the stream speaks, and no longer")
    func found() {
        var cache = cache()
        #expect(cache.find(question, now: start) != nil)
        for second in 1..<60 {
            cache.heard(nil, upTo: Revision(5), now: start + .seconds(second))
            #expect(cache.find(question, now: start + .seconds(second)) != nil)
        }
        cache.heard(nil, upTo: Revision(5), now: start + .seconds(60))
        #expect(cache.find(question, now: start + .seconds(60)) == nil)
    }

    @Test("A missed heartbeat forgets everything at once, also when the stream goes on afterwards")
    func silence() {
        var cache = cache()
        #expect(cache.find(question, now: start + .milliseconds(2001)) == nil)
        cache.heard(nil, upTo: Revision(5), now: start + .milliseconds(2002))
        #expect(cache.find(question, now: start + .milliseconds(2003)) == nil)
        var unnoticed = self.cache()
        unnoticed.heard(nil, upTo: Revision(5), now: start + .seconds(10))
        #expect(unnoticed.find(question, now: start + .seconds(10)) == nil)
    }

    @Test("Nothing is kept or found before a stream has begun, nor after it has ended")
    func noStream() {
        var cache = AllowCache(heartbeat: .seconds(1))
        cache.keep(receipt(), for: question, until: start + .seconds(60), now: start)
        #expect(cache.find(question, now: start) == nil && cache.count == 0)
        var ended = self.cache()
        ended.lost()
        #expect(ended.find(question, now: start) == nil && ended.count == 0)
    }

    @Test("A change of the case, or of everything, forgets the allow; a change of another case does not")
    func changes() {
        var cache = cache()
        cache.heard(.these(cases: [other], persons: []), upTo: Revision(6), now: start)
        #expect(cache.find(question, now: start) != nil)
        cache.heard(.these(cases: [sak], persons: []), upTo: Revision(7), now: start)
        #expect(cache.find(question, now: start) == nil)
        var everything = self.cache()
        everything.heard(.everything, upTo: Revision(6), now: start)
        #expect(everything.find(question, now: start) == nil)
    }

    @Test("An answer that was decided before a change which was told first is not kept; one decided on it is")
    func late() {
        var cache = cache()
        cache.heard(.these(cases: [sak], persons: []), upTo: Revision(7), now: start)
        cache.keep(receipt(revision: 6), for: question, until: start + .seconds(60), now: start)
        #expect(cache.find(question, now: start) == nil)
        cache.keep(receipt(revision: 7), for: question, until: start + .seconds(60), now: start)
        #expect(cache.find(question, now: start) != nil)
        // A change that the answer has in it already takes nothing away.
        cache.keep(receipt(revision: 9), for: question, until: start + .seconds(60), now: start)
        cache.heard(.these(cases: [sak], persons: []), upTo: Revision(9), now: start)
        #expect(cache.find(question, now: start) != nil)
    }

    @Test("Another question is another question: actor, purpose and area too")
    func keys() throws {
        var cache = cache()
        var others = [question, question, question]
        others[0].actor = .employment(try EmploymentID("radgiver"))
        others[1].purpose = .veiledning
        others[2].area = try Area("skole")
        for other in others { #expect(cache.find(other, now: start) == nil) }
    }

    @Test("What names a third person, claims an emergency, changes something or carries one use is never kept")
    func neverKept() throws {
        #expect(AllowCache.mayKeep(question, receipt()))
        #expect(AllowCache.mayKeep(question, receipt(obligations: [.log])))
        #expect(!AllowCache.mayKeep(question, receipt(singleUse: true)))
        #expect(!AllowCache.mayKeep(question, receipt(obligations: [.log, .informParents])))
        var about = question
        about.entry = EntryLabels(category: .health, about: [try PersonID("mor")], author: try UnitID("skole"))
        var emergency = question
        emergency.emergency = Emergency(reason: "x", anonymisedInsufficient: true, minutes: 5)
        var meeting = question
        meeting.object = .meeting(try MeetingID("mote"))
        var writing = question
        writing.action = .logWrite
        for asked in [about, emergency, meeting, writing] { #expect(!AllowCache.mayKeep(asked, receipt())) }
    }

    @Test("At the limit everything is forgotten and asking goes on")
    func limits() throws {
        var cache = cache()
        for number in 0..<AllowCache.maximumAllows {
            var asked = question
            asked.object = .caseID(try CaseID("c-\(number)"))
            cache.keep(receipt(), for: asked, until: start + .seconds(60), now: start)
        }
        #expect(cache.count <= AllowCache.maximumAllows && cache.find(question, now: start) == nil)
        let many = try (0...AllowCache.maximumTouched).map { try CaseID("t-\($0)") }
        cache.heard(.these(cases: many, persons: []), upTo: Revision(6), now: start)
        cache.keep(receipt(revision: 5), for: question, until: start + .seconds(60), now: start)
        #expect(cache.find(question, now: start) == nil)
    }

    private func aboutPerson(_ name: String = "barn") throws -> Question {
        var asked = question
        asked.object = .person(try PersonID(name))
        return asked
    }

    @Test("A stream that begins anew forgets what was kept, and keeps nothing that is older than itself")
    func begunAnew() {
        var cache = cache()
        cache.began(at: Revision(8), now: start + .seconds(1))
        #expect(cache.find(question, now: start + .seconds(1)) == nil && cache.count == 0)
        cache.keep(receipt(revision: 7), for: question, until: start + .seconds(60), now: start + .seconds(1))
        #expect(cache.count == 0)
        cache.keep(receipt(revision: 8), for: question, until: start + .seconds(60), now: start + .seconds(1))
        #expect(cache.find(question, now: start + .seconds(1)) != nil)
    }

    @Test("Each word of the stream counts as a heartbeat; two may be missing to the millisecond, and no more")
    func patience() {
        var cache = cache()
        #expect(AllowCache.patience == 2)
        #expect(cache.find(question, now: start + .seconds(2)) != nil)
        cache.heard(.these(cases: [other], persons: []), upTo: Revision(6), now: start + .seconds(2))
        let (last, late) = (
            cache.isAlive(at: start + .seconds(4)), cache.isAlive(at: start + .nanoseconds(4_000_000_001))
        )
        #expect(last && !late)
    }

    @Test("A change of the person forgets what was asked about that person, and an older answer is not kept afterwards")
    func persons() throws {
        var cache = cache()
        let asked = try aboutPerson()
        cache.keep(receipt(), for: asked, until: start + .seconds(60), now: start)
        cache.heard(.these(cases: [], persons: [try PersonID("mor")]), upTo: Revision(6), now: start)
        #expect(cache.find(asked, now: start) != nil)
        cache.heard(.these(cases: [], persons: [try PersonID("barn")]), upTo: Revision(7), now: start)
        #expect(cache.find(asked, now: start) == nil && cache.find(question, now: start) != nil)
        cache.keep(receipt(revision: 6), for: asked, until: start + .seconds(60), now: start)
        #expect(cache.find(asked, now: start) == nil)
        cache.keep(receipt(revision: 7), for: asked, until: start + .seconds(60), now: start)
        #expect(cache.find(asked, now: start) != nil)
    }

    @Test("After a change of everything no older answer is kept, about whatever; one that has it already stays")
    func everythingAndLate() throws {
        var cache = cache()
        cache.keep(receipt(revision: 6), for: try aboutPerson(), until: start + .seconds(60), now: start)
        cache.heard(.everything, upTo: Revision(6), now: start)
        #expect(cache.find(try aboutPerson(), now: start) != nil && cache.find(question, now: start) == nil)
        cache.keep(receipt(revision: 5), for: question, until: start + .seconds(60), now: start)
        #expect(cache.find(question, now: start) == nil)
    }

    @Test(
        "What has run out already is not kept, and over the limit of persons and cases together older answers are not")
    func edges() throws {
        var cache = AllowCache(heartbeat: .seconds(1))
        cache.began(at: Revision(5), now: start)
        cache.keep(receipt(), for: question, until: start, now: start)
        #expect(cache.count == 0)
        let half = AllowCache.maximumTouched / 2
        let cases = try (0...half).map { try CaseID("t-\($0)") }
        let persons = try (0...half).map { try PersonID("p-\($0)") }
        cache.heard(.these(cases: cases, persons: persons), upTo: Revision(6), now: start)
        cache.keep(receipt(revision: 5), for: question, until: start + .seconds(60), now: start)
        #expect(cache.count == 0)
    }

    @Test("What a meeting or a controller is asked about is never kept, nor is a question that names anything else")
    func everyField() throws {
        #expect(!AllowCache.mayKeep(question, receipt(minutes: 30)))
        let changes: [(String, (inout Question) throws -> Void)] = [
            ("controller", { $0.object = .controller(try ControllerID("k")) }),
            ("participant", { $0.participant = .unit(try UnitID("ppt")) }),
            ("successor", { $0.successor = try EmploymentID("ny") }),
            ("recipient", { $0.recipient = .unit(try UnitID("ppt")) }), ("ground", { $0.ground = .bekymringsmelding }),
            ("necessity", { $0.necessity = "x" }), ("document", { $0.document = try Identifier("d") }),
            ("identifies", { $0.identifies = .freeText }), ("decides", { $0.decides = .vedtak }),
        ]
        for (name, change) in changes {
            var asked = question
            try change(&asked)
            #expect(!AllowCache.mayKeep(asked, receipt()), "\(name)")
        }
        // An entry about nobody names nobody.
        var about = question
        about.entry = EntryLabels(category: .education, about: [], author: try UnitID("skole"))
        #expect(AllowCache.mayKeep(about, receipt()))
        #expect(AllowCache.mayKeep(try aboutPerson(), receipt()))
        #expect(
            Set(
                Action.allCases.filter { action in
                    var asked = question
                    asked.action = action
                    return AllowCache.mayKeep(asked, receipt())
                }) == [.logRead, .planRead, .accessLogRead, .statisticsRead])
    }
}
