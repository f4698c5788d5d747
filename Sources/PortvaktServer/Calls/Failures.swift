internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

/// The statuses that calls end with. Each says what is wrong, where, and what to do; none holds personal data.
enum Failures {
    /// The domain of `google.rpc.ErrorInfo`.
    static let domain = "portvakt"

    static func malformed(_ error: WireError) -> RPCStatus {
        let violation = StatusDetails.FieldViolation(field: error.field, description: error.explanation)
        return RPCStatus(
            .invalidArgument, error.description,
            StatusDetails(errorInfo: info("MALFORMED"), fieldViolations: [violation]))
    }

    /// A question with a word that the policy profile does not have, which the message itself cannot tell.
    /// - Parameter path: the question's place in the request.
    static func malformed(_ problem: ServiceWords.Problem, in path: String) -> RPCStatus {
        let field =
            switch problem.field {
            case .recipient: "\(path).recipient.service"
            case .consent: "\(path).consent.services"
            }
        let violation = StatusDetails.FieldViolation(field: field, description: problem.explanation)
        return RPCStatus(
            .invalidArgument, "`\(field)` \(problem.explanation)",
            StatusDetails(errorInfo: info("MALFORMED"), fieldViolations: [violation]))
    }

    /// One constant text: a stranger learns nothing from it.
    static let permissionDenied = RPCStatus(
        .permissionDenied, "this certificate's system may not make this call: ask the administrator for the permission",
        StatusDetails(errorInfo: info("PERMISSION")))

    static let notForAll = RPCStatus(
        .permissionDenied,
        "a profile decides for every controller of this service: activate it as the configured administrator, or through a system that is registered for all of them",
        StatusDetails(errorInfo: info("PERMISSION")))

    /// The same for what does not exist and for what is another controller's.
    static let notFound = RPCStatus(
        .notFound, "there is no such thing for this system", StatusDetails(errorInfo: info("NOT_FOUND")))

    static let stale = RPCStatus(
        .failedPrecondition,
        "the state of that revision is not known here: use the revision of a receipt of this service",
        StatusDetails(errorInfo: info("REVISION_UNKNOWN")))

    static let noValidator = RPCStatus(
        .unimplemented, "this service reads no profile files: use portvakt policy validate",
        StatusDetails(errorInfo: info("NO_VALIDATOR")))

    static let noProfile = RPCStatus(
        .notFound,
        "this service has no policy profile of that name: put its file into the folder of policies, and start the service again",
        StatusDetails(errorInfo: info("NOT_FOUND")))

    /// What is activated is what was checked.
    static let otherProfile: RPCStatus = {
        let problem =
            "is not that of the policy profile of this name here: put the file that was checked into the folder of policies and "
            + "start the service again, or check the one that is there"
        return RPCStatus(
            .failedPrecondition, "`profile.hash` \(problem)",
            StatusDetails(
                errorInfo: info("CONTRADICTS"), fieldViolations: [.init(field: "profile.hash", description: problem)]))
    }()

    static let cursorTooOld = RPCStatus(
        .outOfRange,
        "changes since that sequence number are no longer held: forget every answer and watch without a cursor",
        StatusDetails(errorInfo: info("CURSOR_TOO_OLD")))

    static let stopping = RPCStatus(
        .unavailable, "the service stops: watch again, at another address if there is one",
        StatusDetails(errorInfo: info("STOPPING")))

    static let noSigningKey = RPCStatus(
        .failedPrecondition, "this service has no signing key, so it gives no receipts: configure checkpoint-key",
        StatusDetails(errorInfo: info("NO_KEY")))

    /// - Parameter field: of the request, which says what the consent must be.
    static func consentStands(as state: ConsentState, _ remedy: String, field: String = "id") -> RPCStatus {
        RPCStatus(
            .failedPrecondition, "the consent stands as \(state.word): \(remedy)",
            StatusDetails(
                errorInfo: info("CONTRADICTS"),
                fieldViolations: [.init(field: field, description: remedy)]))
    }

    static let notItsGiver = RPCStatus(
        .failedPrecondition,
        "the acting employment may not answer this request: a plan's is answered by a service that the policy profile names, a "
            + "log's by the stafettholder",
        StatusDetails(errorInfo: info("NOT_ITS_GIVER")))

    static let grantEnded = RPCStatus(
        .failedPrecondition, "what was asked for has ended already: ask again with a later end",
        StatusDetails(errorInfo: info("CONTRADICTS")))

