// Decodes one edition of a profile from a document whose dated values have been resolved.

struct PolicyDecoder {
    let root: MappingReader
    private let parameters: ParameterReader.Gathered

    init(_ root: MappingReader) {
        self.root = root
        parameters = ParameterReader.Gathered()
    }

    /// The tables, or `nil` when something was wrong (and has been noted).
    func tables() -> PolicyTables? {
        let single = root.required("parameters")?.mapping { mapping in
            let reader = ParameterReader(mapping: mapping, gathered: parameters)
            return (ages: reader.ages(), limits: reader.limits(), switches: reader.switches(), lists: reader.lists())
        }
        let rows = rows()
        let coordination = row(root.required("coordination_row"), rows)
        let categories = categories(rows)
        let purposes = purposes(rows)
        let regimes = regimes()
        let services = services(regimes)
        let meetings = meetings()
        let grounds = grounds()
        let actions = actions()
        let rules = rules()
        if let single, let place = root.optional("parameters") { checkServices(single.lists, services, place) }
        if let place = root.optional("meetings") { checkServices(of: meetings, services, place) }
        if let place = root.optional("grounds") { checkServices(of: grounds, services, place) }
        guard let single, let coordination else { return nil }
        return PolicyTables(
            ages: single.ages, limits: single.limits, switches: single.switches, lists: single.lists, rows: rows,
            coordinationRow: coordination, categories: categories, purposes: purposes,
            regimes: regimes, services: services, meetings: meetings, grounds: grounds, actions: actions,
            ruleSources: rules.sources, ruleTexts: rules.texts, dataSources: parameters.sources,
            parameters: parameters.parameters)
    }

    // MARK: The matrix

    private func rows() -> [ConsentRow] {
        let found = root.required("consent_rows")?.dictionary { name, reader -> ConsentRow? in
            reader.mapping { mapping in
                _ = mapping.sources()
                guard let list = mapping.required("bands"), let bands = list.list({ band($0) }) else { return nil }
                checkOrder(of: bands.map(\.band), list)
                for (index, band) in bands.enumerated() {
                    parameters.sources["consent_rows.\(name).\(index)"] = band.sources
                }
                return ConsentRow(name: name, bands: bands.map(\.band))
            }
        }
        return found?.map(\.value) ?? []
    }

    private func band(_ reader: ValueReader) -> (band: ConsentRow.Band, sources: [String])? {
        reader.mapping { mapping in
            let sources = mapping.sources()
            let givers: Givers? = mapping.required("givers")?.word()
            guard let from = mapping.required("from"), let text = from.text() else { return nil }
            if let age = Int(text) {
                guard (0...PolicyLimits.highestAge).contains(age) else {
                    from.fail("is no age: expected 0 to \(PolicyLimits.highestAge)")
                    return nil
                }
                return givers.map { (ConsentRow.Band(from: age, givers: $0, parameter: nil), sources) }
            }
            guard let age = parameters.ages[text] else {
                from.fail(
                    "names no age of this profile",
                    suggestion: NearestWord.find(text, in: parameters.ages.keys.ordered()))
                return nil
            }
            return givers.map { (ConsentRow.Band(from: age, givers: $0, parameter: text), sources) }
        }
    }

    /// The first band begins at 0 and no band begins before the one above it: such a band could never be reached. Two
    /// bands may begin at the same age by their parameters: then the first of them is empty on purpose.
    private func checkOrder(of bands: [ConsentRow.Band], _ reader: ValueReader) {
        if bands.first?.from != 0 { reader.fail("has no band from age 0: children below it would have no rule") }
        for (earlier, later) in zip(bands, bands.dropFirst()) {
            if later.from < earlier.from {
                reader.fail(
                    "has a band from \(earlier.from) that is never reached: a later one begins at \(later.from)")
            }
            if later.from == earlier.from, later.parameter == nil || earlier.parameter == nil {
                reader.fail("has two bands from \(later.from): the first is never reached")
            }
        }
    }

    private func row(_ reader: ValueReader?, _ rows: [ConsentRow]) -> Int? {
        guard let reader, let name = reader.text() else { return nil }
        if let index = rows.firstIndex(where: { $0.name == name }) { return index }
        reader.fail("names no row of consent_rows", suggestion: NearestWord.find(name, in: rows.map(\.name)))
        return nil
    }

    private func categories(_ rows: [ConsentRow]) -> [CategoryRule] {
        table("categories", Category.self, CategoryRule()) { mapping in
            CategoryRule(
                row: row(mapping.required("row"), rows) ?? 0,
                dailyHealth: mapping.bool("daily_health"))
        }
    }

