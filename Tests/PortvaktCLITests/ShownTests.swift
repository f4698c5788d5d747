import Foundation
import PortvaktCore
import PortvaktWire
import Testing

@testable import portvakt

/// Values that a service could send, as a command shows them.
@Suite("What is shown of answers, explanations and entries")
struct ShownTests {
    private let mother: Party
    private let start = Instant(milliseconds: 1_767_225_600_000)

    init() throws { mother = .person(try PersonID("mor")) }

    private func question(_ emergency: Emergency? = nil) throws -> Question {
        Question(
            actor: .employment(try EmploymentID("larer")), action: .logRead, object: .caseID(try CaseID("sak")),
            emergency: emergency)
    }

    private func decision(_ effect: Effect, _ reason: Reason) throws -> Decision {
        Decision(
            effect: effect, reasons: [reason], external: effect == .allow ? .allow : .deny,
            evidence: [Evidence(kind: .consent, id: try Identifier("s-mor"), version: Revision(3))],
            missing: effect == .allow
                ? [] : [.consent(from: mother, purpose: .samordning, service: try Service("ppt"), unit: nil)],
            subject: try PersonID("barn"), caseID: try CaseID("sak"), controller: try ControllerID("kommune-a"),
            unit: try UnitID("skole"), role: .medarbeider, holdsUntil: start)
    }

    private func entry(_ body: AuditEntry.Body, _ index: UInt64 = 7) throws -> AuditEntry {
        AuditEntry(
            entry: EntryReference(stream: "decisions/node-1", index: index, block: 2), time: start,
            system: try SystemID("journal"), revision: Revision(9), requestID: try Identifier("r-1"), body: body)
    }

    private func recorded(
        _ effect: Effect, _ reason: Reason, emergency: Bool = false, index: UInt64 = 7
    ) throws -> AuditEntry {
        let claimed = emergency ? Emergency(reason: "fare", anonymisedInsufficient: true, minutes: 30) : nil
        return try entry(
            .decision(
                RecordedDecision(
                    try question(claimed), decision: try decision(effect, reason),
                    policyHash: [UInt8](repeating: 0xAB, count: 32))), index)
    }

    @Test("An answer is shown with what is missing, its obligations, and for how long an emergency lasts")
    func answer() throws {
        let answer = PortvaktWire.Answer(
            effect: .deny, external: .deny, reasons: [.denyConsentIncomplete], obligations: [.log],
            missing: [.consent(from: mother, purpose: .samordning, service: nil, unit: try UnitID("ppt-1"))],
            holdsUntil: Instant(milliseconds: start.milliseconds + 60_000), decidedAt: start, revision: Revision(7),
            entry: EntryReference(stream: "decisions/node-1", index: 3, block: 1), policyHash: [0xAB],
            emergencyMinutes: 30)
        let lines = AnswerReport.lines(answer, in: .english)
        #expect(lines.contains { $0.hasPrefix("  obligation log: ") }, "\(lines)")
        #expect(lines.contains("  missing: a consent from person:mor for samordning to unit ppt-1"), "\(lines)")
        #expect(lines.contains("  for 30 minutes"), "\(lines)")
        #expect(lines.last == "  recorded as decisions/node-1#3, decided on revision 7")
        let json = AnswerReport.json(answer).compact
        for part in [
            #""decided_at":"\#(start.rfc3339)""#, #""emergency_minutes":30"#, #""policy_hash":"ab""#, #""revision":7"#,
            #""obligations":["log"]"#, #""holds_until":"\#(answer.holdsUntil.rfc3339)""#,
        ] {
            #expect(json.contains(part), "\(part): \(json)")
        }
        var unrecorded = answer
        unrecorded.entry = nil
        #expect(AnswerReport.lines(unrecorded, in: .english).last?.hasPrefix("  not recorded, ") == true)
        #expect(AnswerReport.json(unrecorded).compact.contains(#""entry":null"#))
    }

