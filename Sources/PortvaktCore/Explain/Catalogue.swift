/// A language of the catalogue.
public enum Language: UInt8, Vocabulary {
    case bokmal = 1, nynorsk, english

    /// The tag of BCP 47.
    public var word: String {
        switch self {
        case .bokmal: "nb"
        case .nynorsk: "nn"
        case .english: "en"
        }
    }
}

/// What reasons and obligations say to people: one catalogue, in three languages. Nothing of it goes on the wire.
///
/// A text tells no more than its code: it names nobody, and it says nothing that an outsider must not learn.
public enum Catalogue {
    /// One sentence or two.
    public static func text(for reason: Reason, in language: Language) -> String {
        reasonTexts[reason]?.text(in: language) ?? ""
    }

    /// One sentence.
    public static func text(for obligation: Obligation, in language: Language) -> String {
        obligationTexts[obligation]?.text(in: language) ?? ""
    }

    /// How a decision came out, as one word or two.
    public static func text(for effect: Effect, in language: Language) -> String {
        switch (effect, language) {
        case (.allow, .bokmal): "Tillatt"
        case (.allow, .nynorsk): "Tillate"
        case (.allow, .english): "Allowed"
        case (.deny, .bokmal), (.deny, .nynorsk): "Avslått"
        case (.deny, .english): "Refused"
        case (.refer, .bokmal): "Et menneske må avgjøre"
        case (.refer, .nynorsk): "Eit menneske må avgjere"
        case (.refer, .english): "A human must decide"
        }
    }
}

/// One text in the three languages.
struct Texts: Sendable {
    let bokmal: String
    let nynorsk: String
    let english: String

    init(_ bokmal: String, _ nynorsk: String, _ english: String) {
        self.bokmal = bokmal
        self.nynorsk = nynorsk
        self.english = english
    }

    func text(in language: Language) -> String {
        switch language {
        case .bokmal: bokmal
        case .nynorsk: nynorsk
        case .english: english
        }
    }
}
