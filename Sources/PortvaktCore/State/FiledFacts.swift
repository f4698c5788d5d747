// The facts of a file: those of the record that it is about, and the places of the facts of its parts.

extension PersonFile {
    static func facts(of parts: Parts, on shelf: FactShelf?) -> FactBlock {
        var facts = parts.person.facts.facts
        let places =
            FactWriter.bytes(of: parts.authorities.count, AuthorityFacts.self)
            + FactWriter.bytes(of: parts.capacities.count, CapacityFacts.self)
            + FactWriter.bytes(of: parts.restrictions.count, RestrictionFacts.self)
            + FactWriter.bytes(of: parts.consents.count, ConsentFacts.self)
            + FactWriter.bytes(of: parts.relations.count, RelationFacts.self)
            + FactWriter.bytes(of: parts.discussions.count, DiscussionFacts.self)
            + FactWriter.bytes(of: parts.caseHandles.count, Handle<Case>.self)
        var writer = FactWriter(PersonFacts.self, lists: places, on: shelf)
        facts.authorities = writer.copies(of: parts.authorities.lazy.map(\.facts))
        facts.capacities = writer.copies(of: parts.capacities.lazy.map(\.facts))
        facts.restrictions = writer.copies(of: parts.restrictions.lazy.map(\.facts))
        facts.consents = writer.copies(of: parts.consents.lazy.map(\.facts))
        facts.relations = writer.copies(of: parts.relations.lazy.map(\.facts))
        facts.discussions = writer.copies(of: parts.discussions.lazy.map(\.facts))
        facts.cases = writer.list(parts.caseHandles)
        return writer.finish(facts)
    }
}

extension CaseFile {
    static func facts(of parts: Parts, on shelf: FactShelf?) -> FactBlock {
        var facts = parts.caseRecord.facts.facts
        let places =
            FactWriter.bytes(of: parts.grants.count, GrantFacts.self)
            + FactWriter.bytes(of: parts.handovers.count, HandoverFacts.self)
            + FactWriter.bytes(of: parts.objections.count, ObjectionFacts.self)
        var writer = FactWriter(CaseFacts.self, lists: places, on: shelf)
        facts.grants = writer.copies(of: parts.grants.lazy.map(\.facts))
        facts.handovers = writer.copies(of: parts.handovers.lazy.map(\.facts))
        facts.objections = writer.copies(of: parts.objections.lazy.map(\.facts))
        return writer.finish(facts)
    }
}

extension UnitFile {
    static func facts(of parts: Parts, on shelf: FactShelf?) -> FactBlock {
        var facts = parts.unit.facts.facts
        facts.controllerKind = parts.controllerKind
        var writer = FactWriter(
            UnitFacts.self, lists: FactWriter.bytes(of: parts.served.count, ServedFacts.self),
            on: shelf)
        facts.serves = writer.list(parts.served)
        return writer.finish(facts)
    }
}
