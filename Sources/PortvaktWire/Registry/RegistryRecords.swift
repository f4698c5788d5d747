package import CPortvaktProto
public import PortvaktCore

/// A record as it stands.
public struct FiledRecord: Equatable, Sendable {
    public var record: Record
    /// The revision of the last change to it.
    public var version: Revision
    /// When that was registered.
    public var registeredAt: Instant

    public init(_ record: Record, version: Revision, registeredAt: Instant) {
        self.record = record
        self.version = version
        self.registeredAt = registeredAt
    }
}

extension FiledRecord: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__FiledRecord>) {
        unsafe portvakt__v1__filed_record__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__FiledRecord>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.record, "record"),
            version: Revision(form.pointee.version),
            registeredAt: Instant(milliseconds: form.pointee.registered_at_ms))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__FiledRecord>, _ writer: WireWriter) {
        unsafe form.pointee.record = unsafe writer.form(record)
        unsafe form.pointee.version = version.number
        unsafe form.pointee.registered_at_ms = registeredAt.milliseconds
    }
}

/// `Registry.RegisterRecords`: all of these, in order, or none.
public struct RegisterRecordsRequest: Equatable, Sendable {
    public var header: ChangeHeader
    public var records: [Record]

    public init(header: ChangeHeader, records: [Record]) {
        self.header = header
        self.records = records
    }
}

extension RegisterRecordsRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RegisterRecordsRequest>) {
        unsafe portvakt__v1__register_records_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RegisterRecordsRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            records: reader.messages(form.pointee.n_records, form.pointee.records, "records", limit: WireLimits.records)
        )
        guard !records.isEmpty else { throw WireError(.tooFew(minimum: 1), field: "records") }
        try records.refuseSystems()
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RegisterRecordsRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe (form.pointee.n_records, form.pointee.records) = unsafe writer.forms(records)
    }
}

public struct RegisterRecordsResponse: Equatable, Sendable {
    /// One for each record, in order.
    public var receipts: [ChangeReceipt]

    public init(_ receipts: [ChangeReceipt]) {
        self.receipts = receipts
    }
}

extension RegisterRecordsResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RegisterRecordsResponse>) {
        unsafe portvakt__v1__register_records_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RegisterRecordsResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.messages(form.pointee.n_receipts, form.pointee.receipts, "receipts", limit: WireLimits.records))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RegisterRecordsResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_receipts, form.pointee.receipts) = unsafe writer.forms(receipts)
    }
}

/// `Registry.Get`: one record as it stands.
public struct GetRecordRequest: Equatable, Sendable {
    public var kind: RecordKind
    public var id: Identifier

    public init(kind: RecordKind, id: Identifier) {
        self.kind = kind
        self.id = id
    }
}

extension GetRecordRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__GetRecordRequest>) {
        unsafe portvakt__v1__get_record_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__GetRecordRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            kind: reader.word(form.pointee.kind, "kind"),
            id: reader.identifier(form.pointee.id, "id"))
        try kind.refuseSystem()
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__GetRecordRequest>, _ writer: WireWriter) {
        unsafe form.pointee.kind = writer.word(kind)
        unsafe form.pointee.id = unsafe writer.text(id)
    }
}

public struct GetRecordResponse: Equatable, Sendable {
    public var record: FiledRecord

    public init(_ record: FiledRecord) {
        self.record = record
    }
}

extension GetRecordResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__GetRecordResponse>) {
        unsafe portvakt__v1__get_record_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__GetRecordResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.record, "record"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__GetRecordResponse>, _ writer: WireWriter) {
        unsafe form.pointee.record = unsafe writer.form(record)
    }
}

/// `Registry.List`: all records of one kind, by id.
public struct ListRecordsRequest: Equatable, Sendable {
    public var kind: RecordKind
    public var page: PageRequest

    public init(kind: RecordKind, page: PageRequest = .first) {
        self.kind = kind
        self.page = page
    }
}

extension ListRecordsRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ListRecordsRequest>) {
        unsafe portvakt__v1__list_records_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ListRecordsRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            kind: reader.word(form.pointee.kind, "kind"),
            page: reader.page(form.pointee.page))
        try kind.refuseSystem()
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ListRecordsRequest>, _ writer: WireWriter) {
        unsafe form.pointee.kind = writer.word(kind)
        unsafe form.pointee.page = unsafe writer.optional(page)
    }
}

public struct ListRecordsResponse: Equatable, Sendable {
    public var records: [FiledRecord]
    public var page: Page

    public init(_ records: [FiledRecord], page: Page) {
        self.records = records
        self.page = page
    }
}

extension ListRecordsResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ListRecordsResponse>) {
        unsafe portvakt__v1__list_records_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ListRecordsResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.messages(form.pointee.n_records, form.pointee.records, "records", limit: WireLimits.pageItems),
            page: reader.message(form.pointee.page, "page"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ListRecordsResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_records, form.pointee.records) = unsafe writer.forms(records)
        unsafe form.pointee.page = unsafe writer.form(page)
    }
}

extension RecordKind {
    /// - Throws: for a system, which has calls of its own.
    fileprivate func refuseSystem() throws(WireError) {
        guard self != .system else { throw WireError(.misplaced, field: "kind") }
    }
}

extension [Record] {
    /// - Throws: naming the first system, which has a call of its own.
    func refuseSystems() throws(WireError) {
        for (index, record) in enumerated() where record.kind == .system {
            throw WireError(.misplaced, field: "system").inside(index: index).inside("records")
        }
    }
}
