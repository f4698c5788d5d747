internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktSQLite

/// Which log a command reads: a database, also while a daemon writes to it, or an export; no service is asked.
struct LedgerOptions: ParsableArguments {
    @Option(help: "The ledger's database file. It may be in use.", completion: .file())
    var ledger: String?
    @Option(help: "A folder that audit export wrote.", completion: .directory)
    var export: String?

    func validate() throws {
        guard (ledger == nil) != (export == nil) else {
            throw ValidationError("say which log is meant: --ledger FILE or --export DIR")
        }
    }

    /// Opens it for reading.
    /// - Parameter atOneMoment: a database as it is now, whatever a daemon writes to it.
    func open(atOneMoment: Bool = false) throws -> any LedgerStore {
        if let ledger {
            return try AuditFailure.catching {
                try SQLiteStore.openForReading(path: ledger, atOneMoment: atOneMoment)
            }
        }
        return try AuditFailure.catching { try ExportStore(folder: export ?? "") }
    }
}

/// Whom a command trusts, and what they have signed.
struct TrustOptions: ParsableArguments {
    @Option(
        help: "A public key of the log (<name>+<id>+<base64>), or a file of such keys. May be repeated.",
        completion: .file())
    var key: [String] = []
    @Option(
        help: "A file of signed checkpoints: the daemon's guard file, or a copy of one that was kept.",
        completion: .file())
    var checkpoints: String?

    /// The keys; `nil` when none was given.
    func ring() throws -> KeyRing? {
        guard !key.isEmpty else { return nil }
        var keys: [VerifierKey] = []
        for text in key {
            if let one = VerifierKey(text) {
                keys.append(one)
            } else {
                keys += try AuditFailure.catching { try KeyRing.load(path: text) }.keys
            }
        }
        return KeyRing(keys)
    }

    func neededRing() throws -> KeyRing {
        guard let ring = try ring() else {
            throw ValidationError("say whose signature is trusted: --key FILE")
        }
        return ring
    }

    /// The checkpoints of the file; none when there is no file.
    func signed() throws -> [CheckpointFile.Signed] {
        guard let checkpoints else { return [] }
        let ring = try neededRing()
        return try AuditFailure.catching { try CheckpointFile(path: checkpoints, keys: ring).signed }
    }
}

/// Ends a command that reads a log: 1 when it does not verify, 2 when it could not be tried.
enum AuditFailure {
    static func catching<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as LedgerError {
            throw Failure("\(error)", status: status(error))
        } catch let error as StoreError {
            let what = error.kind == .exists ? "the file" : "the ledger"
            throw Failure("\(what) \(error)", status: error.kind == .damaged ? .no : .couldNotTry)
        }
    }

    private static func status(_ error: LedgerError) -> ExitStatus {
        switch error {
        case .damaged, .behindGuard, .differsFromGuard: .no
        case .store(let error), .index(let error): error.kind == .damaged ? .no : .couldNotTry
        case .file(_, let problem):
            problem.hasPrefix("cannot be trusted") || problem.hasPrefix("is of another") ? .no : .couldNotTry
        case .cryptography, .tooManyStreams, .ended: .couldNotTry
        }
    }
}

/// An entry's place, as it is written: `decisions/node-1#42`.
struct EntryPlace: ExpressibleByArgument {
    let stream: StreamID
    let index: UInt64

    init?(argument: String) {
        let parts = argument.split(separator: "#", omittingEmptySubsequences: false)
        guard parts.count == 2, let stream = StreamID(String(parts[0])), let index = UInt64(parts[1]) else {
            return nil
        }
        self.stream = stream
        self.index = index
    }

    var text: String { "\(stream)#\(index)" }
}

extension ProgressBar {
    /// Counts entries, of which there are `UInt64`s.
    mutating func update(_ done: UInt64) { update(Int(clamping: done)) }
}
