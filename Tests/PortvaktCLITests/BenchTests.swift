import Foundation
import Testing

@Suite("portvakt bench, without a service")
struct BenchTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(
        "Bounds and goals are checked before anything is tried",
        arguments: [
            ("--connections 0", "--connections"), ("--streams 2000", "--streams"), ("--rounds 0", "--rounds"),
            ("--seconds 0.01", "--seconds"), ("--at-least 16=1.2", "--peer"), ("--at-least 16", "at-least"),
            ("--peer-only", "--peer"), ("--log 0", "--log"), ("--log 100001", "--log"),
            ("--peer-only --peer localhost:1 --log 10", "--peer-only"), ("--subjects 0", "--subjects"),
            ("--date 2026-13-01", "--date"),
        ])
    func bounds(_ arguments: String, _ hint: String) async throws {
        let ended = try await Tool.sh("portvakt bench \(arguments)")
        #expect(ended.status == 64)
        #expect(ended.error.contains(hint), "\(ended.error)")
    }

    @Test("Without certificates it says which flags to give")
    func noCertificates() async throws {
        let environment = ["HOME": scratch.url.path, "XDG_CONFIG_HOME": scratch.url.path]
        let ended = try await Tool.sh("portvakt bench", environment: environment)
        #expect(ended.status == 64)
        #expect(ended.error.contains("--ca FILE"))
        #expect(ended.error.contains("--certs DIR"))
    }

    @Test("A wrong address, a wrong key in the file of settings and a missing certificate are named")
    func wrongSettings() async throws {
        let made = try await Tool.portvakt("certs", "init", scratch.path("certs"))
        try #require(made.status == 0)
        let certs = scratch.path("certs")
        let address = try await Tool.portvakt("bench", "--certs", certs, "--as", "officer", "--address", "host:port")
        #expect(address.status == 64)
        #expect(address.error.contains("127.0.0.1:7443"))
        try Data("adress: localhost:1\n".utf8).write(to: scratch.file("portvakt.yaml"))
        let file = try await Tool.portvakt("bench", "--config", scratch.path("portvakt.yaml"))
        #expect(file.status == 2)
        #expect(file.error.contains("portvakt.yaml:1:1"))
        #expect(file.error.contains("address"))
        let absent = try await Tool.portvakt("bench", "--certs", certs, "--as", "nobody")
        #expect(absent.status == 2)
        #expect(absent.error.contains("nobody.pem"))
    }
}
