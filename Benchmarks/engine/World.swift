internal import PortvaktCore

/// A made-up municipality of any size: a subject has a case with two parents, six services, ten consents and five
/// grants, and a meeting about it. In a large one most have a small case, with two consents and one grant.
///
/// Ids are as long as a UUID, since that is what systems use; they are made from a counter, so that every run is alike.
struct World {
    let subjects: Int
    /// One of so many subjects has the large case, and so have the thousand in the middle.
    var everyLarge = 1
    /// One of so many large cases lacks the second parent's consents; none when 0.
    var everyGap = 0

    /// Subjects with a large case, spread over all of them.
    var spread: [Int] { Array(stride(from: 0, to: subjects, by: everyLarge)) }

    /// Subjects with a large case who were registered one after the other, and share employees and units.
    var neighbours: Range<Int> { subjects <= 1000 ? 0..<subjects : subjects / 2..<subjects / 2 + 1000 }

    func isLarge(_ subject: Int) -> Bool { subject % everyLarge == 0 || neighbours.contains(subject) }
    func lacksConsents(_ subject: Int) -> Bool { everyGap > 0 && subject / everyLarge % everyGap == everyGap - 1 }

    static let now = Instant(milliseconds: 1_763_719_200_000)
    static let consentedFrom = now.advanced(byMilliseconds: -86_400_000 * 30)
    static let system: SystemID = made("system", 0)
    static let controller: ControllerID = made("controller", 0)

    /// The services of a case; the first one's employee holds the log.
    static let services = ["skole", "ppt", "helsestasjon", "barnevern", "bup", "barnehage"]
    /// What each parent consents to, a consent for each.
    static let purposes: [Purpose] = [
        .samordning, .fagmote_uten_familie, .ressursteam, .individuell_plan, .overgang,
    ]
    /// How many subjects share an employee of each service.
    static let subjectsPerEmployee = 25
    /// How many subjects share the units.
    static let subjectsPerUnit = 500

    static func made<Kind>(_ kind: String, _ number: Int, _ part: Int = 0) -> ID<Kind> {
        do { return try ID(text(kind, number, part)) } catch { preconditionFailure("\(kind): \(error)") }
    }

