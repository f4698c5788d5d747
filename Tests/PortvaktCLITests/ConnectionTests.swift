import Foundation
import Testing

@Suite("As whom the command line asks, without a service")
struct ConnectionTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// What a command says of the files that it cannot read: none of those that are named here is there.
    private func sought(_ flags: String, _ environment: [String: String] = [:], file: String = "") async throws
        -> String
    {
        try Data(file.utf8).write(to: scratch.file("settings.yaml"))
        let config = file.isEmpty ? "" : "--config settings.yaml"
        let ended = try await Tool.sh(
            "portvakt health \(config) \(flags)",
            environment: ["HOME": scratch.url.path, "XDG_CONFIG_HOME": scratch.url.path].merging(environment) { $1 },
            in: scratch.url)
        #expect(ended.status == 2 || ended.status == 64, "\(ended.error)")
        return ended.error
    }

    @Test("Whoever is named by a flag is asked as, whatever the environment and the file name; and so on down")
    func precedence() async throws {
        let file = "{ca: f/ca.pem, certificate: f/f.pem, key: f/f.key}"
        let environment = [
            "PORTVAKT_CA": "e/ca.pem", "PORTVAKT_CERTIFICATE": "e/e.pem", "PORTVAKT_KEY": "e/e.key",
        ]
        #expect(try await sought("", file: file).contains("f/f.pem"))
        #expect(try await sought("", environment, file: file).contains("e/e.pem"))
        let flags = try await sought("--certificate g/g.pem --key g/g.key", environment, file: file)
        #expect(flags.contains("g/g.pem"), "\(flags)")
        for settings in [environment, [:]] {
            let named = try await sought("--certs d --as officer", settings, file: file)
            #expect(named.contains("d/officer.pem"), "\(named)")
        }
        // A name in the environment comes before a file's certificate, and a flag's certificate before a name.
        let name = ["PORTVAKT_CERTS": "n", "PORTVAKT_AS": "name"]
        #expect(try await sought("", name, file: file).contains("n/name.pem"))
        #expect(try await sought("--certificate g/g.pem --key g/g.key", name).contains("g/g.pem"))
        // At one place the certificate comes before the name.
        #expect(try await sought("--certs d --as officer --certificate g/g.pem --key g/g.key").contains("g/g.pem"))
    }

    @Test("A name without a folder is told as that, also beside a certificate of the file")
    func nameAlone() async throws {
        for file in ["", "{ca: f/ca.pem, certificate: f/f.pem, key: f/f.key}"] {
            let alone = try await sought("--ca ca.pem --as officer", file: file)
            #expect(alone.contains("give the folder with --certs DIR"), "\(alone)")
        }
    }
}
