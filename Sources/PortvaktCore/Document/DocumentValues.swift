// The typed readers: what a text of a document can mean.

extension ValueReader {
    /// An opaque identifier, as ``Identifier``.
    public func identifier() -> Identifier? {
        guard let text = text() else { return nil }
        do throws(IdentifierError) {
            return try Identifier(text)
        } catch {
            fail("the identifier \(error)")
            return nil
        }
    }

    /// An identifier of one kind of thing.
    public func id<Kind>(of kind: Kind.Type = Kind.self) -> ID<Kind>? { identifier().map { ID($0) } }

    /// A code: a service, a topic, an area.
    public func code<Kind>(_ kind: Code<Kind>.Type = Code<Kind>.self) -> Code<Kind>? {
        identifier().flatMap { try? Code($0.text) }
    }

    /// A word of a closed vocabulary; the nearest one is suggested for an unknown one.
    public func word<Word: Vocabulary>(_ vocabulary: Word.Type = Word.self) -> Word? {
        guard let text = text() else { return nil }
        if let word = Word(word: text) { return word }
        refuse(text, known: Word.allCases.map(\.word))
        return nil
    }

    /// One of some texts, each with what it stands for.
    public func choice<Value>(_ choices: KeyValuePairs<String, Value>) -> Value? {
        guard let text = text() else { return nil }
        if let found = choices.first(where: { $0.key == text }) { return found.value }
        refuse(text, known: choices.map(\.key))
        return nil
    }

    private func refuse(_ text: String, known: [String]) {
        let suggestion = NearestWord.find(text, in: known)
        // The text itself is shown only when it is near a known word: anything else could be personal.
        let hint = "expected one of \(known.joined(separator: ", "))"
        fail(suggestion == nil ? hint : "\"\(text)\" is unknown: \(hint)", suggestion: suggestion)
    }

    /// `true` or `false`, and nothing else.
    public func bool() -> Bool? { choice(["true": true, "false": false]) }

    /// A whole number in decimal digits, perhaps with a minus, within a range.
    public func int(in range: ClosedRange<Int> = Int.min...Int.max) -> Int? {
        guard let text = text() else { return nil }
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
            range.contains(number)
        else {
            let limits = range == Int.min...Int.max ? "" : " from \(range.lowerBound) to \(range.upperBound)"
            fail("expected a whole number\(limits)")
            return nil
        }
        return number
    }

    /// A date, `YYYY-MM-DD`.
    public func date() -> CivilDate? {
        guard let text = text() else { return nil }
        guard let date = CivilDate(text) else {
            fail("expected a date as YYYY-MM-DD")
            return nil
        }
        return date
    }

    /// An instant as RFC 3339 writes it; a bare date is 00:00 that day in Europe/Oslo.
    public func instant() -> Instant? {
        guard let text = text() else { return nil }
        if let instant = Instant(rfc3339: text) { return instant }
        if let date = CivilDate(text) { return OsloTime.startOfDay(date) }
        fail("expected an instant as YYYY-MM-DDThh:mm:ss with an offset or Z, or a date as YYYY-MM-DD")
        return nil
    }
}