    /// The grant would open nothing: nobody but the person herself gets access before those who decide have consented.
    static func consentMissing(_ missing: [Missing]) -> RPCStatus {
        let violations = missing.compactMap { missing -> StatusDetails.FieldViolation? in
            guard case .consent(let giver, let purpose, let service, let unit) = missing else { return nil }
            let to = service?.text ?? unit?.text ?? "the recipient"
            return StatusDetails.FieldViolation(
                field: "id", description: "\(giver.text) has to consent to \(purpose.word) with \(to)")
        }
        return RPCStatus(
            .failedPrecondition, "the consent is missing that this grant would rest on: ask for it first",
            StatusDetails(errorInfo: info("CONSENT_MISSING"), fieldViolations: violations))
    }

    static let busy = RPCStatus(
        .resourceExhausted, "too much is waiting: try again with a back-off", StatusDetails(errorInfo: info("BUSY")))

    static func noPlace(_ refusal: SharedPlaces.Refusal) -> RPCStatus {
        switch refusal {
        case .full: busy
        case .ownFull(let limit):
            RPCStatus(
                .resourceExhausted,
                "\(limit) such calls of this system are open, which is as many as one system may have: end some of them first",
                StatusDetails(errorInfo: info("BUSY")))
        }
    }

    static let unrecorded = RPCStatus(
        .unavailable, "nothing can be recorded now, so nothing was done: try again later",
        StatusDetails(errorInfo: info("UNRECORDED")))

    /// It was being written when the disk failed: the next start finds out.
    static let uncertain = RPCStatus(
        .unavailable,
        "it could not be recorded, or whether it was is not known: try again later, with the same request id",
        StatusDetails(errorInfo: info("UNRECORDED")))

    static let requestIDReused = RPCStatus(
        .alreadyExists, "this request id was used for another request: give each request its own",
        StatusDetails(errorInfo: info("REQUEST_ID_REUSED")))

    static let badCursor = malformed(WireError(.badCursor, field: "page.cursor"))

    static func internalError(_ error: any Error) -> RPCStatus {
        // The text of an unexpected error stays here: it could hold anything.
        RPCStatus(
            .internal, "the call failed inside the service: see its log", StatusDetails(errorInfo: info("INTERNAL")))
    }

    static func refused(_ refusal: ChangeRefusal, at place: RequestPlace) -> RPCStatus {
        let violation = StatusDetails.FieldViolation(
            field: place.path(of: refusal), description: "\(refusal.problem): \(refusal.remedy)")
        return RPCStatus(
            .failedPrecondition, refusal.description,
            StatusDetails(errorInfo: info("CONTRADICTS"), fieldViolations: [violation]))
    }

    static func failed(_ failure: ChangeFailure, place: (Int) -> RequestPlace) -> RPCStatus {
        switch failure {
        case .refused(let refusal, let position): refused(refusal, at: place(position))
        case .unrecorded(.full): busy
        case .unrecorded(.broken): uncertain
        case .unrecorded: unrecorded
        case .requestIDReused: requestIDReused
        case .badCount(let limit): malformed(WireError(.tooMany(limit: limit), field: "records"))
        case .past(let now):
            malformed(WireError(.instantOutOfRange(now.milliseconds...WireLimits.instants.upperBound), field: "from"))
        }
    }

    static func outOfScope(_ refusal: ChangeScope.Refusal) -> RPCStatus {
        switch refusal {
        case .controller, .record: notFound
        case .permission: permissionDenied
        case .everyController: notForAll
        }
    }

    static func staged(_ refusal: ImportShelf.Refusal) -> RPCStatus {
        switch refusal {
        case .tooManyRecords(let limit):
            RPCStatus(
                .resourceExhausted, "an import holds at most \(limit) records: split it",
                StatusDetails(errorInfo: info("BUSY")))
        case .tooManyBytes(let limit):
            RPCStatus(
                .resourceExhausted,
                "the records of an import have at most \(limit / (1024 * 1024)) MiB: register what is staged and import the rest after it",
                StatusDetails(errorInfo: info("BUSY")))
        case .tooManyImports(let limit):
            RPCStatus(
                .resourceExhausted, "\(limit) imports are open already: try again later",
                StatusDetails(errorInfo: info("BUSY")))
        case .unknown: imported("nothing is staged under this import id: stage the chunks again")
        case .missingChunk(let chunk):
            imported("chunk \(chunk) was not staged: stage the chunks again, numbered from 0")
        case .otherCounts(let chunks, let records):
            imported(
                "\(chunks) chunks with \(records) records were staged, which is not what the request says: stage them again"
            )
        }
    }

    private static func imported(_ text: String) -> RPCStatus {
        RPCStatus(.failedPrecondition, text, StatusDetails(errorInfo: info("IMPORT")))
    }

    private static func info(_ reason: String) -> StatusDetails.ErrorInfo {
        StatusDetails.ErrorInfo(reason: reason, domain: domain)
    }
}

extension Party {
    /// The kind and the id.
    fileprivate var text: String {
        switch self {
        case .person(let id): "person \(id)"
        case .unit(let id): "unit \(id)"
        case .employment(let id): "employment \(id)"
        }
    }
}