    @Test(
        "An explanation marks what holds, what stops, what is unknown and what does not apply, with evidence and sources"
    )
    func explanation() throws {
        let evidence = [Evidence(kind: .consent, id: try Identifier("s-mor"), version: Revision(3))]
        let explanation = Explanation(
            steps: [
                ExplanationNode(
                    rule: "step.6.basis", outcome: .fails, reason: .denyConsentIncomplete,
                    children: [
                        ExplanationNode(rule: "a", outcome: .holds, evidence: evidence, sources: ["L24", "P"]),
                        ExplanationNode(rule: "b", outcome: .unknown),
                        ExplanationNode(rule: "c", outcome: .not_applicable),
                    ])
            ])
        #expect(
            ExplanationReport.lines(explanation) == [
                "- step.6.basis  deny.consent_incomplete", "  + a  [consent s-mor (version 3)]  (L24, P)", "  ? b",
                "  . c",
            ])
        let json = ExplanationReport.json(explanation).compact
        #expect(json.contains(#""children":[{"rule":"a","outcome":"holds","#) && json.contains(#""outcome":"unknown""#))
        #expect(json.contains(#""sources":["L24","P"]"#), "\(json)")
    }

    @Test("What would make it an allow names who could give a grant, and says when there may be more")
    func remedies() throws {
        let consent = Remedy(
            .consent(from: mother, purpose: .samordning, service: nil, unit: nil), about: try PersonID("far"),
            givers: [mother])
        let grant = Remedy(
            .grant(.log, caseID: try CaseID("sak")), to: .unit(try UnitID("ppt")), role: .deltaker,
            givers: [.employment(try EmploymentID("larer")), .employment(try EmploymentID("rektor"))])
        var remedies = Remedies(sets: [[consent, grant], [grant]], isComplete: true)
        #expect(
            RemedyReport.lines(remedies) == [
                "It would be an allow with one of these:", "  1. a consent from person:mor for samordning, about far",
                "     a grant on the log of case sak to the actor, to unit:ppt as deltaker, from employment:larer or employment:rektor",
                "  2. a grant on the log of case sak to the actor, to unit:ppt as deltaker, from employment:larer or employment:rektor",
            ])
        #expect(RemedyReport.json(remedies).compact.hasPrefix(#"{"complete":true,"#))
        remedies.isComplete = false
        #expect(RemedyReport.lines(remedies).last == "  There may be other sets: the search ended at its limit.")
        #expect(RemedyReport.json(remedies).compact.hasPrefix(#"{"complete":false,"#))
        #expect(RemedyReport.lines(Remedies(sets: [], isComplete: true)).isEmpty)
    }

    @Test(
        "A decision is shown with what was missing; an erased one as erased; what two did in the audit with both and the outcome"
    )
    func entries() throws {
        let refused = AuditReport.lines(try recorded(.deny, .denyConsentIncomplete, emergency: true), in: .english)
        for line in [
            "  missing: a consent from person:mor for samordning to ppt", "  evidence: consent s-mor (version 3)",
            "  about: subject barn, case sak, controller kommune-a, unit skole", "  emergency: fare", "  request: r-1",
            "  question: may employment:larer do log.read on case:sak, for samordning?",
        ] {
            #expect(refused.contains(line), "\(refused)")
        }
        #expect(AuditReport.json(try recorded(.deny, .denyRole)).compact.contains(#""request_id":"r-1""#))
        let erased = try entry(
            .erasedDecision(
                ErasedDecision(
                    effect: .allow, reasons: [.allowConsent], action: .logRead, purpose: .samordning,
                    policyHash: [UInt8](repeating: 0, count: 32))))
        let row = try #require(AuditReport.table([erased]).lines(coloured: false).last)
        #expect(row.split(whereSeparator: \.isWhitespace).count { $0 == "erased" } == 2, "\(row)")
        #expect(AuditReport.lines(erased, in: .english).last?.contains("has been erased") == true)
        let acted = AuditReport.lines(
            try entry(
                .audit(
                    RecordedAudit(
                        call: .reviewed, actor: .employment(try EmploymentID("ombud")),
                        second: .employment(try EmploymentID("leder")), subjects: [try PersonID("barn")],
                        entries: ["decisions/node-1#3"], outcome: .justified, text: "kort\u{1B}[2J"))), in: .english)
        for line in [
            "  audit: reviewed, justified", "  by: employment:ombud", "  and: employment:leder", "  about: barn",
            "  entries: decisions/node-1#3", "  text: kort\\u{1B}[2J",
        ] {
            #expect(acted.contains(line), "\(acted)")
        }
    }

    @Test("A review that is overdue is marked, in the table and in the JSON, beside its deadline")
    func overdue() throws {
        func task(_ overdue: Bool) throws -> ReviewTask {
            ReviewTask(
                entry: EntryReference(stream: "decisions/node-1", index: 3, block: 1), time: start,
                actor: .employment(try EmploymentID("vikar")), unit: try UnitID("ppt"), subject: try PersonID("barn"),
                caseID: try CaseID("sak"), controller: try ControllerID("kommune-a"), reason: "fare", minutes: 30,
                deadline: Instant(milliseconds: start.milliseconds + 3_600_000), overdue: overdue,
                reviewers: [try EmploymentID("ombud")], awaits: [.personvernombud])
        }
        let rows = AuditReview.table([try task(true), try task(false)]).lines(coloured: false)
        let deadline = "2026-01-01T01:00:00Z"
        #expect(rows[1].contains("\(deadline) OVERDUE") && rows[2].contains("\(deadline)  "), "\(rows)")
        #expect(rows[1].hasSuffix("personvernombud  ombud"), "\(rows)")
        let json = AuditReview.json(try task(true)).compact
        for part in [
            #""deadline":"\#(deadline)""#, #""overdue":true"#, #""minutes":30"#, #""awaits":["personvernombud"]"#,
            #""subject":"barn""#, #""actor":"employment:vikar""#,
        ] {
            #expect(json.contains(part), "\(part): \(json)")
        }
    }

    @Test("What is unusual is told with the unit's habit, and whether more than what was looked at is there")
    func unusual() throws {
        let pattern = Pattern(
            kind: .manyCases, actor: .employment(try EmploymentID("larer")), count: 40, habitThousandths: 2500,
            threshold: 20, entries: ["decisions/node-1#1"])
        var response = UnusualResponse(patterns: [pattern], lookedAt: 100, complete: true)
        #expect(AuditUnusual.boundary(response) == "100 entries looked at")
        let json = AuditUnusual.json(response).compact
        for part in [#""habit":2.5"#, #""count":40"#, #""threshold":20"#, #""looked_at":100"#, #""complete":true"#] {
            #expect(json.contains(part), "\(part): \(json)")
        }
        response.complete = false
        #expect(AuditUnusual.boundary(response) == "100 entries looked at, there are more: narrow the time")
        #expect(AuditUnusual.json(response).compact.contains(#""complete":false"#))
    }

    @Test("Comma-separated values have each value in its column, and no cell that a spreadsheet takes for a formula")
    func csv() throws {
        let lines = AuditCSV.lines([
            try recorded(.deny, .denyRole), try recorded(.allow, .allowBreakGlass, emergency: true),
        ])
        let (plain, urgent) = (lines[1].split(separator: ",", omittingEmptySubsequences: false), lines[2])
        let values = Dictionary(uniqueKeysWithValues: zip(AuditCSV.columns, plain.map(String.init)))
        #expect(plain.count == AuditCSV.columns.count)
        for (column, value) in [
            ("entry", "decisions/node-1#7"), ("effect", "deny"), ("reasons", "deny.role"), ("action", "log.read"),
            ("purpose", "samordning"), ("object", "case:sak"), ("actor", "employment:larer"), ("unit", "skole"),
            ("role", "medarbeider"), ("subject", "barn"), ("case", "sak"), ("controller", "kommune-a"),
            ("system", "journal"), ("emergency", "no"), ("revision", "9"),
            ("policy", String(repeating: "ab", count: 32)),
        ] {
            #expect(values[column] == value, "\(column): \(values[column] ?? "")")
        }
        #expect(urgent.contains(",journal,yes,9,"), "\(urgent)")
        #expect(
            AuditCSV.line(["=1+1", "+a", "-a", "@a", "a=b", "a,b", "a\"b", "a\nb"])
                == "'=1+1,'+a,'-a,'@a,a=b,\"a,b\",\"a\"\"b\",\"a\nb\"")
    }

    @Test(
        "Handed out in FHIR a refusal is no success and an emergency is named; in findUsage only what was allowed is a use"
    )
    func handedOut() throws {
        let (allowed, refused) = (try recorded(.allow, .allowConsent), try recorded(.deny, .denyRole))
        let urgent = try recorded(.allow, .allowBreakGlass, emergency: true)
        func fhir(_ entry: AuditEntry) throws -> String { try #require(FHIRAuditEvent(entry)).json.compact }
        #expect(try fhir(allowed).contains(#""code":"success""#) && !(try fhir(refused)).contains(#""code":"success""#))
        #expect(try fhir(refused).contains(#""code":"deny.role""#))
        #expect(try fhir(urgent).contains(#""code":"BTG""#) && !(try fhir(allowed)).contains("BTG"))
        #expect(try fhir(urgent).contains(#""severity":"warning""#))
        #expect(try fhir(allowed).contains("urn:portvakt:consent") && fhir(allowed).contains(#""value":"barn""#))
        let xml = FindUsage([allowed, refused, urgent]).xml
        #expect(xml.components(separatedBy: "<usage>").count == 3, "\(xml)")
        #expect(xml.contains("<receiver>skole</receiver>"))
    }
}

