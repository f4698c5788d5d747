/// Who must consent, in a band of ages.
public enum Givers: UInt8, Vocabulary {
    /// Everyone who holds foreldreansvar, or who stands in their place.
    case parents = 1
    /// The subject alone.
    case `self`
    /// The subject and them.
    case both

    public var word: String { "\(self)" }
}

/// How many of the holders of foreldreansvar must consent.
public enum ParentsRule: UInt8, Vocabulary {
    case all = 1, any, resident
    public var word: String { "\(self)" }
}

/// A row of the who-may-consent matrix.
struct ConsentRow: Sendable {
    struct Band: Sendable {
        var from: Int
        var givers: Givers
        /// The parameter that sets where it begins, when one does.
        var parameter: String?
    }

    var name: String
    /// By age, ascending; the first one begins at 0.
    var bands: [Band]

    /// The index of the band that an age stands in.
    func bandIndex(at age: Int) -> Int {
        var index = bands.count - 1
        while index > 0, bands[index].from > age { index -= 1 }
        return index
    }
}

struct CategoryRule: Sendable {
    var row = 0
    /// Daily care in this category is for one holder of foreldreansvar to consent to (L25).
    var dailyHealth = false
}

struct PurposeRule: Sendable {
    /// The row that replaces the category's for meeting and plan actions.
    var row: Int?
    /// For plans under barnevernsloven and NAV-loven another row.
    var planRowHol: Int?
    var planRowBarnevern: Int?
    var planRowNav: Int?
    var oral = false
    /// A log is read, and a matter told, for it.
    var reads = false
    var daily = false
    /// A consent can carry it.
    var carried = true
    /// It opens something; a local purpose that no profile defines opens nothing.
    var opens = true

    func planRow(_ kind: PlanKind) -> Int? {
        switch kind {
        case .hol: planRowHol
        case .barnevern: planRowBarnevern
        case .nav: planRowNav
        }
    }
}

/// A secrecy regime: the law under which a service keeps what it knows.
struct Regime: Sendable {
    enum Inside: UInt8, Vocabulary {
        case need = 1, hpl25, none
        var word: String { "\(self)" }
    }

    var name = ""
    var strictness = 0
    var inside = Inside.none
    var nr5 = false
    var healthCooperation = false
    var clientSecret = false
}

struct ServiceRule: Sendable {
    /// Its place among the profile's services.
    var index: Int
    var regime: Int
    var category: Category
}

/// A type of meeting.
struct MeetingRule: Sendable {
    enum Leader: UInt8, Vocabulary {
        case stafettholder = 1, koordinator, coordinating_unit, participant
        var word: String { "\(self)" }
    }

    var purpose = Purpose.samordning
    var purposeWithPlan: Purpose?
    /// The stafettholder's own meeting: it rests on the log's consent and no other employment attends.
    var onLogConsent = false
    var family = false
    var ledBy: WordSet<Leader> = []
    var ledByWithPlan: WordSet<Leader>?
    /// The service of the coordinating unit.
    var coordinator: Service?
    var anonymous = false
    var system = false
    var partyPresent = false
    var informParents = false
    var logRecord = true
    var recordedByCoordinator = false
    var mayDecide = false
    var level: UInt8?
    var steps: WordSet<SeMegStep> = []
    /// The services that always sit in it.
    var services: [Service] = []
    var representatives: Representatives?

    /// How many a service must send when it brings the case.
    struct Representatives: Sendable {
        var services: [Service]
        var count: Int
        var leaders: Int
    }
}

struct GroundRule: Sendable {
    /// Only to these services; empty means anyone.
    var toServices: [Service] = []
    /// A duty or a right of statute: no consent.
    var duty = false
    /// The hard locks look at the recipient only, and the circle does not bind.
    var locksRecipientOnly = false
    var document = false
    var necessity = false
    var nr5 = false
    var parentWithoutFa = false
    /// No ground in itself: it rests on consent.
    var consent = false
}

struct ActionRule: Sendable {
    enum Closed: UInt8, Vocabulary {
        case refuse = 1, refuse_without_plan, open
        var word: String { "\(self)" }
    }

    var employmentOnly = false
    /// The roles it is for; empty means any.
    var roles: WordSet<EmploymentRole> = []
    var linkAsked = false
    var content = false
    var levelZero = false
    var closed = Closed.refuse
    var familyClosed = false
    var deceased = false
    var recorded = false
    var childView = false
    /// Possible although the case's existence is secret to those without a link.
    var secretExempt = false
}

