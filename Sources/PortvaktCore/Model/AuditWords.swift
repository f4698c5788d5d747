// The vocabularies of the audit. Raw values are written into the ledger and onto the wire: never reused, never changed.

/// What somebody read or did in the audit.
public enum AuditCall: UInt8, Vocabulary {
    case query = 1, show, replay, statement, accessReview, reviews, unusual, export, retention, prove, checkpoint
    /// The outcome of an emergency access's review.
    case reviewed = 64
    /// Openings were erased.
    case erased = 65

    public var word: String {
        switch self {
        case .accessReview: "access_review"
        default: "\(self)"
        }
    }
}

/// How a review of an emergency access came out.
public enum ReviewOutcome: UInt8, Vocabulary {
    /// It was necessary, and within its limits.
    case justified = 1
    /// It was not.
    case unjustified
    /// A deviation was reported and is followed up elsewhere.
    case followed_up
    public var word: String { "\(self)" }
}

/// Patterns among decisions that are worth a look.
public enum PatternKind: UInt8, Vocabulary {
    case manyCases = 1, ownKin, outsideHours, afterRefusal, emergencies, refusals

    public var word: String {
        switch self {
        case .manyCases: "many_cases"
        case .ownKin: "own_kin"
        case .outsideHours: "outside_hours"
        case .afterRefusal: "after_refusal"
        case .emergencies: "emergencies"
        case .refusals: "refusals"
        }
    }
}