    private func purposes(_ rows: [ConsentRow]) -> [PurposeRule] {
        table("purposes", Purpose.self, PurposeRule()) { mapping in
            var rule = PurposeRule()
            rule.row = row(mapping.optional("row"), rows)
            if let kinds = mapping.optional("plan_rows") {
                _ = kinds.mapping { kinds in
                    rule.planRowHol = row(kinds.optional(PlanKind.hol.word), rows)
                    rule.planRowBarnevern = row(kinds.optional(PlanKind.barnevern.word), rows)
                    rule.planRowNav = row(kinds.optional(PlanKind.nav.word), rows)
                    return true
                }
            }
            rule.oral = mapping.bool("oral")
            rule.reads = mapping.bool("reads")
            rule.daily = mapping.bool("daily")
            rule.carried = mapping.bool("carried", default: true)
            rule.opens = mapping.bool("opens", default: true)
            return rule
        }
    }

    // MARK: Services

    private func regimes() -> [Regime] {
        let found = root.required("regimes")?.dictionary { name, reader -> Regime? in
            reader.mapping { mapping in
                parameters.sources["regimes.\(name)"] = mapping.sources()
                return Regime(
                    name: name, strictness: mapping.required("strictness")?.int(in: 0...9) ?? 0,
                    inside: mapping.required("inside")?.word() ?? .none, nr5: mapping.bool("nr5"),
                    healthCooperation: mapping.bool("health_cooperation"),
                    clientSecret: mapping.bool("client_secret"))
            }
        }
        return found?.map(\.value) ?? []
    }

    private func services(_ regimes: [Regime]) -> [Service: ServiceRule] {
        var services: [Service: ServiceRule] = [:]
        _ = root.required("services")?.dictionary { name, reader -> Bool? in
            guard let service = try? Service(name) else {
                reader.fail("the service's name is no identifier")
                return nil
            }
            return reader.mapping { mapping in
                let category: Category? = mapping.required("category")?.word()
                guard let regime = mapping.required("regime"), let name = regime.text() else { return nil }
                guard let index = regimes.firstIndex(where: { $0.name == name }) else {
                    regime.fail("names no regime", suggestion: NearestWord.find(name, in: regimes.map(\.name)))
                    return nil
                }
                guard let category else { return nil }
                services[service] = ServiceRule(index: services.count, regime: index, category: category)
                return true
            }
        }
        return services
    }

    private func checkService(
        _ service: Service, _ known: [Service: ServiceRule], _ reader: ValueReader, _ what: String
    ) {
        guard known[service] == nil else { return }
        reader.fail(
            "\(what) names the service \(service.text), which has no regime: add it to `services`",
            suggestion: NearestWord.find(service.text, in: known.keys.map(\.text).ordered()))
    }

    private func checkServices(_ lists: PolicyTables.Lists, _ known: [Service: ServiceRule], _ reader: ValueReader) {
        for service in lists.oralNeverTo { checkService(service, known, reader, "consent.oral_never_to") }
        for service in lists.pregnantBy { checkService(service, known, reader, "log.pregnant_by") }
        for service in lists.planAccessGrantedBy { checkService(service, known, reader, "plan.access_granted_by") }
    }

    private func checkServices(of meetings: [MeetingRule], _ known: [Service: ServiceRule], _ reader: ValueReader) {
        for type in MeetingType.allCases where Int(type.rawValue) < meetings.count {
            let rule = meetings[Int(type.rawValue)]
            let named = rule.services + (rule.representatives?.services ?? []) + (rule.coordinator.map { [$0] } ?? [])
            for service in named { checkService(service, known, reader, type.word) }
        }
    }

    private func checkServices(of grounds: [GroundRule], _ known: [Service: ServiceRule], _ reader: ValueReader) {
        for ground in Ground.allCases where Int(ground.rawValue) < grounds.count {
            for service in grounds[Int(ground.rawValue)].toServices {
                checkService(service, known, reader, ground.word)
            }
        }
    }

    // MARK: Tables by a vocabulary

    /// A section with one entry for each word of a vocabulary; a word without one is an error.
    private func table<Word: Vocabulary, Entry>(
        _ section: String, _ words: Word.Type, _ empty: Entry, _ read: (MappingReader) -> Entry?
    ) -> [Entry] {
        let highest = Word.allCases.map(\.rawValue).max() ?? 0
        var entries = [Entry](repeating: empty, count: Int(highest) + 1)
        _ = root.required(section)?.mapping { mapping in
            for word in Word.allCases {
                let found: Entry?? = mapping.required(word.word)?.mapping { entry in
                    parameters.sources["\(section).\(word.word)"] = entry.sources()
                    return read(entry)
                }
                guard let entry = found ?? nil else { continue }
                entries[Int(word.rawValue)] = entry
            }
            return true
        }
        return entries
    }

