// What a statement for a family says, in the order bokmål, nynorsk, English: one catalogue with the texts of reasons.

/// The fixed texts of a statement.
public enum StatementText: UInt8, Vocabulary {
    case title = 1, intro, about, asked, period, always, until, complete, incomplete, unproved, awaiting, none, caption
    case when, who, what, purpose, basis, emergency, yes, no, person, you, otherPerson, refusals, refusalsIntro,
        accesses
    case proofHeading, proofText, checkpoint, officer, on, questions, times, control

    public var word: String { "\(self)" }
}

extension Catalogue {
    /// What was done, for the family.
    public static func text(for action: Action, in language: Language) -> String {
        actionTexts[action]?.text(in: language) ?? ""
    }

    /// What it was for.
    public static func text(for purpose: Purpose, in language: Language) -> String {
        purposeTexts[purpose]?.text(in: language) ?? ""
    }

    /// A role at work.
    public static func text(for role: EmploymentRole, in language: Language) -> String {
        roleTexts[role]?.text(in: language) ?? ""
    }

    /// A fixed text of a statement.
    public static func text(for text: StatementText, in language: Language) -> String {
        statementTexts[text]?.text(in: language) ?? ""
    }

    static let roleTexts: [EmploymentRole: Texts] = [
        .medarbeider: Texts("Medarbeider", "Medarbeidar", "Staff member"),
        .leder: Texts("Leder", "Leiar", "Leader"),
        .administrator: Texts("Administrator", "Administrator", "Administrator"),
        .arkivar: Texts("Arkivar", "Arkivar", "Archivist"),
        .personvernombud: Texts("Personvernombud", "Personvernombod", "Data protection officer"),
    ]

    static let purposeTexts: [Purpose: Texts] = [
        .samordning: Texts("Samordne hjelpen", "Samordne hjelpa", "Coordinating help"),
        .fagmote_uten_familie: Texts(
            "Fagmøte uten familien", "Fagmøte utan familien", "Professionals' meeting without the family"),
        .drofting: Texts("Drøfting", "Drøfting", "Discussion"),
        .ressursteam: Texts("Ressursteam", "Ressursteam", "Resource team"),
        .henvisning_se_meg: Texts("Henvisning til Se Meg", "Tilvising til Se Meg", "Referral to Se Meg"),
        .se_meg: Texts("Se Meg", "Se Meg", "Se Meg"),
        .individuell_plan: Texts("Individuell plan", "Individuell plan", "Individual plan"),
        .veiledning: Texts("Veiledning", "Rettleiing", "Guidance"),
        .overgang: Texts("Overgang mellom tjenester", "Overgang mellom tenester", "Moving between services"),
        .daglig_omsorg: Texts("Daglig omsorg", "Dagleg omsorg", "Daily care"),
        .lokal_avtale: Texts("Lokal avtale", "Lokal avtale", "Local agreement"),
        .egen_sak: Texts("Egen sak", "Eiga sak", "One's own matter"),
    ]

    static let actionTexts: [Action: Texts] = [
        .logOpen: Texts("Opprettet stafettloggen", "Oppretta stafettloggen", "Opened the log"),
        .logRead: Texts("Leste stafettloggen", "Las stafettloggen", "Read the log"),
        .logWrite: Texts("Skrev i stafettloggen", "Skreiv i stafettloggen", "Wrote in the log"),
        .logClose: Texts("Avsluttet stafettloggen", "Avslutta stafettloggen", "Closed the log"),
        .logReopen: Texts("Gjenåpnet stafettloggen", "Opna stafettloggen att", "Reopened the log"),
        .logReassign: Texts("Pekte ut ny stafettholder", "Peika ut ny stafetthaldar", "Named a new stafettholder"),
        .logArchive: Texts("Overførte til arkivet", "Overførte til arkivet", "Handed over to the archive"),
        .batonAccept: Texts("Tok imot stafettpinnen", "Tok imot stafettpinnen", "Accepted the baton"),
        .participantAdd: Texts("La til en deltaker", "La til ein deltakar", "Added a participant"),
        .planCreate: Texts("Opprettet individuell plan", "Oppretta individuell plan", "Created the individual plan"),
        .planRead: Texts("Leste individuell plan", "Las individuell plan", "Read the individual plan"),
        .planWrite: Texts("Skrev i individuell plan", "Skreiv i individuell plan", "Wrote in the individual plan"),
        .meetingHold: Texts("Holdt møte", "Heldt møte", "Held a meeting"),
        .meetingAttend: Texts("Deltok i møte", "Deltok i møte", "Took part in a meeting"),
        .meetingRecordDecision: Texts(
            "Førte møtets beslutning", "Førte avgjerda i møtet", "Recorded a meeting's decision"),
        .meetingRecordInLog: Texts("Førte møtet i loggen", "Førte møtet i loggen", "Recorded a meeting in the log"),
        .meetingAttachIdentity: Texts(
            "Knyttet en identitet til et møte", "Knytte ein identitet til eit møte", "Attached an identity to a meeting"
        ),
        .discussInternal: Texts(
            "Drøftet med kollega eller leder", "Drøfta med kollega eller leiar", "Discussed with a colleague or leader"),
        .discussAnonymous: Texts("Drøftet anonymt", "Drøfta anonymt", "Discussed anonymously"),
        .disclose: Texts("Ga opplysninger videre", "Gav opplysningar vidare", "Passed information on"),
        .consentGive: Texts("Ga samtykke", "Gav samtykke", "Gave consent"),
        .erasureRequest: Texts("Ba om sletting", "Bad om sletting", "Asked for erasure"),
        .accessLogRead: Texts("Leste innsynsloggen", "Las innsynsloggen", "Read the access log"),
        .statisticsRead: Texts("Hentet statistikk", "Henta statistikk", "Read statistics"),
    ]

