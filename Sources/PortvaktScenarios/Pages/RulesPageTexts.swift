extension RulesPage {
    static let introduction = """
        # The rules

        Made from the profiles in `policies/` by `portvakt policy rules > docs/rules.md`; a test says whether it is current. Change \
        the profile, not this page.

        **This is not legal advice.** It is a software project's reading of public sources. A municipality lets a lawyer and its \
        personvernombud check it before relying on it.

        Sources: S0 to S4 the texts the project began with; L and a number the law as the rule book writes it; W and a number a \
        public source; U not verified, a lawyer must check it; P our own default. An explanation of a decision names its rules as \
        this page does (`portvakt explain`), and `portvakt policy coverage` tells which of them no scenario considers.
        """

    static let examples = """

        ## Three changes, step by step

        A municipality has a profile of its own: a file that says `extends: nasjonal` and holds only what differs. Each change is \
        tried before it decides anything:

            portvakt policy validate ./kommune.yaml
            portvakt policy diff nasjonal ./kommune.yaml Tests/Scenarios
            portvakt policy activate kommune --from 2027-01-01 --why vedtak-2026-14 --controller kommune-a --actor employment:radgiver

        **An age: fifteen-year-olds agree alone, from a date.** Find `age.coordination_alone` under *Single values*; the row \
        `education` under *Who must consent* has a band that begins at it. Give the value a second version, which keeps the old one \
        for decisions before that day:

            parameters:
              age.coordination_alone:
                value: [{value: 16}, {from: 2027-01-01, value: 15}]
                source: [W4, W5, P]

        `policy diff` shows the questions about fifteen-year-olds on whose logs the parents' consent was asked for and no longer is.

        **A meeting: drøfting needs three from the school.** Find `drofting` under *Meetings*. Only what differs is written; the \
        rest of the entry stays:

            meetings:
              drofting:
                representatives: {services: [skole, barnehage], count: 3, leaders: 1}

        `policy diff` shows `meeting.hold` and `meeting.attend` of meetings with two, now `deny.meeting_rule`. The rule that says \
        no is `rule.meeting`; no code changes.

        **A service: the municipality has an ungdomslos.** Services are data too. It needs a regime, which decides its secrecy, and \
        the category of what it writes; without a regime `policy validate` refuses the profile:

            services:
              ungdomslos: {regime: fvl, category: education}

        From then on units may have the service `ungdomslos`, and consents may name it.
        """
}
