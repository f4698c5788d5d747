package import CPortvaktProto
public import PortvaktCore

/// `Watch.Changes`: every change that could change an answer to the caller.
public struct WatchChangesRequest: Equatable, Sendable {
    /// What came after this is told first; `nil` for from now on.
    public var after: Revision?
    /// A message at least so often, in milliseconds.
    public var heartbeat: UInt32

    public init(after: Revision? = nil, heartbeat: UInt32 = WireLimits.defaultHeartbeat) {
        self.after = after
        self.heartbeat = heartbeat
    }
}

extension WatchChangesRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__WatchChangesRequest>) {
        unsafe portvakt__v1__watch_changes_request__init(form)
    }

    package init(
        _ form: UnsafePointer<Portvakt__V1__WatchChangesRequest>, _ reader: WireReader
    ) throws(WireError) {
        let stated = unsafe form.pointee.heartbeat_ms
        try unsafe self.init(
            after: reader.optional(form.pointee.after, "after", as: WatchCursor.self)?.sequence,
            heartbeat: stated == 0
                ? WireLimits.defaultHeartbeat : reader.number(stated, in: WireLimits.heartbeats, "heartbeat_ms"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__WatchChangesRequest>, _ writer: WireWriter) {
        unsafe form.pointee.after = unsafe writer.optional(after.map(WatchCursor.init))
        unsafe form.pointee.heartbeat_ms = heartbeat
    }
}

/// A cursor, which may be at 0, as its own message.
private struct WatchCursor: @unsafe WireMessage {
    var sequence: Revision

    init(sequence: Revision) { self.sequence = sequence }

    static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__WatchChangesRequest__Cursor>) {
        unsafe portvakt__v1__watch_changes_request__cursor__init(form)
    }

    init(
        _ form: UnsafePointer<Portvakt__V1__WatchChangesRequest__Cursor>, _ reader: WireReader
    ) throws(WireError) {
        sequence = Revision(unsafe form.pointee.sequence)
    }

    func write(_ form: UnsafeMutablePointer<Portvakt__V1__WatchChangesRequest__Cursor>, _ writer: WireWriter) {
        unsafe form.pointee.sequence = sequence.number
    }
}

/// What a change touches.
public enum Touched: Equatable, Sendable {
    /// Answers about anything may have changed.
    case everything
    /// Answers about these cases (and their meetings) and these persons may have changed.
    case these(cases: [CaseID], persons: [PersonID])
}

extension Touched: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Touched>) {
        unsafe portvakt__v1__touched__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Touched>, _ reader: WireReader) throws(WireError) {
        let cases = try unsafe reader.ids(form.pointee.n_cases, form.pointee.cases, "cases", CaseID.self)
        let persons = try unsafe reader.ids(form.pointee.n_persons, form.pointee.persons, "persons", PersonID.self)
        self = unsafe form.pointee.everything != 0 ? .everything : .these(cases: cases, persons: persons)
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Touched>, _ writer: WireWriter) {
        switch self {
        case .everything: unsafe form.pointee.everything = writer.flag(true)
        case .these(let cases, let persons):
            unsafe (form.pointee.n_cases, form.pointee.cases) = unsafe writer.texts(cases)
            unsafe (form.pointee.n_persons, form.pointee.persons) = unsafe writer.texts(persons)
        }
    }
}

/// A change, or a heartbeat.
public struct WatchChangesResponse: Equatable, Sendable {
    /// Everything up to this has been told, or does not concern the caller.
    public var sequence: Revision
    /// `nil` for a heartbeat.
    public var touched: Touched?

    public init(sequence: Revision, touched: Touched? = nil) {
        self.sequence = sequence
        self.touched = touched
    }
}

extension WatchChangesResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__WatchChangesResponse>) {
        unsafe portvakt__v1__watch_changes_response__init(form)
    }

    package init(
        _ form: UnsafePointer<Portvakt__V1__WatchChangesResponse>, _ reader: WireReader
    ) throws(WireError) {
        self.init(
            sequence: Revision(unsafe form.pointee.sequence),
            touched: try unsafe reader.optional(form.pointee.touched, "touched"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__WatchChangesResponse>, _ writer: WireWriter) {
        unsafe form.pointee.sequence = sequence.number
        unsafe form.pointee.touched = unsafe writer.optional(touched)
    }
}
