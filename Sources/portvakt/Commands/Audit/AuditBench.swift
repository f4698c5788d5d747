internal import ArgumentParser
internal import Glibc
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktSQLite

/// `portvakt audit bench`
struct AuditBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Makes a log of many decisions and measures finding, proving and verifying in it.",
        discussion: """
            In a temporary folder that is gone afterwards; ten million decisions need about 5 GB. Nothing of a real log is read.

            Examples:
              portvakt audit bench --entries 10000000
              portvakt audit bench --entries 1000000 --log /var/tmp/bench --busiest 100
            """)

    @Option(help: "Decisions in the log.")
    var entries = 1_000_000
    @Option(help: "Persons that they are about.")
    var subjects = 100_000
    @Flag(help: "Index while writing, as a daemon does, and not afterwards.")
    var follow = false
    @Flag(help: "Also compare writing with and without the index's follower, twice each, in logs of their own.")
    var compare = false
    @Option(help: "Tries of each measurement.")
    var tries = 200
    @Option(help: "The folder to make the log in [the system's temporary folder].", completion: .directory)
    var folder: String?
    @Option(
        help: "Of ten thousand decisions, how many are about each of the first ten persons beside their even share.")
    var busiest = 10
    @Option(
        help: "Keep the log in this folder, and measure the one that an earlier run left there.", completion: .directory
    )
    var log: String?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard entries > 0, subjects > 10, tries > 0 else {
            throw ValidationError("--entries and --tries from 1, --subjects from 11")
        }
        guard (0...1000).contains(busiest) else { throw ValidationError("--busiest: from 0 to 1000") }
    }

    func run() throws {
        let place = try log == nil ? TemporaryFolder(in: folder ?? Terminal.environment("TMPDIR") ?? "/tmp") : nil
        defer { place?.remove() }
        var bench = try LedgerBench(
            folder: log ?? place?.path ?? "", entries: entries, tries: tries, follow: follow,
            mix: try BenchMix(subjects: subjects, busiest: busiest))
        try AuditFailure.catching {
            if compare { try bench.compareFollowing() }
            try bench.run()
        }
        output.show(.object(.init(bench.figures.map { ($0.name, JSONValue.number($0.value)) }))) {
            for figure in bench.figures {
                Output.line(
                    figure.title.padded(to: 46) + BenchReport.decimals(figure.value, figure.decimals) + " "
                        + figure.unit)
            }
        }
    }
}

/// The measurements of one log.
struct LedgerBench {
    /// One result.
    struct Figure {
        var name: String
        var title: String
        var value: Double
        var unit: String
        var decimals = 0
    }

    private(set) var figures: [Figure] = []
    private let folder: String
    private let entries: Int
    private let tries: Int
    private let follow: Bool
    private let mix: BenchMix
    private let key: SigningKey
    /// An earlier run left a log.
    private let isThere: Bool

    init(folder: String, entries: Int, tries: Int, follow: Bool, mix: BenchMix) throws {
        self.follow = follow
        self.folder = folder
        self.entries = entries
        self.tries = tries
        self.mix = mix
        unsafe mkdir(folder, 0o700)
        let keyFile = folder + "/key"
        isThere = unsafe access(keyFile, F_OK) == 0
        if isThere {
            key = try SigningKey.load(path: keyFile)
        } else {
            key = try SigningKey.generate(name: "bench.example")
            try key.save(path: keyFile)
        }
    }

    private var path: String { folder + "/ledger.db" }

    mutating func run() throws {
        let note = isThere ? try keptNote() : try fill()
        let store = try SQLiteStore.openForReading(path: path)
        defer { store.close() }
        let index = try SQLiteIndex.open(path: folder + "/index")
        defer { index.close() }
        try buildIndex(index, store)
        let stream = StreamID.decisions(node: try Identifier("bench"))
        try measureQueries(store, index, stream)
        try measureStatements(store, index, stream, note)
        try measureProofs(store, stream, note)
        try measureVerification(store)
    }

    /// What was signed when the log was made.
    private func keptNote() throws -> String {
        let kept = try CheckpointFile(path: folder + "/guard", keys: KeyRing([key.verifier])).signed
        guard let last = kept.last else { throw Failure("\(folder)/guard: no checkpoint is in it") }
        return last.note
    }