@Suite("What a statement's page and table say")
struct StatementWordsTests {
    private let start = Instant(milliseconds: 1_767_225_600_000)

    /// Newest first, as the service gives them.
    private func statement(
        _ lines: [StatementLine], complete: Bool = true, awaiting: UInt64 = 0, asker: String = "mor"
    ) throws -> Statement {
        let answer = PortvaktWire.Answer(
            effect: .allow, external: .allow, reasons: [.allowParent], holdsUntil: start, decidedAt: start,
            revision: Revision(1), entry: nil, policyHash: [])
        return Statement(
            request: StatementRequest(
                subject: try PersonID("barn"), asker: .person(try PersonID(asker)), assurance: .high),
            head: StatementResponse(
                page: Page(complete: true, revision: Revision(1)), answer: answer, completeTo: 9, completeToTime: start,
                awaitingReview: awaiting),
            lines: lines, isComplete: complete, awaiting: awaiting)
    }

    private func line(
        _ secondsAgo: Int64, emergency: Bool = false, effect: Effect = .allow, employment: String? = nil
    ) throws -> StatementLine {
        StatementLine(
            entry: EntryReference(stream: "decisions/node-1", index: 1, block: 1),
            time: Instant(milliseconds: start.milliseconds - secondsAgo * 1000), unit: try UnitID("skole-1"),
            service: try Service("skole"), role: .medarbeider, employment: try employment.map { try EmploymentID($0) },
            action: .logRead, purpose: .samordning, effect: effect,
            reason: effect == .allow ? .allowConsent : .denyRole, emergency: emergency)
    }