/// One edition of a profile: what holds between two dates.
final class PolicyTables: Sendable {
    let ages: Ages
    let limits: Limits
    let switches: Switches
    let lists: Lists
    let rows: [ConsentRow]
    let coordinationRow: Int
    /// By the raw value of ``Category``.
    let categories: [CategoryRule]
    /// By the raw value of ``Purpose``.
    let purposes: [PurposeRule]
    let regimes: [Regime]
    let services: [Service: ServiceRule]
    /// By the raw value of ``MeetingType``.
    let meetings: [MeetingRule]
    /// By the raw value of ``Ground``.
    let grounds: [GroundRule]
    /// By the raw value of ``Action``.
    let actions: [ActionRule]
    /// By the raw value of ``Rule``.
    let ruleSources: [[String]]
    let ruleTexts: [String]
    /// The sources of the rules that are data, by their names: `meetings.fagmote`, `consent_rows.health.1`.
    let dataSources: [String: [String]]
    let parameters: [PolicyParameter]

    init(
        ages: Ages, limits: Limits, switches: Switches, lists: Lists, rows: [ConsentRow], coordinationRow: Int,
        categories: [CategoryRule], purposes: [PurposeRule], regimes: [Regime], services: [Service: ServiceRule],
        meetings: [MeetingRule], grounds: [GroundRule], actions: [ActionRule], ruleSources: [[String]],
        ruleTexts: [String], dataSources: [String: [String]], parameters: [PolicyParameter]
    ) {
        self.ages = ages
        self.limits = limits
        self.switches = switches
        self.lists = lists
        self.rows = rows
        self.coordinationRow = coordinationRow
        self.categories = categories
        self.purposes = purposes
        self.regimes = regimes
        self.services = services
        self.meetings = meetings
        self.grounds = grounds
        self.actions = actions
        self.ruleSources = ruleSources
        self.ruleTexts = ruleTexts
        self.dataSources = dataSources
        self.parameters = parameters
    }

    /// Whole years.
    struct Ages: Sendable {
        var view = 0, objection = 0, coordinationJoins = 0, coordinationAlone = 0, healthSelf = 0
        var parentsHealthNarrow = 0, fagmoteSelf = 0, planHolSelf = 0, barnevernParty = 0, barnevernJoins = 0
        var navJoins = 0, withholdHealth = 0, withholdOther = 0, dailyUntil = 0, planAssurance = 0, adult = 0
        var gdprConsent = 0, eidHint = 0
    }

    struct Limits: Sendable {
        var consentMaxDurationMonths = 0, wonderMaxDays = 0, logOpensAtLevel = 0, logOpenAgeMax = 0
        var logClosingDays = 0, logFamilyWindowMonths = 0, participantMinLevel = 0, emergencyMaxMinutes = 0
        var emergencyReviewHours = 0, statisticsMinCell = 0, decisionMaxAgeSeconds = 0, transitionGraceDays = 0
        var retentionDecisionsYears = 0, retentionSecurityMonths = 0, retentionEmergencyYears = 0
    }

    struct Switches: Sendable {
        var oralToOtherControllers = false, participantsWrite = false, leaderReads = false, closesWithPlan = false
        var reopenNeedsNewConsent = false, nr5Private = false, habilitetSelf = false, habilitetTowardsHolders = false
        var parentsRule = ParentsRule.all, parentsHealthDaily = ParentsRule.all, parentsDaily = ParentsRule.all
        var assuranceContent = Assurance.high, assuranceConsentGive = Assurance.high, assuranceInbox = Assurance.high
        var assurancePlanUnderAge = Assurance.high, assuranceEmployees = Assurance.high
        var planDefaultKind = PlanKind.hol
    }

    struct Lists: Sendable {
        var oralNeverTo: [Service] = [], pregnantBy: [Service] = [], planAccessGrantedBy: [Service] = []
        var writtenForActions: WordSet<Action> = [], habilitetKinds: WordSet<RelationKind> = []
        var secretKinds: WordSet<CaseKind> = []
        var addressClosedTo: WordSet<ControllerKind> = [], emergencyReviewers: WordSet<EmploymentRole> = []
        var employeeIDFor: WordSet<Category> = []
        var transitionWarnDays: [Int] = [], transitionAges: [Int] = [], consentWarnDays: [Int] = []
        var addressTopic: Topic?
    }
}

/// A single value of a profile, as a page about it shows it.
public struct PolicyParameter: Equatable, Sendable {
    public var name: String
    /// The value as the file writes it; a list is joined with commas.
    public var value: String
    public var sources: [String]
}

extension PolicyTables {
    func service(_ service: Service) -> ServiceRule? { services[service] }
    func regime(of service: Service) -> Regime? { services[service].map { regimes[$0.regime] } }
    func rule(for purpose: Purpose) -> PurposeRule { purposes[Int(purpose.rawValue)] }
    func rule(for type: MeetingType) -> MeetingRule { meetings[Int(type.rawValue)] }
    func rule(for action: Action) -> ActionRule { actions[Int(action.rawValue)] }
    func rule(for ground: Ground) -> GroundRule { grounds[Int(ground.rawValue)] }
    func rule(for category: Category) -> CategoryRule { categories[Int(category.rawValue)] }
}
