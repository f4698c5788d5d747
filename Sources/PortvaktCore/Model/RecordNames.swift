// Which records a decision names, by reference until somebody asks for their ids.
//
// The ids lie with their records, each in a place of its own. To take them out retains a text each and reads memory that
// deciding itself did not need: so a decision keeps the state that it was made in, and writes ids out when they are read.

/// The records that a decision names.
enum RecordNames: Sendable {
    case written(Written)
    case referenced(Referenced)

    /// Their ids and versions.
    struct Written: Equatable, Sendable {
        var evidence: [Evidence] = []
        var subject: PersonID?
        var caseID: CaseID?
        var controller: ControllerID?
        var unit: UnitID?
    }

    /// Where they stand.
    struct Referenced: @unchecked Sendable {
        // Sendable: as the state that it keeps, which keeps the records.
        private var pieces: InlineArray<8, EvidenceReference>
        private var count: UInt8
        let subject: FiledReference<Person>?
        let caseRecord: FiledReference<Case>?
        let controller: FiledReference<Controller>?
        let unit: FiledReference<Unit>?
        private let state: Boxed<StateTables>

        /// The most evidence that it has room for.
        static var capacity: Int { 8 }

        init<let length: Int>(
            _ evidence: borrowing SmallList<length, EvidenceReference>, subject: FiledReference<Person>?,
            caseRecord: FiledReference<Case>?, controller: FiledReference<Controller>?, unit: FiledReference<Unit>?,
            state: Boxed<StateTables>
        ) {
            pieces = InlineArray(repeating: .filler)
            count = UInt8(clamping: min(evidence.count, Self.capacity))
            for index in 0..<Int(count) { pieces[index] = evidence[index] }
            self.subject = subject
            self.caseRecord = caseRecord
            self.controller = controller
            self.unit = unit
            self.state = state
        }

        var evidence: [Evidence] {
            var written: [Evidence] = []
            written.reserveCapacity(Int(count))
            for index in 0..<Int(count) { written.append(Evidence(pieces[index])) }
            return written
        }

        var evidenceCount: Int { Int(count) }

        func forEachEvidence(_ body: (Evidence) -> Void) {
            for index in 0..<Int(count) { body(Evidence(pieces[index])) }
        }

        /// Some of the evidence is a consent for one time.
        var namesOneTimeConsent: Bool {
            for index in 0..<Int(count) where pieces[index].kind == .consent {
                guard let address = pieces[index].address else { return true }
                let once = Unmanaged<Filed<Consent>>.fromOpaque(address)._withUnsafeGuaranteedRef { $0.record.once }
                if once { return true }
            }
            return false
        }
    }

    var written: Written {
        get {
            switch self {
            case .written(let names): names
            case .referenced:
                Written(evidence: evidence, subject: subject, caseID: caseID, controller: controller, unit: unit)
            }
        }
        set { self = .written(newValue) }
    }

    var evidence: [Evidence] {
        switch self {
        case .written(let names): names.evidence
        case .referenced(let names): names.evidence
        }
    }

    var subject: PersonID? {
        switch self {
        case .written(let names): names.subject
        case .referenced(let names): names.subject?.read(\.id)
        }
    }

    var caseID: CaseID? {
        switch self {
        case .written(let names): names.caseID
        case .referenced(let names): names.caseRecord?.read(\.id)
        }
    }

    var controller: ControllerID? {
        switch self {
        case .written(let names): names.controller
        case .referenced(let names): names.controller?.read(\.id)
        }
    }

    var unit: UnitID? {
        switch self {
        case .written(let names): names.unit
        case .referenced(let names): names.unit?.read(\.id)
        }
    }
}

extension RecordNames: Equatable {
    static func == (lhs: RecordNames, rhs: RecordNames) -> Bool { lhs.written == rhs.written }
}
