import PortvaktCore
import PortvaktWire

/// A small, fast generator with a seed that a failing test prints (Steele, Lea, Flood, "Fast Splittable Pseudorandom
/// Number Generators", 2014).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Makes random values of the model, every optional part now there and now not.
struct RandomModel {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func flag() -> Bool { Bool.random(using: &random) }

    mutating func text(_ lengths: ClosedRange<Int> = 1...64) -> String {
        // No digits: nothing here can look like a national identity number by chance.
        let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._:/~!")
        return String(
            (0..<Int.random(in: lengths, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "x" })
    }

    mutating func prose() -> String { (0..<3).map { _ in text(1...20) + " æøå €\n" }.joined() }

    mutating func identifier() -> Identifier {
        guard let identifier = try? Identifier(text()) else { preconditionFailure("the alphabet is printable ASCII") }
        return identifier
    }

    mutating func id<Kind>(_ type: ID<Kind>.Type = ID<Kind>.self) -> ID<Kind> { ID(identifier()) }

    mutating func code<Kind>(_ type: Code<Kind>.Type = Code<Kind>.self) -> Code<Kind> {
        guard let code = try? Code<Kind>(text(1...16)) else { preconditionFailure("the alphabet is printable ASCII") }
        return code
    }

    mutating func word<Word: Vocabulary>(_ type: Word.Type = Word.self) -> Word {
        guard let word = Word.allCases.randomElement(using: &random) else { preconditionFailure("an empty vocabulary") }
        return word
    }

    mutating func perhaps<Value>(_ make: (inout RandomModel) -> Value) -> Value? { flag() ? make(&self) : nil }

    mutating func list<Value>(_ counts: ClosedRange<Int> = 0...3, _ make: (inout RandomModel) -> Value) -> [Value] {
        (0..<Int.random(in: counts, using: &random)).map { _ in make(&self) }
    }

    mutating func instant() -> Instant { Instant(milliseconds: .random(in: WireLimits.instants, using: &random)) }

    mutating func validity() -> Validity {
        Validity(from: perhaps { $0.instant() } ?? .distantPast, until: perhaps { $0.instant() } ?? .distantFuture)
    }

    mutating func hash() -> [UInt8] { (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) } }

    mutating func party() -> Party {
        switch Int.random(in: 0...2, using: &random) {
        case 0: .person(id())
        case 1: .unit(id())
        default: .employment(id())
        }
    }

    mutating func actor() -> Actor {
        switch Int.random(in: 0...2, using: &random) {
        case 0: .employment(id())
        case 1: .person(id())
        default: .proxy(id())
        }
    }

    mutating func object() -> Object {
        switch Int.random(in: 0...3, using: &random) {
        case 0: .caseID(id())
        case 1: .meeting(id())
        case 2: .person(id())
        default: .controller(id())
        }
    }

    mutating func recipient() -> Recipient {
        switch Int.random(in: 0...2, using: &random) {
        case 0: .unit(id())
        case 1: .service(code())
        default: .person(id())
        }
    }

    mutating func labels() -> EntryLabels {
        EntryLabels(
            category: word(), about: list { $0.id() }, author: id(), topics: list { $0.code() },
            withheld: perhaps { $0.word() }, withheldUntil: perhaps { $0.instant() }, neededForFa: flag(),
            sameTreatment: flag())
    }

    mutating func question() -> Question {
        Question(
            actor: actor(), action: word(), object: object(), assurance: word(), purpose: word(),
            area: perhaps { $0.code() }, entry: perhaps { $0.labels() }, participant: perhaps { $0.party() },
            successor: perhaps { $0.id() }, consent: perhaps { $0.consent() }, recipient: perhaps { $0.recipient() },
            ground: perhaps { $0.word() }, necessity: perhaps { $0.prose() }, document: perhaps { $0.identifier() },
            need: flag(), identifies: perhaps { $0.flag() ? .freeText : .person($0.id()) },
            decides: perhaps { $0.word() },
            emergency: perhaps {
                Emergency(
                    reason: $0.prose(), anonymisedInsufficient: $0.flag(),
                    minutes: .random(in: 1...10_080, using: &$0.random))
            })
    }

    mutating func consent() -> Consent {
        Consent(
            id: id(), scope: flag() ? .caseID(id()) : .subject(id()), givenBy: party(), capacity: word(),
            about: perhaps { $0.id() }, services: list { $0.code() }, units: list { $0.id() },
            purposes: list(1...4) { $0.word() }, categories: perhaps { $0.list { $0.word() } },
            topicsExcluded: list { $0.code() }, personsExcluded: list { $0.id() }, form: word(), evidence: flag(),
            evidenceHash: perhaps { $0.hash() } ?? [], textVersion: perhaps { $0.identifier() }, informed: flag(),
            validity: validity(), once: flag(), state: word(), registeredAt: perhaps { $0.instant() } ?? .distantPast,
            withdrawnAt: perhaps { $0.instant() }, spentAt: perhaps { $0.instant() }, meeting: perhaps { $0.id() })
    }

    mutating func evidence() -> Evidence {
        Evidence(kind: word(), id: identifier(), version: Revision(.random(in: 0...UInt64.max, using: &random)))
    }

    mutating func remedies() -> Remedies {
        let sets = list { model in
            model.list(1...4) {
                Remedy(
                    $0.missing(), about: $0.perhaps { $0.id() }, to: $0.perhaps { $0.party() },
                    role: $0.perhaps { $0.word() }, givers: $0.list(1...3) { $0.party() })
            }
        }
        return Remedies(sets: sets, isComplete: flag())
    }

    mutating func missing() -> Missing {
        flag()
            ? .consent(
                from: party(), purpose: word(), service: perhaps { $0.code() }, unit: perhaps { $0.id() })
            : .grant(word(), caseID: id())
    }

    mutating func entry() -> EntryReference {
        EntryReference(
            stream: "decisions/" + text(), index: .random(in: 0...UInt64.max, using: &random),
            block: .random(in: 0...UInt64.max, using: &random))
    }

    mutating func reasons(of effect: Effect) -> [Reason] {
        let all = Reason.allCases.filter { $0.effect == effect }
        return list(1...3) { all.randomElement(using: &$0.random) ?? .denyAuth }
    }

    mutating func decision() -> Decision {
        let effect: Effect = word()
        return Decision(
            effect: effect, reasons: reasons(of: effect), external: effect == .allow ? .allow : .deny,
            obligations: list { $0.word() }, evidence: list { $0.evidence() }, missing: list { $0.missing() },
            subject: perhaps { $0.id() }, caseID: perhaps { $0.id() }, controller: perhaps { $0.id() },
            unit: perhaps { $0.id() }, role: perhaps { $0.word() },
            emergencyMinutes: perhaps { .random(in: 1...10_080, using: &$0.random) }, holdsUntil: instant())
    }

    mutating func record() -> DecisionRecord {
        DecisionRecord(
            question: question(), decision: decision(), system: id(), at: instant(),
            revision: Revision(.random(in: 0...UInt64.max, using: &random)), policyHash: hash())
    }

    mutating func answer() -> Answer { Answer(record(), entry: entry()) }

    mutating func explanation(depth: Int = 3) -> [ExplanationNode] {
        guard depth > 0 else { return [] }
        return list {
            ExplanationNode(
                rule: $0.text(1...40), outcome: $0.word(), reason: $0.perhaps { $0.word() },
                evidence: $0.list { $0.evidence() }, sources: $0.list { $0.text(1...5) },
                children: $0.explanation(depth: depth - 1))
        }
    }
}
