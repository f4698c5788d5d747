internal import Glibc
internal import PortvaktCore

/// What the decisions of a bench are about: the same for the same number.
struct BenchMix: Sendable {
    private let subjects: [PersonID]
    private let cases: [CaseID]
    private let employees: [EmploymentID]
    private let units: [UnitID]
    private let systems: [SystemID]
    private let evidence: [Evidence]
    private let hash = [UInt8](repeating: 0x5A, count: 32)

    private let busiest: UInt64

    /// - Parameter busiest: of ten thousand decisions, how many are about each of the first ten persons beside their even share.
    init(subjects: Int, busiest: Int) throws {
        self.busiest = UInt64(busiest)
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
        let isBusy = random % 10_000 < 10 * busiest
        let person = isBusy ? Int((random >> 16) % 10) : Int((random >> 16) % UInt64(subjects.count))
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
