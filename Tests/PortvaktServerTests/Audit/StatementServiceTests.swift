import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktSQLite
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

@testable import PortvaktServer

private func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

/// Statements as a running service gives them.
@Suite("A statement over the wire", .timeLimit(.minutes(10)))
struct StatementServiceTests {
    /// A town with an adviser of its own, a child that is strictly protected, and a mother hidden from the father.
    private func run(
        key: SigningKey? = nil, _ body: (TestService, PortvaktChannel, PortvaktChannel) async throws -> Void
    ) async throws {
        let folder = try TestFolder()
        let store = try SQLiteStore.open(path: folder.file("ledger.db"))
        var setup = try await TestTown.setup(store)
        let index = try SQLiteIndex.open(path: folder.file("index"))
        try IndexFollower.build(index, from: store)
        setup.index = index
        setup.checkpoints = try Checkpointer(
            origin: "portvakt.example", key: try key ?? SigningKey.generate(name: "portvakt.example"),
            guardFile: folder.file("guard"))
        try await TestService.run(setup) { service in
            try await TestTown.settle(service)
            let records: [Record] = [
                .person(Person(id: id("en"), born: nil)),
                .employment(Employment(id: id("jobb"), person: id("en"), unit: id("ppt"))),
                .person(Person(id: id("skjult"), born: nil, protection: .strengt_fortrolig)),
                .caseRecord(Case(id: id("sak-skjult"), subject: id("skjult"), controller: id("kommune-a"))),
                .person(Person(id: id("tante"), born: nil, hiddenFrom: [id("far")])),
            ]
            let _: RegisterRecordsResponse = try await service.channel(as: "administrator").call(
                .registerRecords, RegisterRecordsRequest(header: TestTown.header(), records: records))
            try await body(service, try service.channel(as: "journal"), try service.channel(as: "officer"))
        }
    }

    private func statement(
        _ officer: PortvaktChannel, of subject: String, for asker: Actor, _ assurance: Assurance = .high,
        proofs: Bool = false, time: Validity = .always, page: PageRequest = PageRequest()
    ) async throws -> StatementResponse {
        let request = StatementRequest(
            subject: id(subject), asker: asker, assurance: assurance, time: time, proofs: proofs, page: page)
        return try await officer.call(.statement, request)
    }

    @Test("An employee's own look-ups tell no more of what is hidden than the answers did: not even a proof does")
    func hiddenFromEmployee() async throws {
        try await run { _, journal, officer in
            for caseID in ["sak-skjult", "no-such"] {
                let question = Question(
                    actor: .employment(id("jobb")), action: .logRead, object: .caseID(id(caseID)), assurance: .high)
                let answer = try await journal.check(question)
                #expect(answer.external == .not_found && answer.reasons == [.denyNotFound])
            }
            let found = try await statement(officer, of: "en", for: .employment(id("jobb")), proofs: true)
            #expect(found.answer.effect == .allow && !found.own && found.completeness == nil)
            let lines = found.lines.filter { $0.action == .logRead }.map { line in
                var line = line
                (line.entry, line.time) = (EntryReference(stream: "", index: 0, block: 0), .distantPast)
                // Both are in the log, by a hash.
                #expect(line.leafHash.count == 32 && (try? SealedProof(line.proof)) != nil)
                (line.leafHash, line.proof) = ([], "")
                return line
            }
            try #require(lines.count == 2)
            #expect(lines[0] == lines[1])
            #expect(lines[0].reason == .denyNotFound)
            let plain = try await statement(officer, of: "en", for: .employment(id("jobb")))
            #expect(plain.lines.allSatisfy { $0.proof.isEmpty && $0.leafHash.isEmpty })
            // The look-up of the look-ups itself is proved.
            #expect(found.lines.filter { $0.action == .accessLogRead }.allSatisfy { (try? ProofFile($0.proof)) != nil })
        }
    }

