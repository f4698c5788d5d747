package import CPortvaktProto
public import PortvaktCore

/// Stands in every request that changes something.
public struct ChangeHeader: Equatable, Sendable {
    /// The caller's own id of the request: a retry with the same one changes nothing.
    public var requestID: Identifier?
    /// On whose behalf it is registered.
    public var controller: ControllerID
    /// The acting person, as the calling system states it.
    public var actor: Actor?

    public init(requestID: Identifier? = nil, controller: ControllerID, actor: Actor? = nil) {
        self.requestID = requestID
        self.controller = controller
        self.actor = actor
    }
}

extension ChangeHeader: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ChangeHeader>) {
        unsafe portvakt__v1__change_header__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ChangeHeader>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            requestID: reader.optionalIdentifier(form.pointee.request_id, "request_id"),
            controller: reader.id(form.pointee.controller, "controller"),
            actor: reader.optional(form.pointee.actor, "actor"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ChangeHeader>, _ writer: WireWriter) {
        unsafe form.pointee.request_id = unsafe writer.text(requestID)
        unsafe form.pointee.controller = unsafe writer.text(controller)
        unsafe form.pointee.actor = unsafe writer.optional(actor)
    }
}

/// A change is on disk, and every decision that starts later sees it.
public struct ChangeReceipt: Hashable, Sendable {
    public var entry: EntryReference
    /// The revision of the state that first includes it.
    public var revision: Revision

    public init(entry: EntryReference, revision: Revision) {
        self.entry = entry
        self.revision = revision
    }
}

extension ChangeReceipt: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ChangeReceipt>) {
        unsafe portvakt__v1__change_receipt__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ChangeReceipt>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            entry: reader.message(form.pointee.entry, "entry"),
            revision: Revision(form.pointee.revision))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ChangeReceipt>, _ writer: WireWriter) {
        unsafe form.pointee.entry = unsafe writer.form(entry)
        unsafe form.pointee.revision = revision.number
    }
}

/// Which part of a list is wanted.
public struct PageRequest: Equatable, Sendable {
    /// Items at most: 1 to ``WireLimits/pageItems``.
    public var size: Int
    /// The page before gave it; empty for the first page.
    public var cursor: [UInt8]

    public init(size: Int = WireLimits.defaultPageItems, cursor: [UInt8] = []) {
        self.size = size
        self.cursor = cursor
    }

    /// The first page, of the usual size.
    public static let first = PageRequest()
}

extension PageRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__PageRequest>) {
        unsafe portvakt__v1__page_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__PageRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            size: reader.pageSize(form.pointee.size),
            cursor: reader.bytes(form.pointee.cursor, "cursor", limit: WireLimits.cursorBytes))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__PageRequest>, _ writer: WireWriter) {
        unsafe form.pointee.size = UInt32(size)
        unsafe form.pointee.cursor = unsafe writer.bytes(cursor)
    }
}

/// Which part of a list this is.
public struct Page: Equatable, Sendable {
    /// Gives the next page; empty when there is none.
    public var nextCursor: [UInt8]
    /// Nothing follows.
    public var complete: Bool
    /// The revision of the state that the page was read from.
    public var revision: Revision

    public init(nextCursor: [UInt8] = [], complete: Bool, revision: Revision) {
        self.nextCursor = nextCursor
        self.complete = complete
        self.revision = revision
    }
}

extension Page: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Page>) {
        unsafe portvakt__v1__page__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Page>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            nextCursor: reader.bytes(form.pointee.next_cursor, "next_cursor", limit: WireLimits.cursorBytes),
            complete: form.pointee.complete != 0,
            revision: Revision(form.pointee.revision))
        guard complete == nextCursor.isEmpty else { throw WireError(.contradictory, field: "complete") }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Page>, _ writer: WireWriter) {
        unsafe form.pointee.next_cursor = unsafe writer.bytes(nextCursor)
        unsafe form.pointee.complete = writer.flag(complete)
        unsafe form.pointee.revision = revision.number
    }
}

extension WireReader {
    func pageSize(_ size: UInt32) throws(WireError) -> Int {
        guard size != 0 else { return WireLimits.defaultPageItems }
        return Int(try number(size, in: 1...Int64(WireLimits.pageItems), "size"))
    }

    /// The part of the list that is wanted; the first one when the request does not say.
    func page(_ form: UnsafeMutablePointer<Portvakt__V1__PageRequest>?) throws(WireError) -> PageRequest {
        try unsafe optional(form, "page") ?? .first
    }
}
