import PortvaktCore
import PortvaktScenarios
import Testing

private let now = Instant(rfc3339: "2026-11-21T10:00:00+01:00") ?? .distantPast

private func municipality(seed: UInt64 = 7, subjects: Int, casesPerThousand: Int = 80) -> Municipality {
    Municipality(.init(seed: seed, subjects: subjects, now: now, casesPerThousand: casesPerThousand))
}

private func persons(_ municipality: Municipality) -> [Person] {
    municipality.changes.compactMap { change in
        guard case .registered(.person(let person)) = change.event else { return nil }
        return person
    }
}

@Suite("A municipality made from a seed")
struct MunicipalityTests {
    @Test("has as many children as asked for, whatever the number", arguments: [1, 2, 17, 18, 19, 100, 1000])
    func size(_ subjects: Int) {
        let children = persons(municipality(subjects: subjects)).filter { $0.id.text.hasPrefix("b") }
        #expect(children.map(\.id.text) == (0..<subjects).map { "b\($0)" })
    }

    @Test("is registered without a refusal")
    func registers() throws {
        var snapshot = Snapshot.empty
        for change in municipality(subjects: 2000, casesPerThousand: 1000).changes { try snapshot.apply(change) }
        #expect(snapshot.caseFile(try CaseID("s1999")) != nil)
    }

    @Test("is the same for the same seed and another for another one")
    func deterministic() {
        func text(_ seed: UInt64) -> [String] { municipality(seed: seed, subjects: 300).changes.map { "\($0)" } }
        let first = text(1)
        #expect(first == text(1))
        #expect(first != text(2))
    }

    @Test("gives a question about any of a million children without making the others")
    func lazyAndRandomAccess() {
        // A question about child 900,000 is made without the others.
        let large = municipality(subjects: 1_000_000, casesPerThousand: 1000)
        let questions = (0..<50).map { large.question($0) }
        #expect(questions == (0..<50).map { large.question($0) })
        #expect(Set(questions).count > 40)
    }

    @Test("gives a log with entries of every category, some about a parent, some withheld, the same every time")
    func log() throws {
        let town = municipality(subjects: 2000)
        let (question, entries) = town.log(3, entries: 500)
        let again = town.log(3, entries: 500)
        #expect(question == again.question && entries.map(\.labels) == again.entries.map(\.labels))
        #expect(question.action == .logRead && question.entry == nil)
        #expect(Set(entries.map(\.labels.category)) == Set(Category.allCases))
        #expect(Set(entries.map(\.id)).count == 500 && Set(entries.flatMap(\.labels.about)).count == 2)
        #expect(entries.contains { $0.labels.withheld != nil } && entries.contains { $0.labels.withheld == nil })
        #expect(town.log(4, entries: 1).question != question)
    }

    @Test("reads only as far as it is asked to")
    func lazy() {
        var count = 0
        for _ in municipality(subjects: 1_000_000).changes {
            count += 1
            if count == 10 { break }
        }
        #expect(count == 10)
    }

    @Test("has children of every age, and some the day before, at and the day after every edge")
    func ages() {
        let children = persons(municipality(subjects: 20_000)).filter { $0.id.text.hasPrefix("b") }
        let today = OsloTime.date(at: now)
        let (year, month, day) = today.components
        var born: [CivilDate: Int] = [:]
        for child in children { if let date = child.born { born[date, default: 0] += 1 } }
        for age in [7, 12, 13, 15, 16, 18] {
            guard let birthday = CivilDate(year: year - age, month: month, day: day) else { continue }
            for offset in -1...1 as ClosedRange<Int32> {
                let date = CivilDate(daysSinceEpoch: birthday.daysSinceEpoch + offset)
                #expect(born[date, default: 0] > 5, "age \(age), \(offset) days")
            }
        }
        let years = Set(children.compactMap { $0.born.map { ($0.daysSinceEpoch - today.daysSinceEpoch) / -365 } })
        #expect(years.isSuperset(of: 0...18))
    }

    @Test("has split families, care orders, protected children and broken consents in it")
    func variety() {
        var kinds: [String: Int] = [:]
        for change in municipality(subjects: 5000, casesPerThousand: 300).changes {
            switch change.event {
            case .registered(.authority(let authority)):
                kinds["\(authority.kind.word) \(authority.status.word)", default: 0] += 1
                if authority.resident { kinds["resident", default: 0] += 1 }
            case .registered(.person(let person)):
                kinds[person.protection.word, default: 0] += 1
                if !person.hiddenFrom.isEmpty { kinds["hidden", default: 0] += 1 }
            case .registered(.caseRecord(let record)): kinds["level \(record.level)", default: 0] += 1
            case .consentWithdrawn: kinds["withdrawn", default: 0] += 1
            case .registered(let record): kinds[record.kind.word, default: 0] += 1
            default: break
            }
        }
        for kind in [
            "foreldreansvar known", "foreldreansvar unknown", "omsorg known", "resident", "strengt_fortrolig",
            "fortrolig",
            "hidden", "level 0", "level 1", "level 2", "level 3", "withdrawn", "grant", "consent", "meeting",
        ] {
            #expect(kinds[kind, default: 0] > 0, "\(kind)")
        }
    }
}