    @Test("A parent who was told that there is nothing is told so again, and of others' refusals why")
    func hiddenFromParent() async throws {
        try await run { _, journal, officer in
            for parent in ["far", "mor"] {
                let question = Question(
                    actor: .person(id(parent)), action: .logRead, object: .caseID(id("sak")), assurance: .high,
                    entry: EntryLabels(category: .education, about: [id("barn"), id("tante")], author: id("skole")))
                let answer = try await journal.check(question)
                #expect((answer.external == .not_found) == (parent == "far"), "\(answer.reasons)")
            }
            for (asker, reason) in [("far", Reason.denyNotFound), ("mor", .denyProtected)] {
                let found = try await statement(officer, of: "barn", for: .person(id(asker)), proofs: true)
                let fathers = try #require(found.lines.filter { $0.action == .logRead }.last)
                #expect(fathers.effect == .deny && fathers.reason == reason, "\(asker)")
                #expect(((try? SealedProof(fathers.proof)) != nil) == (asker == "far"))
                #expect(((try? ProofFile(fathers.proof)) != nil) == (asker == "mor"))
                #expect(fathers.leafHash.isEmpty == (asker == "mor"))
            }
        }
    }

    /// A case about the person who asks for the own statement, somebody hidden from them, and an ombud.
    private func openOwnCase(_ service: TestService) async throws {
        let records: [Record] = [
            .person(Person(id: id("bror"), born: nil, hiddenFrom: [id("en")])),
            .person(Person(id: id("ombud-p"), born: nil)),
            .employment(
                Employment(id: id("ombud"), person: id("ombud-p"), unit: id("skole"), role: .personvernombud)),
            .caseRecord(
                Case(
                    id: id("sak-en"), subject: id("en"), controller: id("kommune-a"), level: 2, log: .open,
                    holder: id("larer"))),
            .caseRecord(
                Case(
                    id: id("sak-en-b"), subject: id("en"), controller: id("kommune-b"), level: 2, log: .open,
                    holder: id("larer-b"))),
        ]
        let _: RegisterRecordsResponse = try await service.channel(as: "administrator").call(
            .registerRecords, RegisterRecordsRequest(header: TestTown.header(), records: records))
    }

    private func emergency() -> Question {
        Question(
            actor: .employment(id("radgiver")), action: .logRead, object: .caseID(id("sak-en")),
            emergency: Emergency(reason: "fare for livet", anonymisedInsufficient: true, minutes: 30))
    }

