import Foundation
import Testing

/// A real daemon with a small municipality, and the two example systems with a certificate each.
final class Municipality: Sendable {
    let folder: Folder
    let daemon: Serving
    /// Far enough away, and inside the longest time that a consent may last.
    static let soon = day(from: Date(timeIntervalSinceNow: 300 * 86400))

    init() async throws {
        folder = try Folder()
        let certs = folder.path("certs")
        try await Self.succeed("certs", "init", certs)
        try await Self.succeed("certs", "system", certs, "journal", "--organization", "312345676")
        try await Self.succeed("certs", "system", certs, "planner", "--organization", "987654325")
        let configuration = """
            listen: 127.0.0.1:0
            metrics: 127.0.0.1:0
            certificate: \(certs)/server.pem
            key: \(certs)/server.key
            ca: \(certs)/ca.pem
            crl: \(certs)/crl.pem
            ledger: \(folder.path("ledger.db"))
            policies: \(Programs.repository.appendingPathComponent("policies").path)
            administrator: spiffe://portvakt.test/administrator
            linger: 0
            """
        try Data(configuration.utf8).write(to: folder.file("portvaktd.yaml"))
        daemon = try await Serving(
            "portvaktd", ["--config", folder.path("portvaktd.yaml")], until: "serving on ",
            output: folder.file("daemon.log"))
        try await register()
    }

    /// The case `sak` of a child of thirteen, without a log, with everybody who plays a part.
    private func register() async throws {
        let records = """
            format: portvakt-records/1
            records:
              controllers: [{id: kommune-a}]
              units:
                - {id: skole, service: skole, controller: kommune-a}
                - {id: ppt, service: ppt, controller: kommune-a}
                - {id: helse, service: skolehelse, controller: kommune-a}
                - {id: familie, service: barne_familie, controller: kommune-a}
                - {id: barnevern, service: barnevern, controller: kommune-a}
                - {id: forvaltning, service: forvaltning, controller: kommune-a}
              persons: [{id: barn, born: \(Self.day(from: Date(timeIntervalSinceNow: -13 * 366 * 86400)))},
                {id: mor, born: 1986-04-17}, {id: far, born: 1984-09-02}]
              authorities: [{id: fa-mor, holder: mor, over: barn}, {id: fa-far, holder: far, over: barn}]
              employments:
                - {id: larer, unit: skole}
                - {id: larer-2, unit: skole}
                - {id: radgiver, unit: ppt}
                - {id: koordinator, unit: familie}
                - {id: kontakt, unit: barnevern}
                - {id: saksbehandler, unit: forvaltning}
              cases: [{id: sak, subject: barn, controller: kommune-a, level: 1, log: none, holder: larer}]
            """
        try Data(records.utf8).write(to: folder.file("records.yaml"))
        try await portvakt("registry", "add", "controller", "id=kommune-a")
        for (name, number) in [("journal", "312345676"), ("planner", "987654325")] {
            try await portvakt(
                "system", "register", name, "--organization", number, "--for", "kommune-a", "--permission", "ask",
                "--permission", "register")
        }
        try await portvakt(
            "system", "register", "officer", "--spiffe", "spiffe://portvakt.test/officer", "--for", "kommune-a",
            "--permission", "audit")
        try await portvakt("import", folder.path("records.yaml"))
    }

    // MARK: - Programs

    /// The log system.
    func log(_ arguments: String...) async throws -> Programs.Result {
        try await Programs.run("stafettlogg", arguments, environment("journal", "log.db"))
    }

    /// The plan system.
    func plan(_ arguments: String...) async throws -> Programs.Result { try await plan(arguments) }

    func plan(_ arguments: [String]) async throws -> Programs.Result {
        try await Programs.run("plan", arguments, environment("planner", "plan.db"))
    }

    /// A page of one of the two, for one reader, served until it is let go.
    func page(_ program: String, as reader: String) async throws -> Serving {
        let (holder, database) = program == "plan" ? ("planner", "plan.db") : ("journal", "log.db")
        return try await Serving(
            program, ["page", "sak", "--as", reader], environment(holder, database),
            until: "The page is at ", output: folder.file("page-\(UUID().uuidString)"))
    }

    /// The command line, as the administrator, or as the officer for `audit`.
    @discardableResult
    func portvakt(_ arguments: String...) async throws -> Programs.Result {
        var environment = environment(arguments[0] == "audit" ? "officer" : "administrator", "")
        environment["PORTVAKT_CERTS"] = folder.path("certs")
        let result = try await Programs.run("portvakt", arguments, environment)
        try #require(result.status == 0, "\(arguments): \(result.text)")
        return result
    }

    private func environment(_ holder: String, _ database: String) -> [String: String] {
        [
            "PORTVAKT_ADDRESS": daemon.place, "PORTVAKT_CA": folder.path("certs/ca.pem"),
            "PORTVAKT_CERTIFICATE": folder.path("certs/\(holder).pem"),
            "PORTVAKT_KEY": folder.path("certs/\(holder).key"),
            "PORTVAKT_CONTROLLER": "kommune-a", "EXAMPLE_DATABASE": folder.path(database), "LC_ALL": "C.UTF-8",
            "HOME": folder.url.path,
        ]
    }

    private static func succeed(_ arguments: String...) async throws {
        let result = try await Programs.run("portvakt", arguments)
        try #require(result.status == 0, "\(arguments): \(result.text)")
    }

    private static func day(from date: Date) -> String {
        let parts = Calendar(identifier: .gregorian).dateComponents([.year, .month, .day], from: date)
        let two = { (number: Int?) in (number ?? 0) < 10 ? "0\(number ?? 0)" : "\(number ?? 0)" }
        return "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day))"
    }

    // MARK: - What several tests begin with

    /// Both parents consent, in the log system.
    func consent(_ id: String, to services: String, for purposes: String = "samordning") async throws {
        for parent in ["mor", "far"] {
            let given = try await log(
                "consent", "\(id)-\(parent)", "--case", "sak", "--giver", parent, "--capacity", "foreldreansvar",
                "--to", services,
                "--purposes", purposes, "--until", Self.soon)
            try #require(given.status == 0, "\(given.text)")
        }
    }

    /// The log is open at level 2 with three entries, and PPT takes part.
    func openLog() async throws {
        try await consent("s", to: "skole,ppt,skolehelse")
        let steps = [
            try await log("open", "sak", "--as", "employment:larer"),
            try await log(
                "write", "sak", "Notat 1", "--author", "skole", "--about", "barn", "--as", "employment:larer"),
            try await log(
                "write", "sak", "Notat 2", "--category", "health", "--author", "helse", "--about", "barn", "--withheld",
                "child_wish", "--as", "employment:larer"),
            try await log("write", "sak", "Notat 3", "--author", "skole", "--about", "mor", "--as", "employment:larer"),
            try await log("evaluate", "sak", "--level", "2", "--as", "employment:larer"),
            try await log("invite", "sak", "radgiver", "--until", Self.soon, "--as", "employment:larer"),
        ]
        for step in steps { try #require(step.status == 0, "\(step.text)") }
    }
}
