package import CPortvaktProto
public import PortvaktCore

/// `Audit.Reviews`: emergency accesses that await their review.
public struct ReviewsRequest: Equatable, Sendable {
    /// Those that have been reviewed, instead.
    public var done: Bool
    public var reader: StatedReader?
    public var page: PageRequest

    public init(
        done: Bool = false, reader: StatedReader? = nil, page: PageRequest = .first
    ) {
        self.done = done
        self.reader = reader
        self.page = page
    }
}

extension ReviewsRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ReviewsRequest>) {
        unsafe portvakt__v1__reviews_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ReviewsRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            done: form.pointee.done != 0,
            reader: reader.optional(form.pointee.reader, "reader"),
            page: reader.page(form.pointee.page))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ReviewsRequest>, _ writer: WireWriter) {
        unsafe form.pointee.done = writer.flag(done)
        unsafe form.pointee.reader = unsafe writer.optional(reader)
        unsafe form.pointee.page = unsafe writer.optional(page)
    }
}

public struct ReviewsResponse: Equatable, Sendable {
    /// Overdue ones first.
    public var tasks: [ReviewTask]
    public var page: Page
    public var waiting: UInt64
    public var overdue: UInt64

    public init(
        tasks: [ReviewTask] = [], page: Page, waiting: UInt64, overdue: UInt64
    ) {
        self.tasks = tasks
        self.page = page
        self.waiting = waiting
        self.overdue = overdue
    }
}

extension ReviewsResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ReviewsResponse>) {
        unsafe portvakt__v1__reviews_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ReviewsResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            tasks: reader.messages(form.pointee.n_tasks, form.pointee.tasks, "tasks", limit: WireLimits.pageItems),
            page: reader.message(form.pointee.page, "page"),
            waiting: form.pointee.waiting,
            overdue: form.pointee.overdue)
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ReviewsResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_tasks, form.pointee.tasks) = unsafe writer.forms(tasks)
        unsafe form.pointee.page = unsafe writer.form(page)
        unsafe form.pointee.waiting = waiting
        unsafe form.pointee.overdue = overdue
    }
}

/// An emergency access and its review.
public struct ReviewTask: Equatable, Sendable {
    public var entry: EntryReference
    public var time: Instant
    /// Who used it.
    public var actor: Actor?
    public var unit: UnitID?
    public var subject: PersonID?
    public var caseID: CaseID?
    public var controller: ControllerID?
    /// As it was stated.
    public var reason: String
    public var minutes: UInt32
    public var deadline: Instant
    public var overdue: Bool
    /// Who may review it.
    public var reviewers: [EmploymentID]
    /// In the order in which they were recorded.
    public var reviews: [RecordedReview]
    /// The roles whose review is still awaited; empty: it has been reviewed.
    public var awaits: [EmploymentRole]

    public init(
        entry: EntryReference, time: Instant, actor: Actor? = nil, unit: UnitID? = nil, subject: PersonID? = nil,
        caseID: CaseID? = nil, controller: ControllerID? = nil, reason: String = "", minutes: UInt32, deadline: Instant,
        overdue: Bool = false, reviewers: [EmploymentID] = [], reviews: [RecordedReview] = [],
        awaits: [EmploymentRole] = []
    ) {
        self.entry = entry
        self.time = time
        self.actor = actor
        self.unit = unit
        self.subject = subject
        self.caseID = caseID
        self.controller = controller
        self.reason = reason
        self.minutes = minutes
        self.deadline = deadline
        self.overdue = overdue
        self.reviewers = reviewers
        self.reviews = reviews
        self.awaits = awaits
    }
}

extension ReviewTask: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ReviewTask>) {
        unsafe portvakt__v1__review_task__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ReviewTask>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            entry: reader.message(form.pointee.entry, "entry"),
            time: Instant(milliseconds: form.pointee.time_ms),
            actor: reader.optional(form.pointee.actor, "actor"),
            unit: reader.optionalID(form.pointee.unit, "unit"),
            subject: reader.optionalID(form.pointee.subject, "subject"),
            caseID: reader.optionalID(form.pointee.case_id, "case_id"),
            controller: reader.optionalID(form.pointee.controller, "controller"),
            reason: reader.prose(form.pointee.reason, "reason"),
            minutes: form.pointee.minutes,
            deadline: Instant(milliseconds: form.pointee.deadline_ms),
            overdue: form.pointee.overdue != 0,
            reviewers: reader.ids(form.pointee.n_reviewers, form.pointee.reviewers, "reviewers"),
            reviews: reader.messages(form.pointee.n_reviews, form.pointee.reviews, "reviews"),
            awaits: reader.words(form.pointee.n_awaits, form.pointee.awaits, "awaits"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ReviewTask>, _ writer: WireWriter) {
        unsafe form.pointee.entry = unsafe writer.form(entry)
        unsafe form.pointee.time_ms = time.milliseconds
        unsafe form.pointee.actor = unsafe writer.optional(actor)
        unsafe form.pointee.unit = unsafe writer.text(unit)
        unsafe form.pointee.subject = unsafe writer.text(subject)
        unsafe form.pointee.case_id = unsafe writer.text(caseID)
        unsafe form.pointee.controller = unsafe writer.text(controller)
        unsafe form.pointee.reason = unsafe writer.text(reason)
        unsafe form.pointee.minutes = minutes
        unsafe form.pointee.deadline_ms = deadline.milliseconds
        unsafe form.pointee.overdue = writer.flag(overdue)
        unsafe (form.pointee.n_reviewers, form.pointee.reviewers) = unsafe writer.texts(reviewers)
        unsafe (form.pointee.n_reviews, form.pointee.reviews) = unsafe writer.forms(reviews)
        unsafe (form.pointee.n_awaits, form.pointee.awaits) = unsafe writer.words(awaits)
    }
}

