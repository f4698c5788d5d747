// The catalogue's texts, in the order bokmål, nynorsk, English.

extension Catalogue {
    static let reasonTexts: [Reason: Texts] = [
        .allowAnonymous: Texts(
            "Ingen kan kjennes igjen; anonym drøfting eller statistikk er tillatt.",
            "Ingen kan kjennast att; anonym drøfting eller statistikk er tillate.",
            "Nobody can be recognised; anonymous discussion or statistics are allowed."),
        .allowArchive: Texts(
            "Loggen er avsluttet og kan overføres til arkivet.",
            "Loggen er avslutta og kan overførast til arkivet.",
            "The log is closed and may go to the archive."),
        .allowBreakGlass: Texts(
            "Nødtilgang: fare for liv eller helse. Tilgangen er kort, og den blir kontrollert i ettertid.",
            "Naudtilgang: fare for liv eller helse. Tilgangen er kort, og han blir kontrollert i ettertid.",
            "Emergency access: life or health in danger. It is short and will be reviewed."),
        .allowConsent: Texts(
            "Alle som må samtykke, har samtykket.",
            "Alle som må samtykkje, har samtykt.",
            "Everyone who must consent has consented."),
        .allowCrossOrganNr5: Texts(
            "Opplysningen kan gis til et annet organ fordi giverens egen oppgave gjør det nødvendig.",
            "Opplysninga kan givast til eit anna organ fordi oppgåva til gjevaren gjer det naudsynt.",
            "It may be told to another body because the giver's own task needs it."),
        .allowHolder: Texts(
            "Stafettholderen leder saken.",
            "Stafetthaldaren leier saka.",
            "The stafettholder leads the case."),
        .allowHpl25: Texts(
            "Helsepersonell samarbeider om den samme helsehjelpen.",
            "Helsepersonell samarbeider om den same helsehjelpa.",
            "Health personnel cooperate in the same treatment."),
        .allowIntraOrgan: Texts(
            "Kolleger i det samme organet med tjenstlig behov, eller kontroll i egen virksomhet.",
            "Kollegaer i det same organet med tenesteleg behov, eller kontroll i eiga verksemd.",
            "Colleagues of one body with need, or control of the own organisation."),
        .allowNoPersonData: Texts(
            "Møtet gjelder ingen bestemt person.",
            "Møtet gjeld ingen bestemt person.",
            "The meeting is about nobody in particular."),
        .allowParent: Texts(
            "Foreldreansvar, omsorg eller vergemål gir innsyn.",
            "Foreldreansvar, omsorg eller verjemål gir innsyn.",
            "Foreldreansvar, care or guardianship gives access."),
        .allowParty: Texts(
            "Den det gjelder, er part i barnevernssaken.",
            "Den det gjeld, er part i barnevernssaka.",
            "The person is a party to the barnevern case."),
        .allowPartyPresent: Texts(
            "De som må samtykke, er selv til stede i møtet.",
            "Dei som må samtykkje, er sjølve til stades i møtet.",
            "Those who must consent are in the meeting themselves."),
        .allowPartyProxy: Texts(
            "Fullmektigen ser det samme som den som har gitt fullmakten.",
            "Fullmektigen ser det same som den som har gitt fullmakta.",
            "The proxy sees what the principal sees."),
        .allowReassign: Texts(
            "Stafettholderen har sluttet, og lederen utpeker en ny.",
            "Stafetthaldaren har slutta, og leiaren peikar ut ein ny.",
            "The stafettholder has left and the leader appoints another."),
        .allowSelf: Texts(
            "Opplysningene gjelder en selv.",
            "Opplysningane gjeld ein sjølv.",
            "It is about oneself."),
        .allowStatutoryOut: Texts(
            "En plikt eller rett i loven tillater at dette blir fortalt.",
            "Ei plikt eller ein rett i lova tillèt at dette blir fortalt.",
            "A duty or right in law allows this to be told."),
        .denyAuth: Texts(
            "Systemet eller personen er ikke godkjent for dette, eller innloggingen er ikke sikker nok.",
            "Systemet eller personen er ikkje godkjend for dette, eller innlogginga er ikkje sikker nok.",
            "The system or the person is not accepted for this, or the sign-in is not strong enough."),
        .denyBreakGlassReason: Texts(
            "Nødtilgang krever en begrunnelse.",
            "Naudtilgang krev ei grunngiving.",
            "Emergency access needs a reason."),
        .denyBreakGlassReview: Texts(
            "Nødtilgang gis ikke når anonymiserte opplysninger er nok.",
            "Naudtilgang blir ikkje gitt når anonymiserte opplysningar er nok.",
            "There is no emergency access where anonymised information is enough."),
        .denyCapacityAge: Texts(
            "Den som har samtykket, kan ikke samtykke på grunn av barnets alder.",
            "Den som har samtykt, kan ikkje samtykkje på grunn av alderen til barnet.",
            "The one who consented cannot, because of the child's age."),
        .denyConsentExpired: Texts(
            "Samtykket er utløpt, brukt opp eller har ikke begynt å gjelde.",
            "Samtykket er gått ut, brukt opp eller har ikkje byrja å gjelde.",
            "The consent has expired, has been used, or has not begun."),
        .denyConsentForm: Texts(
            "Samtykket må være skriftlig, eller det mangler dokumentasjon.",
            "Samtykket må vere skriftleg, eller det manglar dokumentasjon.",
            "The consent must be in writing, or there is no evidence of it."),
        .denyConsentIncomplete: Texts(
            "Ikke alle som må samtykke, har samtykket.",
            "Ikkje alle som må samtykkje, har samtykt.",
            "Not everyone who must consent has consented."),
        .denyConsentNotInformed: Texts(
            "Den som samtykket, forsto ikke teksten.",
            "Den som samtykte, forstod ikkje teksten.",
            "The one who consented did not understand the text."),
        .denyConsentScopePurpose: Texts(
            "Samtykket gjelder ikke dette formålet, emnet eller området.",
            "Samtykket gjeld ikkje dette føremålet, emnet eller området.",
            "The consent does not cover this purpose, topic or area."),
        .denyConsentScopeService: Texts(
            "Samtykket gjelder ikke denne tjenesten eller enheten.",
            "Samtykket gjeld ikkje denne tenesta eller eininga.",
            "The consent does not cover this service or unit."),
        .denyConsentWithdrawn: Texts(
            "Samtykket er trukket tilbake.",
            "Samtykket er trekt tilbake.",
            "The consent has been withdrawn."),
        .denyExcludedPerson: Texts(
            "Den som har samtykket, har holdt denne personen utenfor.",
            "Den som har samtykt, har halde denne personen utanfor.",
            "The one who consented has kept this person out."),
        .denyHabilitet: Texts(
            "Den ansatte er i slekt med eller nært knyttet til dem saken gjelder.",
            "Den tilsette er i slekt med eller nært knytt til dei saka gjeld.",
            "The employee is kin to, or close to, those whom the case is about."),
        .denyHarmToChild: Texts(
            "Opplysningene kan skade barnet. Avslaget kan klages inn for Statsforvalteren.",
            "Opplysningane kan skade barnet. Avslaget kan klagast inn for Statsforvaltaren.",
            "The information could harm the child. The refusal can be appealed to Statsforvalteren."),
        .denyIdentityInAnonymous: Texts(
            "En anonym drøfting kan ikke knyttes til en person eller en sak.",
            "Ei anonym drøfting kan ikkje knytast til ein person eller ei sak.",
            "An anonymous discussion cannot be tied to a person or a case."),
        .denyLevel: Texts(
            "Saken er ikke på det nivået som åpner for dette.",
            "Saka er ikkje på det nivået som opnar for dette.",
            "The case is not at the level that opens this."),
        .denyLogClosed: Texts(
            "Stafettloggen er avsluttet.",
            "Stafettloggen er avslutta.",
            "The stafettlogg is closed."),
        .denyMeetingRule: Texts(
            "Møtetypen tillater ikke dette.",
            "Møtetypen tillèt ikkje dette.",
            "The type of meeting does not allow this."),
        .denyNoConsent: Texts(
            "Det finnes ikke noe samtykke eller annet grunnlag.",
            "Det finst ikkje noko samtykke eller anna grunnlag.",
            "There is no consent and no other basis."),
        .denyNoFa: Texts(
            "Den som spør, har ikke foreldreansvar.",
            "Den som spør, har ikkje foreldreansvar.",
            "The one who asks does not hold foreldreansvar."),
        .denyNoNeed: Texts(
            "Det er ikke oppgitt tjenstlig behov.",
            "Det er ikkje oppgitt tenesteleg behov.",
            "No need in the line of duty has been stated."),
        .denyNotFound: Texts(
            "Det finnes ikke noe slikt.",
            "Det finst ikkje noko slikt.",
            "There is no such thing."),
        .denyNotGiver: Texts(
            "Denne personen kan ikke samtykke her.",
            "Denne personen kan ikkje samtykkje her.",
            "This person cannot consent here."),
        .denyNotNecessary: Texts(
            "Det er ikke vist at det er nødvendig å fortelle dette.",
            "Det er ikkje vist at det er naudsynt å fortelje dette.",
            "It has not been shown that telling this is necessary."),
        .denyNotParticipant: Texts(
            "Den som spør, deltar ikke i saken.",
            "Den som spør, deltek ikkje i saka.",
            "The one who asks takes no part in the case."),
        .denyNotParty: Texts(
            "Barnet er ikke part i barnevernssaken ennå.",
            "Barnet er ikkje part i barnevernssaka enno.",
            "The child is not yet a party to the barnevern case."),
        .denyOrgBoundary: Texts(
            "Enheten hører til en annen virksomhet og er ikke nevnt i samtykket.",
            "Eininga høyrer til ei anna verksemd og er ikkje nemnd i samtykket.",
            "The unit belongs to another organisation and is not named in the consent."),
        .denyProtected: Texts(
            "Opplysningene er beskyttet.",
            "Opplysningane er verna.",
            "The information is protected."),
        .denyRole: Texts(
            "Rollen gir ikke adgang til dette.",
            "Rolla gir ikkje tilgang til dette.",
            "The role does not give this."),
        .denyRoleExpired: Texts(
            "Ansettelsen er avsluttet.",
            "Tilsetjinga er avslutta.",
            "The employment has ended."),
        .denySingleWriter: Texts(
            "Bare én kan gjøre dette, og det er en annen.",
            "Berre éin kan gjere dette, og det er ein annan.",
            "Only one may do this, and it is another."),
        .denyState: Texts(
            "Det er ikke noe å gjøre dette med slik saken står.",
            "Det er ikkje noko å gjere dette med slik saka står.",
            "As the case stands there is nothing to do this to."),
        .denyThirdPartyInfo: Texts(
            "Opplysningen gjelder en annen, som ikke har samtykket.",
            "Opplysninga gjeld ein annan, som ikkje har samtykt.",
            "It is about somebody else, who has not consented."),
        .denyWithheld: Texts(
            "Opplysningen er holdt tilbake.",
            "Opplysninga er halden tilbake.",
            "The information is withheld."),
        .denyEvaluationError: Texts(
            "Avgjørelsen kunne ikke regnes ut, og da er svaret nei.",
            "Avgjerda kunne ikkje reknast ut, og då er svaret nei.",
            "The decision could not be made, and then the answer is no."),
        .denyUnrecorded: Texts(
            "Avgjørelsen kunne ikke skrives ned, og da er svaret nei.",
            "Avgjerda kunne ikkje skrivast ned, og då er svaret nei.",
            "The decision could not be recorded, and then the answer is no."),
        .referConfig: Texts(
            "Noe er satt opp slik at et menneske må rydde opp først.",
            "Noko er sett opp slik at eit menneske må rydde opp først.",
            "Something is set up so that a human must put it right first."),
        .referConflict: Texts(
            "Opplysningene strider mot hverandre, og et menneske må avgjøre.",
            "Opplysningane strir mot kvarandre, og eit menneske må avgjere.",
            "The facts contradict each other and a human must decide."),
        .referErasureRequest: Texts(
            "Et krav om sletting er en egen sak som et menneske avgjør.",
            "Eit krav om sletting er ei eiga sak som eit menneske avgjer.",
            "A demand for erasure is a case of its own that a human decides."),
        .referFactMissing: Texts(
            "Det mangler en opplysning som et menneske må finne ut av.",
            "Det manglar ei opplysning som eit menneske må finne ut av.",
            "A fact is missing that a human must find out."),
    ]