    private func rows(_ page: String) -> Int { page.components(separatedBy: "<tr role=\"row\"").count - 1 }

    @Test("Lines of the same kind within a minute are one row; another kind, or a later one, is a row of its own")
    func together() throws {
        func page(_ lines: [StatementLine]) throws -> String {
            StatementPage(statement: try statement(lines), language: .english).html
        }
        let heads = 1
        let same = try page([try line(0), try line(30), try line(60)])
        #expect(rows(same) == heads + 1 && same.contains("(3 "), "\(same)")
        #expect(try rows(page([try line(0), try line(61)])) == heads + 2)
        // From the newest of the row on: a long series is no single look.
        #expect(try rows(page([try line(0), try line(40), try line(80)])) == heads + 2)
        #expect(try rows(page([try line(0, emergency: true), try line(1)])) == heads + 2)
        #expect(try rows(page([try line(0, employment: "a"), try line(1, employment: "b")])) == heads + 2)
        let both = try page([try line(0), try line(1, effect: .deny)])
        #expect(rows(both) == 2 * (heads + 1), "what was seen and what was refused stand apart")
    }

    @Test(
        "A statement that is cut off does not say that it is complete, on the page and in the table; what awaits review is told"
    )
    func boundary() throws {
        for language in Language.allCases {
            let complete = Catalogue.text(for: StatementText.complete, in: language)
            let incomplete = Catalogue.text(for: StatementText.incomplete, in: language)
            let awaiting = Catalogue.text(for: StatementText.awaiting, in: language)
            let whole = try statement([try line(0)])
            let cut = try statement([try line(0)], complete: false, awaiting: 2)
            #expect(StatementReport.boundary(whole, in: language).joined().hasPrefix(complete))
            #expect(StatementReport.boundary(cut, in: language) == [incomplete, "\(awaiting) 2"])
            let pages = [whole, cut].map { StatementPage(statement: $0, language: language).html }
            #expect(pages[0].contains("<strong>\(complete)") && !pages[0].contains(awaiting))
            #expect(pages[1].contains("<strong>\(incomplete)</strong>") && pages[1].contains("\(awaiting) 2"))
        }
        #expect(StatementReport.json(try statement([], complete: false)).compact.contains(#""complete":false"#))
    }

    @Test("Who did it, and what for: the unit and the service, oneself, an officer's control")
    func words() throws {
        let statement = try statement([])
        func words(_ line: StatementLine) -> LineWords { LineWords(line, statement, .english) }
        #expect(words(try line(0, employment: "larer")).who == "skole-1 (skole), larer")
        #expect(words(try line(0)).who == "skole-1 (skole)")
        var own = try line(0)
        (own.unit, own.service, own.role, own.person) = (nil, nil, nil, try PersonID("mor"))
        #expect(words(own).who == Catalogue.text(for: StatementText.you, in: .english))
        own.person = try PersonID("far")
        #expect(words(own).who == "far")
        own.person = nil
        #expect(words(own).who == Catalogue.text(for: StatementText.otherPerson, in: .english))
        own.reason = .allowSelf
        #expect(words(own).who == Catalogue.text(for: StatementText.person, in: .english))
        own.role = .personvernombud
        (own.action, own.purpose) = (.accessLogRead, .egen_sak)
        #expect(words(own).who == Catalogue.text(for: StatementText.officer, in: .english))
        #expect(words(own).purpose == Catalogue.text(for: StatementText.control, in: .english))
        own.action = .logRead
        #expect(words(own).purpose == Catalogue.text(for: Purpose.egen_sak, in: .english))
    }
}