    private static func text(_ kind: String, _ number: Int, _ part: Int) -> String {
        // SplitMix64 (Steele, Lea, Flood 2014), written with sixteen letters so that no run of digits can appear.
        let salt = UInt64(kind.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) }) << 40
        var seed = UInt64(number) &* 0x1_0001 &+ UInt64(part) &+ salt
        let prefix = kind.utf8.prefix(3)
        return String(unsafeUninitializedCapacity: 36) { bytes in
            var written = 0
            func write(_ byte: UInt8) {
                bytes[written] = byte
                written += 1
            }
            for byte in prefix { write(byte) }
            write(UInt8(ascii: "-"))
            for _ in 0..<2 {
                seed &+= 0x9E37_79B9_7F4A_7C15
                var word = (seed ^ (seed >> 30)) &* 0xBF58_476D_1CE4_E5B9
                word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
                word ^= word >> 31
                for _ in 0..<16 {
                    write(UInt8(ascii: "a") + UInt8(word & 15))
                    word >>= 4
                }
            }
            return written
        }
    }

    static func service(_ index: Int) -> Service {
        do { return try Service(services[index]) } catch { preconditionFailure("\(error)") }
    }

    // MARK: Ids

    func child(_ subject: Int) -> PersonID { Self.made("person", subject, 0) }
    func parent(_ subject: Int, _ which: Int) -> PersonID { Self.made("person", subject, 1 + which) }
    func caseID(_ subject: Int) -> CaseID { Self.made("case", subject) }
    func meeting(_ subject: Int) -> MeetingID { Self.made("meeting", subject) }
    func unit(_ subject: Int, _ service: Int) -> UnitID { Self.made("unit", subject / Self.subjectsPerUnit, service) }
    func employee(_ subject: Int, _ service: Int) -> EmploymentID {
        Self.made("employment", subject / Self.subjectsPerEmployee, service)
    }
    /// An employee of the second service who takes part in no case of this subject's.
    func outsider(_ subject: Int) -> EmploymentID { Self.made("employment", subject / Self.subjectsPerUnit, 100) }

    // MARK: Records

    /// Every change that makes the municipality, in an order in which each may be registered.
    func forEachChange(_ body: (Change) throws -> Void) rethrows {
        func register(_ record: Record) throws {
            try body(
                Change(
                    event: .registered(record), registeredAt: Self.now, system: Self.system, controller: Self.controller
                )
            )
        }
        try register(.controller(Controller(id: Self.controller)))
        for subject in 0..<subjects {
            if subject % Self.subjectsPerUnit == 0 {
                for service in Self.services.indices {
                    try register(
                        .unit(
                            Unit(
                                id: unit(subject, service), service: Self.service(service),
                                controller: Self.controller)))
                }
                try registerEmployee(outsider(subject), subject, 1, register)
            }
            if subject % Self.subjectsPerEmployee == 0 {
                for service in Self.services.indices {
                    try registerEmployee(employee(subject, service), subject, service, register)
                }
            }
            try registerSubject(subject, register)
        }
    }

    private func registerEmployee(
        _ id: EmploymentID, _ subject: Int, _ service: Int, _ register: (Record) throws -> Void
    ) rethrows {
        try register(
            .employment(Employment(id: id, person: PersonID(id.identifier), unit: unit(subject, service))))
    }

    private func registerSubject(_ subject: Int, _ register: (Record) throws -> Void) rethrows {
        let (child, caseID) = (child(subject), caseID(subject))
        try register(.person(Person(id: child, born: CivilDate(year: 2012 + subject % 10, month: 3, day: 10))))
        for which in 0..<2 {
            let parent = parent(subject, which)
            try register(.person(Person(id: parent, born: CivilDate(year: 1980, month: 4, day: 17))))
            try register(
                .authority(
                    Authority(id: Self.made("authority", subject, which), holder: .person(parent), over: child)))
        }
        try register(
            .caseRecord(
                Case(
                    id: caseID, subject: child, controller: Self.controller, level: 2,
                    holder: employee(subject, 0))))
        let isLarge = isLarge(subject)
        for service in 1..<(isLarge ? Self.services.count : 2) {
            try register(
                .grant(
                    Grant(
                        id: Self.made("grant", subject, service), caseID: caseID,
                        to: .employment(employee(subject, service)), grantedBy: .employment(employee(subject, 0)))))
        }
        for which in 0..<(lacksConsents(subject) ? 1 : 2) {
            for (index, purpose) in Self.purposes.prefix(isLarge ? Self.purposes.count : 1).enumerated() {
                try register(
                    .consent(
                        Consent(
                            id: Self.made("consent", subject, which * 100 + index), scope: .caseID(caseID),
                            givenBy: .person(parent(subject, which)), capacity: .foreldreansvar,
                            services: Self.services.indices.map { Self.service($0) }, purposes: [purpose],
                            validity: Validity(from: Self.consentedFrom))))
            }
        }
        guard isLarge else { return }
        try register(
            .meeting(
                Meeting(
                    id: meeting(subject), type: .fagmote, caseID: caseID, convenedBy: employee(subject, 0),
                    invited: (0..<3).map { .employment(employee(subject, $0)) })))
    }

    /// The state after every change, and how many there were.
    func folded() throws(ChangeRefusal) -> (state: Snapshot, changes: Int) {
        var state = Snapshot.empty
        var refusal: ChangeRefusal?
        var changes = 0
        forEachChange { change in
            guard refusal == nil else { return }
            changes += 1
            do throws(ChangeRefusal) { try state.apply(change) } catch { refusal = error }
        }
        if let refusal { throw refusal }
        return (state, changes)
    }
}
