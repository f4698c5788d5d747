// The facts of a file: those of the record that it is about, and the places of the facts of its parts.

extension PersonFile {
    static func facts(of parts: Parts) -> Ref<PersonFacts> {
        var facts = parts.person.facts.facts
        let places =
            FactWriter.bytes(of: parts.authorities.count) + FactWriter.bytes(of: parts.capacities.count)
            + FactWriter.bytes(of: parts.restrictions.count) + FactWriter.bytes(of: parts.consents.count)
            + FactWriter.bytes(of: parts.relations.count) + FactWriter.bytes(of: parts.discussions.count)
            + FactWriter.bytes(of: parts.caseHandles.count, Handle<Case>.self)
        var writer = FactWriter(PersonFacts.self, lists: places)
        facts.authorities = writer.list(parts.authorities.lazy.map(\.facts))
        facts.capacities = writer.list(parts.capacities.lazy.map(\.facts))
        facts.restrictions = writer.list(parts.restrictions.lazy.map(\.facts))
        facts.consents = writer.list(parts.consents.lazy.map(\.facts))
        facts.relations = writer.list(parts.relations.lazy.map(\.facts))
        facts.discussions = writer.list(parts.discussions.lazy.map(\.facts))
        facts.cases = writer.list(parts.caseHandles)
        return Ref(writer.finish(facts), as: PersonFacts.self)
    }
}

extension CaseFile {
    static func facts(of parts: Parts) -> Ref<CaseFacts> {
        var facts = parts.caseRecord.facts.facts
        let places =
            FactWriter.bytes(of: parts.grants.count) + FactWriter.bytes(of: parts.handovers.count)
            + FactWriter.bytes(of: parts.objections.count)
        var writer = FactWriter(CaseFacts.self, lists: places)
        facts.grants = writer.list(parts.grants.lazy.map(\.facts))
        facts.handovers = writer.list(parts.handovers.lazy.map(\.facts))
        facts.objections = writer.list(parts.objections.lazy.map(\.facts))
        return Ref(writer.finish(facts), as: CaseFacts.self)
    }
}

extension UnitFile {
    static func facts(of parts: Parts) -> Ref<UnitFacts> {
        var facts = parts.unit.facts.facts
        facts.controllerKind = parts.controllerKind
        var writer = FactWriter(
            UnitFacts.self, lists: FactWriter.bytes(of: parts.servesHandles.count, Handle<Controller>.self))
        facts.serves = writer.list(parts.servesHandles)
        return Ref(writer.finish(facts), as: UnitFacts.self)
    }
}

extension FactWriter {
    /// The bytes that the places of so many facts take.
    fileprivate static func bytes(of count: Int) -> Int { bytes(of: count, UnsafeRawPointer.self) }
}
