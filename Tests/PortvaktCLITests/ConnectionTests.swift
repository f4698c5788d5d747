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

    @Test(
        "The file of the usual place is read, wherever XDG_CONFIG_HOME says that it is; empty or half a path says nothing"
    )
    func usualPlace() async throws {
        for (folder, name) in [(".config", "home"), ("own", "own"), ("here/half", "half")] {
            try FileManager.default.createDirectory(
                at: scratch.file("\(folder)/portvakt"), withIntermediateDirectories: true)
            try Data("{ca: \(name)/ca.pem, certificate: \(name)/c.pem, key: \(name)/c.key}".utf8).write(
                to: scratch.file("\(folder)/portvakt/portvakt.yaml"))
        }
        for (variable, name) in [("", "home"), ("here/half", "home"), (scratch.path("own"), "own")] {
            let said = try await sought("", ["XDG_CONFIG_HOME": variable])
            #expect(said.contains("\(name)/c.pem"), "\(variable): \(said)")
        }
    }

    @Test("The address is that of the flag, the environment or the file, in that order, else this machine's")
    func address() async throws {
        let made = try await Tool.sh("portvakt certs init d", in: scratch.url)
        try #require(made.status == 0, "\(made.error)")
        // Nobody listens on the first ports of the machine.
        let file = "{address: '127.0.0.1:1', certs: d, as: officer}"
        let variable = ["PORTVAKT_ADDRESS": "127.0.0.1:2"]
        #expect(try await sought("", file: file).contains("no answer from 127.0.0.1:1:"))
        #expect(try await sought("", variable, file: file).contains("no answer from 127.0.0.1:2:"))
        #expect(try await sought("--address 127.0.0.1:3", variable, file: file).contains("no answer from 127.0.0.1:3:"))
    }

    @Test("A service that does not answer in the time that is given ends it with 2, and the time is told")
    func timeout() async throws {
        let made = try await Tool.sh("portvakt certs init d", in: scratch.url)
        try #require(made.status == 0, "\(made.error)")
        let silent = try SilentListener()
        let ended = try await Tool.sh(
            "portvakt health --certs d --as officer --address 127.0.0.1:\(silent.port) --timeout 1", in: scratch.url)
        #expect(ended.status == 2, "\(ended.error)")
        #expect(ended.error.contains("no answer from 127.0.0.1:\(silent.port) within 1 s"), "\(ended.error)")
        for wrong in ["0", "3601"] {
            #expect(try await Tool.portvakt("health", "--timeout", wrong).status == 64)
        }
    }

    @Test("A service whose certificate its authority has revoked is not asked, when the list is given")
    func revokedService() async throws {
        let service = try await RunningService()
        #expect(try await service.run("officer", "health").status == 0)
        let copied = try await Tool.sh(
            "cp -r certs other && portvakt certs revoke other other/server.pem", in: service.scratch.url)
        try #require(copied.status == 0, "\(copied.error)")
        let list = service.scratch.path("other/crl.pem")
        let refused = try await service.run("officer", "health", "--crl", list)
        #expect(refused.status == 2 && refused.output.isEmpty, "\(refused.output)\(refused.error)")
        #expect(try await service.run("officer", "health", "--crl", service.scratch.path("certs/crl.pem")).status == 0)
        let variable = try await Tool.sh(
            "portvakt health", environment: service.environment("officer").merging(["PORTVAKT_CRL": list]) { $1 })
        #expect(variable.status == 2, "\(variable.output)")
    }

    @Test("A folder without a name is told as that, and is not the root of the file system", arguments: [true, false])
    func emptyFolder(_ isFlag: Bool) async throws {
        let said = try await sought(
            isFlag ? "--certs '' --as officer" : "--as officer", isFlag ? [:] : ["PORTVAKT_CERTS": ""])
        #expect(said.contains("--certs names no folder"), "\(said)")
        let export = try await Tool.sh("portvakt audit export '' --ledger l --checkpoints g --key k")
        #expect(export.status == 64 && export.error.contains("the folder has no name"), "\(export.error)")
    }

    @Test("A name without a folder is told as that, also beside a certificate of the file")
    func nameAlone() async throws {
        for file in ["", "{ca: f/ca.pem, certificate: f/f.pem, key: f/f.key}"] {
            let alone = try await sought("--ca ca.pem --as officer", file: file)
            #expect(alone.contains("give the folder with --certs DIR"), "\(alone)")
        }
    }
}

/// Takes connections and never says anything.
private final class SilentListener: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listens = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
        try #require(listens)
    }

    deinit { close(descriptor) }
}
