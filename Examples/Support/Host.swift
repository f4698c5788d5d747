public import ArgumentParser
internal import NIOCore
public import PortvaktClient
public import PortvaktCore
internal import PortvaktRPC

/// Where Portvakt is, who this system is, and where it keeps its own data.
public struct HostOptions: ParsableArguments {
    @Option(help: "Portvakt's address, host:port. Also PORTVAKT_ADDRESS.")
    var address: String?
    @Option(help: "The authority that Portvakt's certificate leads to (PEM). Also PORTVAKT_CA.")
    var ca: String?
    @Option(help: "This system's certificate (PEM). Also PORTVAKT_CERTIFICATE.")
    var certificate: String?
    @Option(help: "This system's key (PEM). Also PORTVAKT_KEY.")
    var key: String?
    @Option(help: "On whose behalf it registers: a controller's id. Also PORTVAKT_CONTROLLER.")
    var controller: String?
    @Option(help: "This system's own SQLite file. Also EXAMPLE_DATABASE.")
    var database: String?

    public init() {}

    func value(_ flag: KeyPath<HostOptions, String?>, _ name: String) throws -> String {
        guard let value = self[keyPath: flag] ?? Environment.variable(name) else {
            throw ValidationError("\(name) is not set: say it there, or with its flag (see --help)")
        }
        return value
    }
}

/// One running example system: its gate, what it registers, and its own database.
public struct Host: Sendable {
    public let gate: Gate
    public let registrar: Registrar
    public let database: Database

    private static let schema = "CREATE TABLE IF NOT EXISTS done (what TEXT, about TEXT, receipt TEXT) STRICT;"

    /// Opens everything for as long as the body lasts.
    /// - Parameter schema: the tables of the system.
    public static func with<Value: Sendable>(
        _ options: HostOptions, schema: String, _ body: (Host) async throws -> Value
    ) async throws -> Value {
        let database = try Database(
            path: options.value(\.database, "EXAMPLE_DATABASE"), schema: schema + Todo.schema + Self.schema)
        let gate = try Gate(configuration(options, Todo(database: database)))
        let controller = try ControllerID(options.value(\.controller, "PORTVAKT_CONTROLLER"))
        let host = Host(gate: gate, registrar: gate.registrar(for: controller), database: database)
        let result: Result<Value, any Error>
        do { result = .success(try await body(host)) } catch { result = .failure(error) }
        await gate.close()
        return try result.get()
    }

    /// How long a person at the screen waits for an answer, before it is a no.
    private static let timeout: TimeAmount = .seconds(10)

    private static func configuration(_ options: HostOptions, _ todo: Todo) throws -> Gate.Configuration {
        let (host, port) = try Words.address(options.value(\.address, "PORTVAKT_ADDRESS"))
        var configuration = Gate.Configuration(
            channel: RPCChannelConfiguration(
                targets: [RPCTarget(host: host, port: port)],
                tls: TLSFiles(
                    certificateChain: try options.value(\.certificate, "PORTVAKT_CERTIFICATE"),
                    privateKey: try options.value(\.key, "PORTVAKT_KEY"),
                    trustAnchors: try options.value(\.ca, "PORTVAKT_CA"), revocationLists: nil)),
            // The receipt of each allow is kept with what was shown on it. An obligation that stands neither here nor below
            // makes the gate refuse.
            handling: [.log])
        configuration.timeout = timeout
        for obligation in Todo.kept {
            configuration.handlers[obligation] = { receipt, question in
                try await todo.add(obligation, receipt, question)
            }
        }
        return configuration
    }

    /// Asks, makes the change on a recorded allow, and says what came of it.
    /// - Throws: ``Refused`` with the gate's reason.
    public func carryOut(
        _ question: Question, _ done: String, _ change: (Receipt) async throws -> Void = { _ in }
    ) async throws {
        let outcome = try await gate.disclose(question) { receipt in
            try await keep(receipt, question)
            try await change(receipt)
        }
        switch outcome {
        case .released(_, let receipt): say("\(done) (\(receipt.reasons.words), recorded as \(receipt.place))")
        case .refused(let refusal): throw Refused(refusal)
        }
    }

    /// Keeps a decision's receipt with what it is about: the obligation `log`.
    func keep(_ receipt: Receipt, _ question: Question) async throws {
        try await database.run(
            "INSERT INTO done VALUES (?, ?, ?)", question.action.word, question.object.text, receipt.text)
    }

    /// A case as it stands in Portvakt.
    public func caseRecord(_ id: CaseID) async throws -> Case {
        guard case .caseRecord(let found) = try await registrar.record(.caseRecord, id.identifier) else {
            throw ValidationError("\(id) is not a case")
        }
        return found
    }
}

/// A gate's no, as a program ends with it: exit status 1, and 2 where nothing was answered.
public struct Refused: Error {
    public let refusal: Refusal

    public init(_ refusal: Refusal) { self.refusal = refusal }
}

extension [Reason] {
    public var words: String { map(\.word).joined(separator: ", ") }
}