    private mutating func fill() throws -> String {
        let written = try write(in: folder, follow: follow)
        if follow { add("followed", "  of which the index had, at the end", Double(written.followed), "") }
        add("write", "durable entries a second", written.rate, "")
        add("disk_per_entry", "the log, for each entry", Double(Self.size(path)) / Double(entries), "bytes")
        return written.note
    }

    /// Whether commits wait for the index: the same log written without and with its follower, in turn.
    mutating func compareFollowing() throws {
        var rates: [Bool: Double] = [:]
        for round in 0..<4 {
            let place = try TemporaryFolder(in: folder)
            defer { place.remove() }
            rates[round % 2 == 1, default: 0] += try write(in: place.path, follow: round % 2 == 1).rate / 2
        }
        let (without, with) = (rates[false] ?? 0, rates[true] ?? 0)
        add("write_without_follower", "durable entries a second, no index", without, "")
        add("write_with_follower", "  with the index's follower", with, "")
        add("follower_ratio", "  of that without", with / without, "", 3)
    }

    /// Writes a log the way a service does.
    private func write(in folder: String, follow: Bool) throws -> (rate: Double, note: String, followed: UInt64) {
        let store = try SQLiteStore.open(path: folder + "/ledger.db")
        let checkpoints = try Checkpointer(origin: "bench.example", key: key, guardFile: folder + "/guard")
        let ledger = try Ledger.open(
            store: store, checkpoints: checkpoints,
            configuration: .init(node: try Identifier("bench")) { Output.complain("\($0)") })
        let follower =
            follow ? try IndexFollower(store: store, index: try SQLiteIndex.open(path: folder + "/index")) : nil
        var bar = ProgressBar("writing", total: entries)
        let result = try LedgerBenchmark.run(ledger, entries: entries, waiting: 4096, progress: { bar.update($0) }) {
            [mix] in mix.record($0)
        }
        bar.finish()
        let followed = try follower?.index.size(of: ledger.decisions) ?? 0
        follower?.stop()
        ledger.stop()
        guard let note = ledger.checkpoint(of: ledger.decisions) else { throw Failure("no checkpoint was signed") }
        return (result.entriesPerSecond, note, followed)
    }

    private mutating func buildIndex(_ index: SQLiteIndex, _ store: SQLiteStore) throws {
        var bar = ProgressBar("indexing", total: entries)
        let seconds = try timed { try IndexFollower.build(index, from: store, progress: { bar.update($0) }) }
        bar.finish()
        add("index_seconds", "the index is built in", seconds, "s", 1)
        add("index_rate", "entries indexed a second", Double(entries) / seconds, "")
        let (size, log) = (Self.size(folder + "/index"), Self.size(folder + "/index-wal"))
        add("index_disk_per_entry", "the index, for each entry", Double(size) / Double(entries), "bytes", 1)
        add("index_wal_megabytes", "  and its write-ahead log, until it is closed", Double(log) / 1e6, "MB")
    }

    private mutating func measureQueries(_ store: SQLiteStore, _ index: SQLiteIndex, _ stream: StreamID) throws {
        let search = LedgerSearch(store: store, index: index)
        var times: [Double] = []
        var denied: [Double] = []
        for number in 0..<tries {
            let subject = mix.subject(number % 10 == 0 ? number / 10 % 10 : number * 7919)
            times.append(
                try timed {
                    let page = try search.page(matching: [.subject(subject)], in: stream, limit: 50)
                    _ = try EntryPicker(of: stream, store, index).entries(at: page.indices)
                })
            denied.append(
                try timed {
                    _ = try search.page(matching: [.subject(subject), .effect(.deny)], in: stream, limit: 50)
                })
        }
        add("query", "query by subject, a page of 50", times, .median)
        add("query_worst", "  the slowest", times, .worst)
        add("query_two", "by subject and effect, found only", denied, .median)
    }

