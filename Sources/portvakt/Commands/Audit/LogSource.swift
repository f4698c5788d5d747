internal import ArgumentParser
internal import PortvaktLedger
internal import PortvaktSQLite

/// Which log a command proves from: a database, an export, or a service on another machine, in whose answers nothing is trusted
/// that does not lead to a signature of the log.
struct LogSource: ParsableArguments {
    @Option(help: "The ledger's database file. It may be in use.", completion: .file())
    var ledger: String?
    @Option(help: "A folder that audit export wrote.", completion: .directory)
    var export: String?
    @Option(help: "Ask the service at this address, host:port. Reading is recorded there.")
    var server: String?
    @Option(help: "With --server: the authority that the service's certificate leads to (PEM). Also PORTVAKT_CA.")
    var ca: String?
    @Option(help: "With --server: a folder made by portvakt certs. Also PORTVAKT_CERTS.", completion: .directory)
    var certs: String?
    @Option(
        name: .customLong("as"),
        help: "With --server: whose certificate in that folder. Also PORTVAKT_AS, or PORTVAKT_CERTIFICATE and _KEY.")
    var holder: String?
    @OptionGroup var reader: ReaderOptions

    func validate() throws {
        guard [ledger, export, server].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("say which log is meant: --ledger FILE, --export DIR or --server HOST:PORT")
        }
    }

    /// Opens it for reading.
    func open() throws -> any LedgerStore {
        if let ledger { return try AuditFailure.catching { try SQLiteStore.openForReading(path: ledger) } }
        return try AuditFailure.catching { try ExportStore(folder: export ?? "") }
    }

    /// How to reach the service: `--key` of these commands is the log's key, and no certificate's.
    func connection(to server: String) throws -> ConnectionOptions {
        var arguments = ["--address", server]
        for (name, value) in [("--ca", ca), ("--certs", certs), ("--as", holder)] {
            if let value { arguments += [name, value] }
        }
        return try ConnectionOptions.parse(arguments)
    }
}
