internal import PortvaktCore

/// Reads a scenario file: `format: portvakt-scenarios/1`.
struct ScenarioReader {
    static let format = "portvakt-scenarios/1"

    let problems: DocumentProblems

    func scenarios(_ document: DocumentNode) -> [Scenario] {
        let file = ValueReader(document, problems: problems)
        let read = file.mapping { mapping -> [Scenario] in
            requireFormat(mapping.required("format"))
            let profile = mapping.required("profile")?.text()
            let now = mapping.required("now")?.instant()
            let shared = mapping.optional("records")
            let listed = mapping.required("scenarios")
            // Beside files that have some it would be passed over, and its records were never read.
            if let listed, case .list(let nodes) = listed.node.content, nodes.isEmpty {
                listed.fail("a file without a scenario proves nothing: write one, or take the file away")
            }
            return listed?.list { scenario($0, in: FileDefaults(profile: profile, now: now, shared: shared)) } ?? []
        }
        return read ?? []
    }

    private struct FileDefaults {
        var profile: String?
        var now: Instant?
        var shared: ValueReader?
    }

    private func requireFormat(_ value: ValueReader?) {
        guard let value, let format = value.text(), format != Self.format else { return }
        value.fail("expected the format \(Self.format)")
    }

    private func scenario(_ value: ValueReader, in file: FileDefaults) -> Scenario? {
        value.mapping { mapping in
            let id = mapping.required("id")?.identifier()
            let title = mapping.required("title")?.text()
            let basis = mapping.required("basis")?.list { $0.text() } ?? []
            let profile = mapping.optional("profile")?.text() ?? file.profile
            let now = mapping.optional("now")?.instant() ?? file.now
            let own = mapping.optional("records")
            let references = References(known: known(file.shared, own))
            let reader = RecordReader(references: references)
            let records = [file.shared, own].compactMap { $0 }.map { reader.records($0) }
            let checks =
                mapping.required("checks")?.list { check($0, references: references, now: now ?? .distantPast) } ?? []
            if checks.isEmpty, problems.isEmpty { mapping.whole.fail("a scenario without a check proves nothing") }
            guard let id, let title, let profile, now != nil else { return nil }
            return Scenario(
                id: id.text, title: title, basis: basis, profile: profile, records: merged(records), checks: checks,
                place: value.node.place)
        }
    }

    private func known(_ shared: ValueReader?, _ own: ValueReader?) -> KnownRecords {
        var known = KnownRecords()
        for lists in [shared, own] {
            if let lists { known.collect(lists.node, problems: problems) }
        }
        return known
    }

    /// Both sets in the order of the lists: a scenario's unit comes before the file's case.
    private func merged(_ sets: [[LocatedRecord]]) -> RecordSet {
        let all = sets.joined()
        return RecordSet(RecordList.allCases.flatMap { list in all.filter { $0.record.kind == list.kind } })
    }

    private func check(_ value: ValueReader, references: References, now: Instant) -> ScenarioCheck? {
        value.mapping { mapping in
            let asked = mapping.required("ask").flatMap { QuestionReader(references: references).question($0) }
            let at = mapping.optional("at")?.instant() ?? now
            let fault = mapping.optional("fault").flatMap { value -> ScenarioCheck.Fault? in
                value.choice(["audit": .audit, "evaluation": .evaluation])
            }
            let expect = mapping.required("expect").flatMap { readExpectation($0) }
            guard let asked, let expect else { return nil }
            return ScenarioCheck(
                question: asked.question, system: asked.system, at: at, fault: fault, expect: expect,
                place: value.node.place)
        }
    }

    private func readExpectation(_ value: ValueReader) -> Expectation? {
        value.mapping { mapping in
            let effect: Effect? = mapping.required("effect")?.word()
            let reasonsValue = mapping.optional("reasons")
            let reasons: [Reason] = reasonsValue?.list { $0.word() } ?? []
            let obligations: [Obligation] = mapping.optional("obligations")?.list { $0.word() } ?? []
            let notObligations: [Obligation] = mapping.optional("not_obligations")?.list { $0.word() } ?? []
            let external: ExternalAnswer? = mapping.optional("external")?.word()
            guard let effect else { return nil }
            if let reasonsValue, let first = reasons.first, first.effect != effect {
                reasonsValue.fail("the first reason, \(first.word), cannot go with the effect \(effect.word)")
            }
            return Expectation(
                effect: effect, reasons: reasons, obligations: obligations, notObligations: notObligations,
                external: external)
        }
    }
}