/// One review of an emergency access.
public struct RecordedReview: Equatable, Sendable {
    public var entry: EntryReference
    public var reviewer: Actor
    public var role: EmploymentRole
    public var outcome: ReviewOutcome
    public var time: Instant
    public var text: String

    public init(
        entry: EntryReference, reviewer: Actor, role: EmploymentRole, outcome: ReviewOutcome, time: Instant,
        text: String = ""
    ) {
        self.entry = entry
        self.reviewer = reviewer
        self.role = role
        self.outcome = outcome
        self.time = time
        self.text = text
    }
}

extension RecordedReview: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RecordedReview>) {
        unsafe portvakt__v1__recorded_review__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RecordedReview>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            entry: reader.message(form.pointee.entry, "entry"),
            reviewer: reader.message(form.pointee.reviewer, "reviewer"),
            role: reader.word(form.pointee.role, "role"),
            outcome: reader.word(form.pointee.outcome, "outcome"),
            time: Instant(milliseconds: form.pointee.time_ms),
            text: reader.prose(form.pointee.text, "text"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RecordedReview>, _ writer: WireWriter) {
        unsafe form.pointee.entry = unsafe writer.form(entry)
        unsafe form.pointee.reviewer = unsafe writer.form(reviewer)
        unsafe form.pointee.role = writer.word(role)
        unsafe form.pointee.outcome = writer.word(outcome)
        unsafe form.pointee.time_ms = time.milliseconds
        unsafe form.pointee.text = unsafe writer.text(text)
    }
}

/// `Audit.Review`: the outcome of a review.
public struct ReviewRequest: Equatable, Sendable {
    public var stream: String
    public var index: UInt64
    public var reviewer: Actor
    public var outcome: ReviewOutcome
    /// In words, no names.
    public var text: String
    public var requestID: Identifier?

    public init(
        stream: String, index: UInt64, reviewer: Actor, outcome: ReviewOutcome, text: String = "",
        requestID: Identifier? = nil
    ) {
        self.stream = stream
        self.index = index
        self.reviewer = reviewer
        self.outcome = outcome
        self.text = text
        self.requestID = requestID
    }
}

extension ReviewRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ReviewRequest>) {
        unsafe portvakt__v1__review_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ReviewRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            stream: reader.name(form.pointee.stream, "stream"),
            index: form.pointee.index,
            reviewer: reader.message(form.pointee.reviewer, "reviewer"),
            outcome: reader.word(form.pointee.outcome, "outcome"),
            text: reader.prose(form.pointee.text, "text", limit: WireLimits.whyBytes),
            requestID: reader.optionalIdentifier(form.pointee.request_id, "request_id"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ReviewRequest>, _ writer: WireWriter) {
        unsafe form.pointee.stream = unsafe writer.text(stream)
        unsafe form.pointee.index = index
        unsafe form.pointee.reviewer = unsafe writer.form(reviewer)
        unsafe form.pointee.outcome = writer.word(outcome)
        unsafe form.pointee.text = unsafe writer.text(text)
        unsafe form.pointee.request_id = unsafe writer.text(requestID)
    }
}

public struct ReviewResponse: Equatable, Sendable {
    public var entry: EntryReference
    public var awaits: [EmploymentRole]

    public init(
        entry: EntryReference, awaits: [EmploymentRole] = []
    ) {
        self.entry = entry
        self.awaits = awaits
    }
}

extension ReviewResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ReviewResponse>) {
        unsafe portvakt__v1__review_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ReviewResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            entry: reader.message(form.pointee.entry, "entry"),
            awaits: reader.words(form.pointee.n_awaits, form.pointee.awaits, "awaits"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ReviewResponse>, _ writer: WireWriter) {
        unsafe form.pointee.entry = unsafe writer.form(entry)
        unsafe (form.pointee.n_awaits, form.pointee.awaits) = unsafe writer.words(awaits)
    }
}