    /// The longest statement first, then others.
    private mutating func measureStatements(
        _ store: SQLiteStore, _ index: SQLiteIndex, _ stream: StreamID, _ note: String
    ) throws {
        var times: [Double] = []
        var proofs: [Double] = []
        var lines: [Double] = []
        for number in 0..<max(2, min(tries, 20)) {
            let subject = mix.subject(number == 0 ? 0 : 10 + number * 7919)
            var read: [PickedEntry] = []
            times.append(try timed { read = try entries(about: subject, store, index, stream) })
            proofs.append(
                try timed {
                    guard let proof = try index.proveSubject(subject, in: stream),
                        proof.holds(for: subject, over: read.map(\.entry.leaf))
                    else { throw Failure("a subject's chain does not come out", status: .no) }
                })
            lines.append(try timed { try prove(subject, store, index, stream, note) })
            if number == 0 {
                add("statement_longest_entries", "entries of the longest statement", Double(read.count), "")
            }
        }
        add("statement_longest", "  read, and proved complete", (times[0] + proofs[0]) * 1000, "ms", 1)
        add("statement_longest_complete", "  of which the proof that it is complete", proofs[0] * 1000, "ms", 1)
        add("statement_longest_lines", "  read again, with a proof of each line", lines[0] * 1000, "ms", 1)
        add("statement", "a statement's entries, read", [Double](times.dropFirst()), .median)
        add("complete", "proof that a statement is complete", [Double](proofs.dropFirst()), .median)
        add("statement_lines", "read again, with a proof of each line", [Double](lines.dropFirst()), .median)
    }

    private func entries(
        about subject: PersonID, _ store: SQLiteStore, _ index: SQLiteIndex, _ stream: StreamID
    ) throws -> [PickedEntry] {
        let search = LedgerSearch(store: store, index: index)
        let found = try search.page(matching: [.subject(subject)], in: stream, limit: entries)
        return try EntryPicker(of: stream, store, index).entries(at: found.indices.reversed())
    }

    private func prove(
        _ subject: PersonID, _ store: SQLiteStore, _ index: SQLiteIndex, _ stream: StreamID, _ note: String
    ) throws {
        let search = LedgerSearch(store: store, index: index)
        let found = try search.page(matching: [.subject(subject)], in: stream, limit: entries)
        let picker = try EntryPicker(of: stream, store, index)
        let read = try picker.entries(at: found.indices.reversed(), hashing: true)
        guard var maker = try ProofMaker(of: stream, store, checkpoint: note, picker: picker) else {
            throw Failure("the log's note is no checkpoint", status: .no)
        }
        for picked in read { _ = try maker.proof(of: picked.entry.index, leaf: picked.entry.leaf) }
    }

    private mutating func measureProofs(_ store: SQLiteStore, _ stream: StreamID, _ note: String) throws {
        var times: [Double] = []
        for number in 0..<tries {
            let index = UInt64(BenchMix.mixed(UInt64(number))) % UInt64(entries)
            times.append(
                try timed {
                    let proof = try ProofFile(of: index, in: stream, store, checkpoint: note)
                    guard let proof, (try? proof.verify(by: [key.verifier])) != nil else {
                        throw Failure("entry \(index) could not be proved", status: .no)
                    }
                })
        }
        add("prove", "a proof, made and checked", times, .median)
        add("prove_worst", "  the slowest", times, .worst)
    }

    private mutating func measureVerification(_ store: SQLiteStore) throws {
        var bar = ProgressBar("verifying", total: entries)
        var good = false
        let seconds = try timed { good = try LedgerVerifier(store: store).run { bar.update($0) }.isGood }
        bar.finish()
        guard good else { throw Failure("the log does not verify", status: .no) }
        add("verify_seconds", "the whole log verified in", seconds, "s", 1)
        add("verify_rate", "entries verified a second", Double(entries) / seconds, "")
    }

    private enum Choice { case median, worst }

    private mutating func add(_ name: String, _ title: String, _ seconds: [Double], _ choice: Choice) {
        let sorted = seconds.sorted()
        guard let worst = sorted.last else { return }
        add(name, title, 1000 * (choice == .median ? sorted[sorted.count / 2] : worst), "ms", 2)
    }

    private mutating func add(_ name: String, _ title: String, _ value: Double, _ unit: String, _ decimals: Int = 0) {
        figures.append(Figure(name: name, title: title, value: value, unit: unit, decimals: decimals))
    }

    private func timed(_ body: () throws -> Void) throws -> Double {
        let started = Monotonic.now
        try body()
        return Double(Monotonic.now - started) / 1e9
    }

    private static func size(_ path: String) -> Int {
        var info = stat()
        return unsafe stat(path, &info) == 0 ? Int(info.st_size) : 0
    }
}

extension String {
    /// With spaces at the end, so many characters at least.
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