    /// The hashes of the subject's leaves, the oldest first, as the pages of a statement give them, each line with its proof.
    private func chain(_ pages: [StatementResponse], _ key: SigningKey) throws -> [Digest] {
        var hashes: [Digest] = []
        for page in pages {
            var untold = page.untold[...]
            for place in 0...page.lines.count {
                while let next = untold.first, next.after == place {
                    hashes.append(try #require(Digest(next.leafHash)))
                    untold = untold.dropFirst()
                }
                guard place < page.lines.count else { break }
                let line = page.lines[place]
                if let hash = Digest(line.leafHash) {
                    _ = try SealedProof(line.proof).verify(leafHash: hash, by: [key.verifier])
                    hashes.append(hash)
                } else {
                    let proof = try ProofFile(line.proof)
                    _ = try proof.verify(by: [key.verifier])
                    hashes.append(try proof.leafHash())
                }
            }
            #expect(untold.isEmpty)
        }
        return hashes.reversed()
    }

    private func holds(_ pages: [StatementResponse], for subject: String, _ key: SigningKey) throws -> Bool {
        let first = try #require(pages.first)
        let claim = try #require(first.completeness)
        let stream = StreamID.decisions(node: TestTown.node)
        let tree = SubjectTree(
            stream: stream, streamSize: claim.streamSize, subjects: claim.subjects,
            root: try #require(Digest(claim.root)))
        #expect(SubjectTree(in: try Checkpoint(note: first.checkpoint, verifiedBy: [key.verifier]), of: stream) == tree)
        #expect(first.completeTo == claim.streamSize)
        let path = stride(from: 0, to: claim.path.count, by: 32).compactMap {
            Digest([UInt8](claim.path[$0..<$0 + 32]))
        }
        let proof = SubjectProof(
            chain: SubjectChain(ordinal: claim.ordinal, count: claim.count, end: try #require(Digest(claim.end))),
            tree: tree, path: path)
        return try proof.holds(for: id(subject), overHashes: chain(pages, key))
    }

    @Test(
        "The subject's statement tells nothing of what was not there for the subject, and not of an unreviewed emergency; it is whole all the same, on one page and on many"
    )
    func wholeWithoutTelling() async throws {
        let key = try SigningKey.generate(name: "portvakt.example")
        try await run(key: key) { service, journal, officer in
            try await openOwnCase(service)
            // The oldest, the newest and one in the middle are told of nowhere.
            #expect(try await journal.check(emergency()).effect == .allow)
            let hidden = Question(
                actor: .person(id("en")), action: .logRead, object: .caseID(id("sak-en")), assurance: .high,
                entry: EntryLabels(category: .education, about: [id("en"), id("bror")], author: id("skole")))
            let answer = try await journal.check(hidden)
            #expect(answer.external == .not_found && answer.reasons == [.denyNotFound])
            #expect(try await journal.check(emergency()).effect == .allow)
            var reads = emergency()
            reads.emergency = nil
            #expect(try await journal.check(reads).effect == .deny)
            #expect(try await journal.check(emergency()).effect == .allow)

            let whole = try await statement(officer, of: "en", for: .person(id("en")), proofs: true)
            #expect(whole.own && whole.awaitingReview == 3 && whole.untold.map(\.after) == [1, 2, 3])
            #expect(whole.lines.count == 3)
            let line = try #require(whole.lines.last)
            #expect(line.reason == .denyNotFound && line.effect == .deny && line.leafHash.count == 32)
            #expect(try holds([whole], for: "en", key))
            // An entry that is left out is missed.
            var less = whole
            less.untold.removeLast()
            #expect(try !holds([less], for: "en", key))
            less = whole
            less.untold[0].after = 0
            #expect(try !holds([less], for: "en", key))

            var pages: [StatementResponse] = []
            var page = PageRequest(size: 1)
            repeat {
                let found = try await statement(officer, of: "en", for: .person(id("en")), proofs: true, page: page)
                pages.append(found)
                page.cursor = found.page.nextCursor
            } while !page.cursor.isEmpty && pages.count < 20
            #expect(pages.flatMap(\.untold).count == 3 && pages.map(\.awaitingReview).reduce(0, +) == 3)
            #expect(try holds(pages, for: "en", key))
            // Nothing is counted where nothing is shown to be whole.
            let plain = try await statement(officer, of: "en", for: .person(id("en")))
            #expect(plain.untold.isEmpty && plain.awaitingReview == 3)
            let span = try await statement(
                officer, of: "en", for: .person(id("en")), proofs: true, time: Validity(from: TestTown.start))
            #expect(span.untold.isEmpty && span.completeness == nil && span.awaitingReview == 3)
        }
    }

    @Test(
        "An ombud's statement is shown to be whole while all there is about the subject is of the own controller, and counts nobody else's"
    )
    func wholeForOfficer() async throws {
        let key = try SigningKey.generate(name: "portvakt.example")
        try await run(key: key) { service, journal, officer in
            try await openOwnCase(service)
            #expect(try await journal.check(emergency()).effect == .allow)
            let own = try await statement(officer, of: "en", for: .employment(id("ombud")), proofs: true)
            #expect(own.lines.count == 2 && own.untold.isEmpty && own.awaitingReview == 0)
            #expect(try holds([own], for: "en", key))
            let neighbours = Question(
                actor: .employment(id("larer-b")), action: .logRead, object: .caseID(id("sak-en-b")),
                entry: EntryLabels(category: .education, about: [id("en")], author: id("skole-b")))
            _ = try await service.channel(as: "nabo").check(neighbours)
            let mixed = try await statement(officer, of: "en", for: .employment(id("ombud")), proofs: true)
            #expect(mixed.lines.count == 3 && mixed.completeness == nil && mixed.untold.isEmpty)
            #expect(mixed.lines.allSatisfy { !$0.proof.isEmpty && $0.leafHash.isEmpty })
            // The subject's own is of all controllers.
            let whole = try await statement(officer, of: "en", for: .person(id("en")), proofs: true)
            #expect(try holds([whole], for: "en", key))
        }
    }

    @Test("Pages go on where the one before ended, and together they are the whole statement")
    func pages() async throws {
        try await run { _, journal, officer in
            var entries: [UInt64] = []
            for _ in 0..<5 { entries.append(try #require(try await journal.check(TestTown.reads()).entry).index) }
            var page = PageRequest(size: 2)
            var shown: [UInt64] = []
            // Every page is asked for by a decision of its own, which a later one does not show.
            for number in 0..<10 {
                let found = try await statement(officer, of: "barn", for: .person(id("mor")), page: page)
                #expect(found.lines.count <= 2 && found.page.complete == found.page.nextCursor.isEmpty)
                if number == 0 { #expect(found.lines.first?.entry == found.answer.entry) }
                #expect(found.completeTo > shown.max() ?? 0)
                shown += found.lines.map(\.entry.index)
                guard !found.page.complete else { break }
                page.cursor = found.page.nextCursor
            }
            #expect(shown.dropFirst() == entries.reversed()[...], "\(shown)")
        }
    }

    @Test("That nothing is missing is shown to the subject, of all times and on the first page, and to no parent")
    func completeness() async throws {
        try await run { _, journal, officer in
            _ = try await journal.check(TestTown.reads())
            for _ in 0..<2 { _ = try await statement(officer, of: "en", for: .person(id("en"))) }
            func found(
                _ subject: String, _ asker: String, proofs: Bool = true, time: Validity = .always,
                page: PageRequest = PageRequest()
            ) async throws -> StatementResponse {
                try await statement(
                    officer, of: subject, for: .person(id(asker)), proofs: proofs, time: time, page: page)
            }
            let own = try await found("en", "en")
            #expect(own.own && own.completeness?.count == UInt64(own.lines.count) && own.lines.count == 3)
            #expect(own.lines.allSatisfy { !$0.proof.isEmpty })
            let plain = try await found("en", "en", proofs: false)
            #expect(plain.own && plain.completeness == nil && plain.lines.allSatisfy { $0.proof.isEmpty })
            let span = try await found("en", "en", time: Validity(from: TestTown.start))
            #expect(span.completeness == nil && span.lines.count == 5)
            let first = try await found("en", "en", page: PageRequest(size: 2))
            #expect(first.completeness != nil && !first.page.complete)
            let second = try await found("en", "en", page: PageRequest(size: 2, cursor: first.page.nextCursor))
            #expect(second.completeness == nil && second.lines.count == 2)
            let parent = try await found("barn", "mor")
            #expect(parent.lines.count == 2 && parent.completeness == nil && !parent.own)
        }
    }

    @Test("Whoever may not have it is told nothing but the decision, by the assurance that was stated too")
    func refused() async throws {
        try await run { _, journal, officer in
            _ = try await journal.check(TestTown.reads())
            for (asker, assurance) in [("mor", Assurance.low), ("en", .high)] {
                let found = try await statement(officer, of: "barn", for: .person(id(asker)), assurance)
                #expect(found.answer.effect == .deny && found.answer.entry != nil, "\(asker)")
                #expect(found.lines.isEmpty && found.completeTo == 0 && found.checkpoint.isEmpty && !found.own)
            }
            // What was refused has been decided, and nothing has been read.
            let read: QueryResponse = try await officer.call(.queryAudit, QueryRequest(auditEntries: true))
            #expect(read.entries.isEmpty)
        }
    }

    @Test("Giving a statement is recorded with the decision that it was given by, before it is given")
    func recorded() async throws {
        try await run { _, _, officer in
            let given = try await statement(officer, of: "barn", for: .person(id("mor")), proofs: true)
            let read: QueryResponse = try await officer.call(.queryAudit, QueryRequest(auditEntries: true))
            let records = read.entries.compactMap { entry -> RecordedAudit? in
                if case .audit(let record) = entry.body { record } else { nil }
            }
            let record = try #require(records.first { $0.call == .statement })
            #expect(record.entries == [try #require(given.answer.entry).reference])
            #expect(record.actor == .person(id("mor")) && record.text == "proofs")
        }
    }

    @Test("An entry that is shown says on which revision it was made, and by which request")
    func shownEntry() async throws {
        try await run { _, journal, officer in
            let answer = try await journal.check(TestTown.reads(), requestID: "r-1")
            let receipt = try await journal.give(TestTown.consentOfFather("s-ny"), requestID: "r-2")
            func shown(_ entry: EntryReference) async throws -> AuditEntry {
                let response: ShowResponse = try await officer.call(
                    .showAudit, ShowRequest(stream: entry.stream, index: entry.index))
                return response.entry
            }
            let decision = try await shown(try #require(answer.entry))
            #expect(decision.revision == answer.revision && decision.requestID == TestTown.id("r-1"))
            let change = try await shown(receipt.entry)
            #expect(change.revision == receipt.revision && change.requestID == TestTown.id("r-2"))
            let read: QueryResponse = try await officer.call(.queryAudit, QueryRequest(auditEntries: true))
            #expect(!read.entries.isEmpty && read.entries.allSatisfy { $0.revision == receipt.revision })
        }
    }
}