    static let obligationTexts: [Obligation: Texts] = [
        .log: Texts(
            "Ta vare på avgjørelsens nummer i egen logg.",
            "Ta vare på nummeret på avgjerda i eigen logg.",
            "Keep the decision's number with your own record."),
        .informParents: Texts(
            "Foreldrene skal informeres.",
            "Foreldra skal informerast.",
            "The parents are informed."),
        .childView: Texts(
            "Barnets syn skal høres og skrives ned.",
            "Synet til barnet skal høyrast og skrivast ned.",
            "The child's view is heard and written down."),
        .reviewRequired: Texts(
            "Saken må vurderes på nytt.",
            "Saka må vurderast på nytt.",
            "The case must be looked at again."),
        .review24h: Texts(
            "Nødtilgangen skal kontrolleres innen fristen.",
            "Naudtilgangen skal kontrollerast innan fristen.",
            "The emergency access is reviewed within the time limit."),
        .notifyLeader: Texts(
            "Lederen skal varsles.",
            "Leiaren skal varslast.",
            "The leader is notified."),
        .appealText: Texts(
            "Avslaget skal begrunnes, og klageretten skal nevnes.",
            "Avslaget skal grunngivast, og klageretten skal nemnast.",
            "The refusal is reasoned and tells how to appeal."),
        .conclude: Texts(
            "Undringen er gammel og må konkluderes.",
            "Undringa er gammal og må konkluderast.",
            "The wonder is old and must be concluded."),
    ]
}
