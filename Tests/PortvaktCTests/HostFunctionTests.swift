import Foundation
import PortvaktC
import PortvaktCore
import PortvaktRPC
import PortvaktTesting
import Synchronization
import Testing

/// The functions of portvakt.h with functions of a host's: `Tests/CLibrary` calls them from C, but has no server whose answers
/// run out when a test wants it.
@Suite("Functions that a host hands to the gate for C", .timeLimit(.minutes(5)))
struct HostFunctionTests {
    /// Opens a gate to a scripted service, runs the body on a thread of the host's, and closes it.
    private func run(
        _ script: @escaping ScriptedService.Script, _ host: Host, carriesOut: ObligationFunction? = nil,
        _ body: @escaping @Sendable (Host) -> Void
    ) async throws {
        let certificates = try await TestCertificates.make(["journal": .organizationNumber("312345676")])
        let clock = ManualClock(Instant(milliseconds: 1_790_000_000_000))
        let service = try await ScriptedService.start(certificates, clock: clock, script)
        let files = try certificates.caller("journal")
        var values = [
            ("address", "127.0.0.1:\(service.port)"), ("certificate", files.certificateChain),
            ("key", files.privateKey), ("ca", files.trustAnchors), ("timeout_ms", "20000"),
        ]
        if let lists = files.revocationLists { values.append(("crl", lists)) }
        let options = portvaktOptionsNew()
        for (key, value) in values { #expect(portvaktOptionsSet(options, key, value) == 0) }
        if let carriesOut {
            #expect(portvaktOptionsHandle(options, "log", carriesOut, host.context) == 0)
        } else {
            #expect(portvaktOptionsSet(options, "handles", "log") == 0)
        }
        host.options = options
        await onThread {
            // On a thread of the host's: opening waits until a task has run, and a thread of the pool would keep it from that.
            host.open()
            body(host)
            portvaktGateClose(host.gate)
        }
        await service.stop()
    }

    /// How long the answers hold, in milliseconds: the first is to be told before it has run out, which a busy machine may not manage in
    /// the shortest time.
    private static let holds = [2000, 8000, 30000]

    @Test("Each ruling of many is looked at when it is told: an allow that has run out meanwhile is none")
    func slowEach() async throws {
        for milliseconds in Self.holds {
            let host = Host(hold: Double(milliseconds) / 1000)
            try await run({ _ in .allow(obligations: [.log], milliseconds: Int64(milliseconds)) }, host) { host in
                let questions = (0..<3).map { _ in Host.question("education") }
                let each: EachFunction = { context, index, result, ruling in
                    let host = Host.of(context)
                    let reason = portvaktRulingReason(ruling).map { String(cString: $0) } ?? ""
                    host.told.withLock { $0.append("\(index) \(result) \(portvaktRulingIsAllowed(ruling)) \(reason)") }
                    // What is done with the first takes longer than the others hold.
                    if index == 0, portvaktRulingIsAllowed(ruling) == 1 {
                        Thread.sleep(forTimeInterval: host.hold + 0.5)
                    }
                }
                #expect(portvaktCheckEach(host.gate, questions, questions.count, each, host.context) == 0)
                questions.forEach { portvaktQuestionFree($0) }
                let counts = [portvaktGateCount(host.gate, "allowed"), portvaktGateCount(host.gate, "expired")]
                host.counts.withLock { $0 = counts }
            }
            let told = host.told.withLock { $0 }
            if told.first == "0 2 0 expired", milliseconds != Self.holds.last { continue }
            #expect(told == ["0 0 1 allow.consent", "1 2 0 expired", "2 2 0 expired"])
            #expect(host.counts.withLock { $0 } == [1, 2])
            return
        }
    }

    @Test(
        "Functions that carry out an obligation may ask the gate, many more of them at a time than there are processors"
    )
    func askingHandlers() async throws {
        let carriesOut: ObligationFunction = { context, _, _ in
            let host = Host.of(context)
            host.inside.add(1, ordering: .relaxed)
            // All are in before the first asks.
            while host.inside.load(ordering: .relaxed) < Host.seats { usleep(1000) }
            let question = Host.question("health")
            defer { portvaktQuestionFree(question) }
            // Refused, so that nothing more is to be carried out.
            if portvaktCheck(host.gate, question, nil) == 1 { host.refused.add(1, ordering: .relaxed) }
            return 0
        }
        let script: ScriptedService.Script = { question in
            question.entry?.category == .health ? .deny([.denyNoConsent]) : .allow(obligations: [.log])
        }
        try await run(script, Host(), carriesOut: carriesOut) { host in
            let group = DispatchGroup()
            for _ in 0..<Host.seats {
                group.enter()
                Thread.detachNewThread {
                    let question = Host.question("education")
                    if portvaktCheck(host.gate, question, nil) == 0 { host.allowed.add(1, ordering: .relaxed) }
                    portvaktQuestionFree(question)
                    group.leave()
                }
            }
            group.wait()
            #expect(host.allowed.load(ordering: .relaxed) == Host.seats)
            #expect(host.refused.load(ordering: .relaxed) == Host.seats)
        }
    }

    @Test(
        "A mark of an entry without its category, and words of an emergency without its reason, are refused by name: nothing is asked"
    )
    func halfQuestions() async throws {
        let halves = [
            ("entry.needed_for_fa", "true", "entry.category"), ("entry.needed_for_fa", "false", "entry.category"),
            ("entry.same_treatment", "true", "entry.category"), ("entry.withheld", "danger", "entry.category"),
            ("entry.category", "health", "entry.author"), ("emergency.minutes", "30", "emergency.reason"),
            ("emergency.anonymised_insufficient", "true", "emergency.reason"),
        ]
        let host = Host()
        let script: ScriptedService.Script = { _ in
            host.inside.add(1, ordering: .relaxed)
            return .allow(obligations: [])
        }
        try await run(script, host) { host in
            for (key, value, missing) in halves {
                let question = Host.question(nil)
                #expect(portvaktQuestionProblem(question) == nil)
                #expect(portvaktQuestionSet(question, key, value) == 0)
                let problem = portvaktQuestionProblem(question).map { String(cString: $0) } ?? ""
                #expect(problem.hasPrefix("\(missing) is missing: \(key) "), "\(problem)")
                #expect(portvaktCheck(host.gate, question, nil) == 3, "\(key)")
                portvaktQuestionFree(question)
            }
            #expect(host.inside.load(ordering: .relaxed) == 0)
            let whole = Host.question("education")
            #expect(portvaktQuestionSet(whole, "entry.needed_for_fa", "true") == 0)
            #expect(portvaktQuestionProblem(whole) == nil)
            #expect(portvaktCheck(host.gate, whole, nil) == 0)
            portvaktQuestionFree(whole)
            #expect(host.inside.load(ordering: .relaxed) == 1)
        }
    }

    @Test(
        "A question that does not say how the person was identified, or what it is for, is never asked: nothing is assumed"
    )
    func nothingAssumed() async throws {
        let host = Host()
        let script: ScriptedService.Script = { _ in
            host.inside.add(1, ordering: .relaxed)
            return .allow(obligations: [])
        }
        try await run(script, host) { host in
            let said = [
                ("actor.person", "mor"), ("action", "log.read"), ("object.case", "sak"), ("assurance", "substantial"),
                ("purpose", "samordning"),
            ]
            let question = portvaktQuestionNew()
            for (key, value) in said {
                let problem = portvaktQuestionProblem(question).map { String(cString: $0) } ?? ""
                #expect(problem.contains(" is missing: ") && problem.contains(key.prefix { $0 != "." }), "\(problem)")
                #expect(portvaktCheck(host.gate, question, nil) == 3, "\(key)")
                #expect(portvaktQuestionSet(question, key, value) == 0)
            }
            #expect(host.inside.load(ordering: .relaxed) == 0)
            #expect(portvaktQuestionProblem(question) == nil)
            #expect(portvaktCheck(host.gate, question, nil) == 0)
            portvaktQuestionFree(question)
        }
    }

    @Test("Every key of portvakt.h is asked as what it says, each actor, object and recipient by its own")
    func everyKey() async throws {
        func id<Kind>(_ text: String) throws -> ID<Kind> { try ID<Kind>(text) }
        let plain = [("action", "disclose"), ("assurance", "low"), ("purpose", "veiledning")]
        let full = [
            ("need", "true"), ("area", "skole"), ("entry.category", "health"), ("entry.author", "skole"),
            ("entry.about", "barn"), ("entry.about", "mor"), ("entry.topic", "adresse"), ("entry.topic", "bosted"),
            ("entry.withheld", "danger"), ("entry.needed_for_fa", "true"), ("entry.same_treatment", "true"),
            ("emergency.reason", "acute danger"), ("emergency.anonymised_insufficient", "true"),
            ("emergency.minutes", "45"), ("successor", "larer-2"), ("document", "d-1"), ("necessity", "needed"),
            ("ground", "palegg"),
        ]
        var whole = Question(
            actor: .employment(try id("larer")), action: .disclose, object: .caseID(try id("sak")), assurance: .low,
            purpose: .veiledning, area: try Area("skole"),
            entry: EntryLabels(
                category: .health, about: [try id("barn"), try id("mor")], author: try id("skole"),
                topics: [try Topic("adresse"), try Topic("bosted")], withheld: .danger, neededForFa: true,
                sameTreatment: true),
            successor: try id("larer-2"), recipient: .unit(try id("ppt")), ground: .palegg, necessity: "needed",
            document: try Identifier("d-1"), need: true)
        whole.emergency = Emergency(reason: "acute danger", anonymisedInsufficient: true, minutes: 45)
        func bare(_ actor: Actor, _ object: Object, _ recipient: Recipient?) -> Question {
            Question(
                actor: actor, action: .disclose, object: object, assurance: .low, purpose: .veiledning,
                recipient: recipient, need: false)
        }
        let asked: [(said: [(String, String)], question: Question)] = [
            (
                [("actor.employment", "larer"), ("object.case", "sak"), ("recipient.unit", "ppt")] + full, whole
            ),
            (
                [("actor.person", "mor"), ("object.person", "barn"), ("recipient.service", "politi")],
                bare(.person(try id("mor")), .person(try id("barn")), .service(try Service("politi")))
            ),
            (
                [("actor.proxy", "g-1"), ("object.meeting", "m-1"), ("recipient.person", "far")],
                bare(.proxy(try id("g-1")), .meeting(try id("m-1")), .person(try id("far")))
            ),
            (
                [("actor.person", "mor"), ("object.controller", "kommune-a"), ("need", "false")],
                bare(.person(try id("mor")), .controller(try id("kommune-a")), nil)
            ),
        ]
        let heard = Mutex<[Question]>([])
        let script: ScriptedService.Script = { question in
            heard.withLock { $0.append(question) }
            return .deny([.denyNoConsent])
        }
        try await run(script, Host()) { host in
            for (said, _) in asked {
                let question = portvaktQuestionNew()
                for (key, value) in plain + said { #expect(portvaktQuestionSet(question, key, value) == 0, "\(key)") }
                #expect(portvaktCheck(host.gate, question, nil) == 1)
                portvaktQuestionFree(question)
            }
            // Neither a key that is none, nor a value that is none of its.
            let question = portvaktQuestionNew()
            for (key, value) in [
                ("actor.unit", "ppt"), ("object.entry", "e"), ("recipient.case", "sak"), ("entry.until", "x"),
                ("emergency.by", "x"), ("other", "x"), ("need", "yes"), ("entry.needed_for_fa", "1"),
                ("emergency.minutes", "-1"), ("action", "log.look"), ("ground", "none"), ("actor.person", "a b"),
            ] { #expect(portvaktQuestionSet(question, key, value) == 3, "\(key)") }
            portvaktQuestionFree(question)
        }
        #expect(heard.withLock { $0 } == asked.map(\.question))
    }

    @Test("A denial releases nothing and gives its ruling; a call that is no good leaves no old pointer behind")
    func denied() async throws {
        let release: ReleaseFunction = { context, _ in
            Host.of(context).inside.add(1, ordering: .relaxed)
            return 0
        }
        try await run({ _ in .deny([.denyNoConsent]) }, Host()) { host in
            let question = Host.question("education")
            var ruling: OpaquePointer?
            #expect(portvaktDisclose(host.gate, question, release, host.context, &ruling) == 1)
            #expect(portvaktRulingIsAllowed(ruling) == 0 && portvaktRulingReceipt(ruling) != nil)
            #expect(portvaktRulingReason(ruling).map { String(cString: $0) } == "deny.no_consent")
            var old = ruling
            #expect(portvaktDisclose(host.gate, question, nil, nil, &old) == 3 && old == nil)
            old = ruling
            #expect(portvaktDisclose(nil, question, release, host.context, &old) == 3 && old == nil)
            old = ruling
            #expect(portvaktCheck(host.gate, nil, &old) == 3 && old == nil)
            old = ruling
            #expect(portvaktGateOpen(nil, &old, nil) == 3 && old == nil)
            portvaktRulingFree(ruling)
            portvaktQuestionFree(question)
            #expect(host.inside.load(ordering: .relaxed) == 0)
        }
    }

    @Test(
        "What was refused when it was set is not left out, and one of many has no request id of its own: nothing is asked"
    )
    func refusedWords() async throws {
        let host = Host()
        let script: ScriptedService.Script = { _ in
            host.inside.add(1, ordering: .relaxed)
            return .allow(obligations: [])
        }
        try await run(script, host) { host in
            let question = Host.question("education")
            #expect(portvaktQuestionSet(question, "entry.withheld", "nobody") == 3)
            let problem = portvaktQuestionProblem(question).map { String(cString: $0) } ?? ""
            #expect(problem.hasPrefix("entry.withheld was refused"), "\(problem)")
            #expect(portvaktCheck(host.gate, question, nil) == 3)
            portvaktQuestionFree(question)
            // A second object, actor or recipient would take the place of the first; the same one may be said again.
            for (first, second) in [
                ("object.case", "object.person"), ("actor.employment", "actor.person"),
                ("recipient.unit", "recipient.service"),
            ] {
                let question = Host.question("education")
                for key in [first, first] { #expect(portvaktQuestionSet(question, key, "ppt") == 0, "\(key)") }
                #expect(portvaktQuestionSet(question, second, "ppt") == 3, "\(second)")
                let problem = portvaktQuestionProblem(question).map { String(cString: $0) } ?? ""
                #expect(problem.hasPrefix("\(second) was refused"), "\(problem)")
                #expect(portvaktCheck(host.gate, question, nil) == 3)
                portvaktQuestionFree(question)
            }
            let questions = [Host.question("education"), Host.question("health")]
            #expect(portvaktQuestionSet(questions[1], "request_id", "r-1") == 0)
            let each: EachFunction = { context, _, _, _ in Host.of(context).refused.add(1, ordering: .relaxed) }
            #expect(portvaktCheckEach(host.gate, questions, 2, each, host.context) == 3)
            questions.forEach { portvaktQuestionFree($0) }
            #expect(host.inside.load(ordering: .relaxed) == 0 && host.refused.load(ordering: .relaxed) == 0)
            // All that is needed, and a list of revocations under a wrong name.
            let options = portvaktOptionsNew()
            for (key, value) in [("address", "a.example:1"), ("certificate", "c"), ("key", "k"), ("ca", "t")] {
                #expect(portvaktOptionsSet(options, key, value) == 0)
            }
            #expect(portvaktOptionsSet(options, "crls", "l") == 3)
            var gate: OpaquePointer?
            var error: UnsafeMutablePointer<CChar>?
            #expect(portvaktGateOpen(options, &gate, &error) == 3 && gate == nil)
            #expect(error.map { String(cString: $0) }?.hasPrefix("crls was refused") == true)
            portvaktTextFree(error)
            portvaktOptionsFree(options)
        }
    }

    @Test("A function that says that it failed makes the allow a refusal")
    func failingHandler() async throws {
        let carriesOut: ObligationFunction = { _, _, _ in 7 }
        try await run({ _ in .allow(obligations: [.log]) }, Host(), carriesOut: carriesOut) { host in
            let question = Host.question("education")
            var ruling: OpaquePointer?
            #expect(portvaktCheck(host.gate, question, &ruling) == 2)
            #expect(portvaktRulingReason(ruling).map { String(cString: $0) } == "obligation_failed")
            portvaktRulingFree(ruling)
            portvaktQuestionFree(question)
        }
    }
}

/// What the functions of one test share.
///
/// `@unchecked Sendable`: the gate is set once, before any of them runs.
private final class Host: @unchecked Sendable {
    /// Questions that are asked at one time.
    static let seats = 16

    private(set) var gate: OpaquePointer?
    /// How long the answers hold, in seconds, where that matters.
    let hold: Double
    let counts = Mutex<[UInt64]>([])
    let told = Mutex<[String]>([])
    let inside = Atomic(0)
    let allowed = Atomic(0)
    let refused = Atomic(0)

    var options: OpaquePointer?

    init(hold: Double = 0) { self.hold = hold }

    func open() {
        #expect(portvaktGateOpen(options, &gate, nil) == 0)
        portvaktOptionsFree(options)
    }

    /// It lives as long as its test.
    var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    static func of(_ context: UnsafeMutableRawPointer?) -> Host {
        Unmanaged<Host>.fromOpaque(context!).takeUnretainedValue()
    }

    /// - Parameter category: of the entry; nil: no entry.
    static func question(_ category: String?) -> OpaquePointer? {
        let question = portvaktQuestionNew()
        var values = [
            ("actor.employment", "larer"), ("action", "log.read"), ("object.case", "sak"), ("need", "true"),
            ("assurance", "high"), ("purpose", "samordning"),
        ]
        if let category {
            values += [("entry.category", category), ("entry.author", "skole"), ("entry.about", "barn")]
        }
        for (key, value) in values { #expect(portvaktQuestionSet(question, key, value) == 0) }
        return question
    }
}

/// Runs blocking code on a thread of its own, so that it takes none from the tasks.
private func onThread(_ body: @escaping @Sendable () -> Void) async {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            body()
            continuation.resume()
        }
    }
}