    static let statementTexts: [StatementText: Texts] = [
        .title: Texts("Hvem har sett opplysningene", "Kven har sett opplysningane", "Who has seen the information"),
        .intro: Texts(
            "Denne oversikten viser hvem som har spurt om å få se eller bruke opplysninger, når, hvorfor og hva svaret var.",
            "Denne oversikta viser kven som har spurt om å få sjå eller bruke opplysningar, når, kvifor og kva svaret var.",
            "This statement shows who has asked to see or use information, when, why, and what the answer was."),
        .about: Texts("Gjelder", "Gjeld", "About"),
        .asked: Texts("Bestilt av", "Tinga av", "Requested by"),
        .period: Texts("Periode", "Periode", "Period"),
        .always: Texts("Fra begynnelsen", "Frå byrjinga", "From the beginning"),
        .until: Texts("til", "til", "to"),
        .complete: Texts(
            "Oversikten er fullstendig fram til", "Oversikta er fullstendig fram til",
            "The statement is complete up to"),
        .incomplete: Texts(
            "Oversikten er ikke fullstendig: det finnes flere linjer enn det ble bedt om.",
            "Oversikta er ikkje fullstendig: det finst fleire linjer enn det vart bede om.",
            "The statement is not complete: there are more lines than were asked for."),
        .unproved: Texts(
            "Tjenesten signerer ikke loggen sin, så oversikten kan ikke kontrolleres av andre.",
            "Tenesta signerer ikkje loggen sin, så oversikta kan ikkje kontrollerast av andre.",
            "The service does not sign its log, so nobody else can check this statement."),
        .awaiting: Texts(
            "Nødtilganger som fortsatt er til kontroll, og som vises når kontrollen er ferdig:",
            "Naudtilgangar som framleis er til kontroll, og som blir viste når kontrollen er ferdig:",
            "Emergency accesses that are still being reviewed, and are shown when they have been:"),
        .none: Texts("Ingen", "Ingen", "None"),
        .caption: Texts(
            "Hva opplysningene er brukt til, nyeste først", "Kva opplysningane er brukte til, nyaste først",
            "What the information was used for, newest first"),
        .when: Texts("Når", "Når", "When"),
        .who: Texts("Hvem", "Kven", "Who"),
        .what: Texts("Hva", "Kva", "What"),
        .purpose: Texts("Formål", "Formål", "Purpose"),
        .basis: Texts("Grunnlag", "Grunnlag", "Basis"),
        .emergency: Texts("Nødtilgang", "Naudtilgang", "Emergency"),
        .yes: Texts("Ja", "Ja", "Yes"),
        .no: Texts("Nei", "Nei", "No"),
        .person: Texts("Personen selv", "Personen sjølv", "The person"),
        .you: Texts("Du selv", "Du sjølv", "Yourself"),
        .otherPerson: Texts(
            "Forelder, verge eller annen representant", "Forelder, verje eller annan representant",
            "A parent, guardian or other representative"),
        .refusals: Texts("Avslag", "Avslag", "Refusals"),
        .refusalsIntro: Texts(
            "Disse spurte, men fikk ikke se noe.", "Desse spurde, men fekk ikkje sjå noko.",
            "These asked, and were shown nothing."),
        .accesses: Texts("Tilganger", "Tilgangar", "Accesses"),
        .proofHeading: Texts(
            "Slik kan oversikten kontrolleres", "Slik kan oversikta kontrollerast", "How to check this statement"),
        .proofText: Texts(
            "Alt står i en logg som ingen kan endre uten at det synes. Teksten under er loggens signerte sjekkpunkt. Med den "
                + "og JSON-utgaven av oversikten kan hvem som helst kontrollere linjene.",
            "Alt står i ein logg som ingen kan endre utan at det synest. Teksten under er det signerte sjekkpunktet til "
                + "loggen. Med han og JSON-utgåva av oversikta kan kven som helst kontrollere linjene.",
            "Everything stands in a log that nobody can change unseen. The text below is the log's signed checkpoint. With "
                + "it and this statement's JSON form anybody can check the lines."),
        .checkpoint: Texts("Sjekkpunkt", "Sjekkpunkt", "Checkpoint"),
        .officer: Texts(
            "Personvernombudet (kontroll)", "Personvernombodet (kontroll)", "The data protection officer (control)"),
        .times: Texts("oppslag", "oppslag", "look-ups"),
        .control: Texts("Kontroll", "Kontroll", "Control"),
        .on: Texts("Utarbeidet", "Utarbeidd", "Made"),
        .questions: Texts(
            "Er det noe du lurer på, eller mener noen ikke skulle ha sett dette? Kontakt kommunens personvernombud.",
            "Er det noko du lurer på, eller meiner du at nokon ikkje skulle ha sett dette? Kontakt personvernombodet i kommunen.",
            "Do you have questions, or think that somebody should not have seen this? Contact the municipality's data "
                + "protection officer."),
    ]
}
