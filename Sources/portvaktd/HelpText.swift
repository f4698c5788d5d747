/// What `--help` prints: made from ``SettingKey``, so that no setting is missing in it.
enum HelpText {
    static let version = "0.1.0"

    static var text: String {
        var text = """
            portvaktd – decides who may see or join, records it, and answers.

            USAGE: portvaktd [--config FILE] [--check | --testing] [SETTINGS]

              --config FILE  YAML file with settings (also PORTVAKTD_CONFIG).
              --check        Load everything, say whether it is right, and end. Makes and changes nothing.
              --testing      Serve the tests of other systems: an empty store in memory for each client certificate,
                             with a clock that it sets. Takes no setting of a service that is relied on.
              --version      Print the version.

            SETTINGS (flag, environment variable, key in the file; the first that is given wins)

            """
        for key in SettingKey.allCases {
            let standard = key.standard.map { "default: \($0)" } ?? "must be given"
            text += "  \(key.flag)  \(key.environment)  \(key.rawValue)\n      \(key.help) [\(standard)]\n"
        }
        text += """

            SIGNALS
              SIGHUP   loads certificates and revocation lists again
              SIGTERM  drains and stops

            EXIT CODES
              0   stopped as told
              1   the ledger failed: nothing could be recorded any more
              78  not started: the sentence on standard error says why and what to do

            """
        return text
    }
}
