internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt policy activate`
struct PolicyActivate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate",
        abstract: "From an instant on, a profile that the service has decides.",
        discussion: """
            The profile lies in the service's folder of policies already; --hash says which one was checked, as `policy \
            validate` shows it. Recorded like any change, with who (--actor) and why. Repeating it with the same \
            --request-id gives the first receipt.

            Example:
              portvakt policy activate lokal-15 --from 2027-01-01 --why vedtak-2026-14 \\
                --controller kommune-a --actor employment:radgiver --certs certs-here --as administrator
            """)

    @Argument(help: "The profile's name.")
    var profile: String
    @Option(help: "SHA-256 over the profile, 64 hexadecimal digits. Default: that of the profile in the local folder.")
    var hash: String?
    @Option(help: "From this instant, not in the past: RFC 3339 or a date. Default: now.")
    var from: String?
    @Option(help: "Why: the reference of a decision, or a sentence without personal data.")
    var why: String
    @OptionGroup var policies: PoliciesOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let request = ActivateProfileRequest(
            header: try change.header(connection),
            profile: ProfileReference(
                name: try ArgumentText.identifier(profile, "the profile's name"), hash: try chosenHash()),
            from: try from.map { try ArgumentText.instant($0, "--from") }, reason: why)
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.activateProfile, request, as: ActivateProfileResponse.self)
        }
        ReceiptReport.show("profile \(profile) activated", response.receipt, output)
    }

    private func chosenHash() throws -> [UInt8] {
        guard let hash else { return try ProfileArgument.read(profile, policies).hash }
        let digits = hash.compactMap { $0.isASCII ? $0.hexDigitValue : nil }
        guard digits.count == 64, hash.count == 64 else {
            throw Failure("--hash is 64 hexadecimal digits", status: .usage)
        }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
