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

            Example:
              portvakt audit bench --entries 10000000
            """)

    @Option(help: "Decisions in the log.")
    var entries = 1_000_000
    @Option(help: "Persons that they are about; one decision in a hundred is about one of the first ten.")
    var subjects = 100_000
    @Flag(help: "Index while writing, as a daemon does, and not afterwards.")
    var follow = false
    @Option(help: "Tries of each measurement.")
    var tries = 200
    @Option(help: "The folder to make the log in [the system's temporary folder].", completion: .directory)
    var folder: String?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard entries > 0, subjects > 10, tries > 0 else {
            throw ValidationError("--entries and --tries from 1, --subjects from 11")
        }
    }

    func run() throws {
        let place = try TemporaryFolder(in: folder ?? Terminal.environment("TMPDIR") ?? "/tmp")
        defer { place.remove() }
        var bench = try LedgerBench(
            folder: place.path, entries: entries, subjects: subjects, tries: tries, follow: follow)
        try AuditFailure.catching { try bench.run() }
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
    private let subjects: Int
    private let tries: Int
    private let follow: Bool
    private let mix: BenchMix
    private let key: SigningKey

    init(folder: String, entries: Int, subjects: Int, tries: Int, follow: Bool) throws {
        self.follow = follow
        self.folder = folder
        self.entries = entries
        self.subjects = subjects
        self.tries = tries
        mix = try BenchMix(subjects: subjects)
        key = try SigningKey.generate(name: "bench.example")
    }

    private var path: String { folder + "/ledger.db" }

    mutating func run() throws {
        let note = try fill()
        let store = try SQLiteStore.openForReading(path: path)
        defer { store.close() }
        let index = try SQLiteIndex.open(path: folder + "/index")
        defer { index.close() }
        try buildIndex(index, store)
        let stream = StreamID.decisions(node: try Identifier("bench"))
        try measureQueries(store, index, stream)
        try measureStatements(store, index, stream)
        try measureProofs(store, stream, note)
        try measureVerification(store)
    }

    /// Writes the log the way a service does. - Returns: its signed checkpoint.
    private mutating func fill() throws -> String {
        let store = try SQLiteStore.open(path: path)
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
        if let follower {
            let reached = try follower.index.size(of: ledger.decisions)
            add("followed", "  of which the index had, at the end", Double(reached), "")
            follower.stop()
        }
        ledger.stop()
        guard let note = ledger.checkpoint(of: ledger.decisions) else { throw Failure("no checkpoint was signed") }
        add("write", "durable entries a second", result.entriesPerSecond, "")
        add("disk_per_entry", "the log, for each entry", Double(Self.size(path)) / Double(entries), "bytes")
        return note
    }

    private mutating func buildIndex(_ index: SQLiteIndex, _ store: SQLiteStore) throws {
        var bar = ProgressBar("indexing", total: entries)
        let seconds = try timed { try IndexFollower.build(index, from: store, progress: { bar.update($0) }) }
        bar.finish()
        add("index_seconds", "the index is built in", seconds, "s", 1)
        add("index_rate", "entries indexed a second", Double(entries) / seconds, "")
        let size = Self.size(folder + "/index") + Self.size(folder + "/index-wal")
        add("index_disk_per_entry", "the index, for each entry", Double(size) / Double(entries), "bytes", 1)
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
                    for index in page.indices { _ = try read(store, stream, index) }
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

    private mutating func measureStatements(_ store: SQLiteStore, _ index: SQLiteIndex, _ stream: StreamID) throws {
        let search = LedgerSearch(store: store, index: index)
        var times: [Double] = []
        var proofs: [Double] = []
        for number in 0..<min(tries, 20) {
            let subject = mix.subject(number == 0 ? 0 : 10 + number * 7919)
            var leaves: [[UInt8]] = []
            times.append(
                try timed {
                    let all = try search.page(matching: [.subject(subject)], in: stream, limit: entries)
                    for index in all.indices.reversed() {
                        if let entry = try read(store, stream, index) { leaves.append(entry.leaf) }
                    }
                })
            proofs.append(
                try timed {
                    guard let proof = try index.proveSubject(subject, in: stream),
                        proof.holds(for: subject, over: leaves)
                    else { throw Failure("a subject's chain does not come out", status: .no) }
                })
            if number == 0 {
                add("statement_longest_entries", "entries of the longest statement", Double(leaves.count), "")
            }
        }
        add("statement_longest", "  read in", times[0] * 1000, "ms", 1)
        add("statement", "a statement's entries, read", [Double](times.dropFirst()), .median)
        add("complete", "proof that a statement is complete", proofs, .median)
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

    private func read(_ store: SQLiteStore, _ stream: StreamID, _ index: UInt64) throws -> Entry? {
        try store.blocks(of: stream, from: index, limit: 1).first?.entries(in: index..<index + 1).first
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
        let started = MonotonicClock.nanoseconds()
        try body()
        return Double(MonotonicClock.nanoseconds() - started) / 1e9
    }

    private static func size(_ path: String) -> Int {
        var info = stat()
        return unsafe stat(path, &info) == 0 ? Int(info.st_size) : 0
    }
}

/// What the decisions of a bench are about: the same for the same number.
struct BenchMix: Sendable {
    private let subjects: [PersonID]
    private let cases: [CaseID]
    private let employees: [EmploymentID]
    private let units: [UnitID]
    private let systems: [SystemID]
    private let evidence: [Evidence]
    private let hash = [UInt8](repeating: 0x5A, count: 32)

    init(subjects: Int) throws {
        self.subjects = try (0..<subjects).map { try ID("barn-\($0)") }
        cases = try (0..<subjects).map { try ID("sak-\($0)") }
        employees = try (0..<5000).map { try ID("ansatt-\($0)") }
        units = try (0..<200).map { try ID("enhet-\($0)") }
        systems = try (0..<10).map { try ID("system-\($0)") }
        evidence = try (0..<1000).map {
            Evidence(kind: .consent, id: try Identifier("samtykke-\($0)"), version: Revision(17))
        }
    }

    func subject(_ number: Int) -> PersonID { subjects[number % subjects.count] }

    /// SplitMix64.
    static func mixed(_ number: UInt64) -> UInt64 {
        var mixed = number &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    func record(_ number: Int) -> DecisionRecord {
        let random = Self.mixed(UInt64(number))
        let person = random % 100 == 0 ? Int((random >> 8) % 10) : Int((random >> 8) % UInt64(subjects.count))
        let employee = Int((random >> 32) % 5000)
        let isDeny = (random >> 24) % 20 == 0
        return DecisionRecord(
            question: Question(
                actor: .employment(employees[employee]), action: .logRead, object: .caseID(cases[person])),
            decision: Decision(
                effect: isDeny ? .deny : .allow, reasons: [isDeny ? .denyConsentWithdrawn : .allowConsent],
                external: isDeny ? .deny : .allow, obligations: [.log], evidence: [evidence[person % 1000]],
                subject: subjects[person], caseID: cases[person], controller: nil, unit: units[employee % 200],
                role: .medarbeider, holdsUntil: Instant(milliseconds: 1_800_000_000_000)),
            system: systems[employee % 10], at: Instant(milliseconds: 1_790_000_000_000 + Int64(number)),
            revision: Revision(4711), policyHash: hash)
    }
}

/// A folder of one command, gone with it.
struct TemporaryFolder {
    let path: String

    init(in parent: String) throws {
        var template = [CChar]((parent + "/portvakt-bench-XXXXXX").utf8CString)
        guard let made = unsafe mkdtemp(&template) else { throw Failure("\(parent): no folder can be made there") }
        path = unsafe String(cString: made)
    }

    /// The files in it, and it.
    func remove() {
        if let directory = unsafe opendir(path) {
            while let entry = unsafe readdir(directory) {
                let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                    unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
                }
                if !name.hasPrefix(".") { unsafe unlink("\(path)/\(name)") }
            }
            unsafe closedir(directory)
        }
        unsafe rmdir(path)
    }
}

extension String {
    /// With spaces at the end, so many characters at least.
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