    private func rules() -> (sources: [[String]], texts: [String]) {
        var sources = [[String]](repeating: [], count: Rule.allCases.count)
        var texts = [String](repeating: "", count: Rule.allCases.count)
        _ = root.required("rules")?.mapping { mapping in
            for rule in Rule.allCases {
                _ = mapping.required(rule.id)?.mapping { entry in
                    sources[Int(rule.rawValue)] = entry.sources()
                    texts[Int(rule.rawValue)] = entry.required("text")?.text() ?? ""
                    return true
                }
            }
            return true
        }
        return (sources, texts)
    }
}

// MARK: - Meetings, grounds, actions

extension PolicyDecoder {
    private func meetings() -> [MeetingRule] {
        table("meetings", MeetingType.self, MeetingRule()) { mapping in
            var rule = MeetingRule()
            rule.purpose = mapping.required("purpose")?.word() ?? .samordning
            rule.purposeWithPlan = mapping.optional("purpose_with_plan")?.word()
            rule.onLogConsent = mapping.optional("basis")?.choice(["log": true]) ?? false
            rule.family = mapping.bool("family")
            rule.ledBy = WordSet(mapping.required("led_by")?.list { $0.word() } ?? [])
            rule.ledByWithPlan = mapping.optional("led_by_with_plan")?.list { $0.word() }.map { WordSet($0) }
            rule.coordinator = mapping.optional("coordinator")?.code()
            rule.anonymous = mapping.bool("anonymous")
            rule.system = mapping.bool("system")
            rule.partyPresent = mapping.bool("party_present")
            rule.informParents = mapping.bool("inform_parents")
            rule.logRecord = mapping.bool("log_record", default: true)
            rule.recordedByCoordinator = mapping.bool("recorded_by_coordinator")
            rule.mayDecide = mapping.bool("may_decide")
            rule.level = mapping.optional("level")?.int(in: 0...3).map { UInt8($0) }
            rule.steps = WordSet(mapping.optional("steps")?.list { $0.word() } ?? [])
            rule.services = mapping.optional("services")?.list { $0.code() } ?? []
            rule.representatives = mapping.optional("representatives").flatMap { representatives($0) }
            if rule.ledBy.isEmpty { mapping.whole.fail("is led by nobody: name who leads it in led_by") }
            if rule.ledBy.contains(.coordinating_unit), rule.coordinator == nil {
                mapping.whole.fail("is led by a coordinating unit: name its service in coordinator")
            }
            return rule
        }
    }

    private func representatives(_ reader: ValueReader) -> MeetingRule.Representatives? {
        reader.mapping { mapping in
            let services: [Service]? = mapping.required("services")?.list { $0.code() }
            let count = mapping.required("count")?.int(in: 1...99)
            let leaders = mapping.required("leaders")?.int(in: 0...99)
            guard let services, let count, let leaders else { return nil }
            return MeetingRule.Representatives(services: services, count: count, leaders: leaders)
        }
    }

    private func grounds() -> [GroundRule] {
        table("grounds", Ground.self, GroundRule()) { mapping in
            GroundRule(
                toServices: mapping.optional("to_services")?.list { $0.code() } ?? [],
                duty: mapping.bool("duty"),
                locksRecipientOnly: mapping.optional("locks")?.choice(["recipient": true, "both": false]) ?? false,
                document: mapping.bool("document"),
                necessity: mapping.bool("necessity"),
                nr5: mapping.bool("nr5"),
                parentWithoutFa: mapping.bool("parent_without_fa"),
                consent: mapping.bool("consent"))
        }
    }

    private func actions() -> [ActionRule] {
        table("actions", Action.self, ActionRule()) { mapping in
            ActionRule(
                employmentOnly: mapping.optional("by")?.choice(["employment": true, "anyone": false]) ?? false,
                roles: WordSet(mapping.optional("roles")?.list { $0.word() } ?? []),
                linkAsked: mapping.bool("link"),
                content: mapping.bool("content"),
                levelZero: mapping.bool("level_zero"),
                closed: mapping.required("closed")?.word() ?? .refuse,
                familyClosed: mapping.optional("family_closed")?.choice(["refuse": true, "open": false]) ?? false,
                deceased: mapping.bool("deceased"),
                recorded: mapping.bool("recorded"),
                childView: mapping.bool("child_view"),
                secretExempt: mapping.bool("secret_exempt"))
        }
    }
}
