import NIOCore
import PortvaktClient
import PortvaktCore
import PortvaktRPC
import PortvaktWire
import Testing

@testable import PortvaktC

/// How a host's words become the gate's configuration.
@Suite("The options of the gate for C")
struct OptionTests {
    private static let needed = [("address", "a.example:7443"), ("certificate", "c"), ("key", "k"), ("ca", "t")]

    private func configuration(_ more: [(String, String)]) throws -> Gate.Configuration {
        let options = Options()
        for (key, value) in Self.needed + more { #expect(options.set(key, value), "\(key)") }
        return try #require(options.configuration)
    }

    @Test("each reach the gate, and what is not said is as the header says")
    func reach() throws {
        let plain = try configuration([])
        #expect(plain.channel.tls.certificateChain == "c" && plain.channel.tls.privateKey == "k")
        #expect(plain.channel.tls.trustAnchors == "t" && plain.channel.tls.revocationLists == nil)
        #expect(plain.timeout == .milliseconds(2000) && plain.reuse == nil && plain.handledObligations.isEmpty)
        #expect(plain.channel.targets.map(\.serverName) == [nil])
        let whole = try configuration([
            ("crl", "l"), ("server_name", "pdp.example"), ("timeout_ms", "600000"), ("reuse_ms", "5000"),
            ("address", "[::1]:7444"), ("handles", "log"), ("handles", "inform_parents"),
        ])
        #expect(whole.channel.tls.revocationLists == "l")
        #expect(whole.timeout == .milliseconds(600_000) && whole.reuse == .milliseconds(5000))
        #expect(whole.channel.targets.map(\.host) == ["a.example", "::1"])
        #expect(whole.channel.targets.map(\.port) == [7443, 7444])
        #expect(whole.channel.targets.map(\.serverName) == ["pdp.example", "pdp.example"])
        #expect(whole.handledObligations == [.log, .informParents])
    }

    @Test("are refused when they are unknown or out of their range, and then nothing of them is kept")
    func refused() throws {
        let heartbeats = WireLimits.heartbeats
        for (key, value) in [
            ("timeout_ms", "0"), ("timeout_ms", "600001"), ("timeout_ms", "2s"),
            ("reuse_ms", "\(heartbeats.lowerBound - 1)"), ("reuse_ms", "\(heartbeats.upperBound + 1)"),
            ("address", "a.example"), ("address", "a.example:0"), ("address", "a.example:65536"), ("address", ":7443"),
            ("certificate", ""), ("server_name", ""), ("handles", "loq"), ("crl_file", "l"),
        ] {
            let options = Options()
            for (key, value) in Self.needed { #expect(options.set(key, value)) }
            #expect(!options.set(key, value), "\(key) \(value)")
            let configuration = try #require(options.configuration)
            #expect(configuration.timeout == .milliseconds(2000) && configuration.reuse == nil)
            #expect(configuration.channel.targets.count == 1 && configuration.handledObligations.isEmpty)
        }
        for (key, value) in [
            ("timeout_ms", "1"), ("reuse_ms", "\(heartbeats.lowerBound)"), ("reuse_ms", "\(heartbeats.upperBound)"),
        ] { #expect(Options().set(key, value), "\(key) \(value)") }
    }

    @Test("make no gate while an address or a file is not named")
    func lacking() {
        for left in Self.needed.indices {
            let options = Options()
            for (place, (key, value)) in Self.needed.enumerated() where place != left {
                #expect(options.set(key, value))
            }
            #expect(options.configuration == nil, "without \(Self.needed[left].0)")
        }
    }
}
