package import CPortvaktProto
public import PortvaktCore

/// `Registry.Stage`: a part of a large import.
public struct StageRequest: Equatable, Sendable {
    /// The caller's id of the import.
    public var importID: Identifier
    /// From 0, without gaps.
    public var chunk: Int
    public var records: [Record]

    public init(importID: Identifier, chunk: Int, records: [Record]) {
        self.importID = importID
        self.chunk = chunk
        self.records = records
    }
}

extension StageRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__StageRequest>) {
        unsafe portvakt__v1__stage_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__StageRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            importID: reader.identifier(form.pointee.import_id, "import_id"),
            chunk: Int(form.pointee.chunk),
            records: reader.messages(
                form.pointee.n_records, form.pointee.records, "records", limit: WireLimits.stagedRecords))
        guard !records.isEmpty else { throw WireError(.tooFew(minimum: 1), field: "records") }
        try records.refuseSystems()
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__StageRequest>, _ writer: WireWriter) {
        unsafe form.pointee.import_id = unsafe writer.text(importID)
        unsafe form.pointee.chunk = UInt32(chunk)
        unsafe (form.pointee.n_records, form.pointee.records) = unsafe writer.forms(records)
    }
}

public struct StageResponse: Equatable, Sendable {
    /// Records staged so far in this import.
    public var staged: Int

    public init(staged: Int) {
        self.staged = staged
    }
}

extension StageResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__StageResponse>) {
        unsafe portvakt__v1__stage_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__StageResponse>, _ reader: WireReader) throws(WireError) {
        unsafe self.init(
            staged: Int(form.pointee.staged))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__StageResponse>, _ writer: WireWriter) {
        unsafe form.pointee.staged = UInt32(staged)
    }
}

/// `Registry.Commit`: registers everything that was staged, or nothing.
public struct CommitRequest: Equatable, Sendable {
    public var header: ChangeHeader
    public var importID: Identifier
    /// How many chunks were staged.
    public var chunks: Int
    /// How many records they held.
    public var records: Int

    public init(header: ChangeHeader, importID: Identifier, chunks: Int, records: Int) {
        self.header = header
        self.importID = importID
        self.chunks = chunks
        self.records = records
    }
}

extension CommitRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__CommitRequest>) {
        unsafe portvakt__v1__commit_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__CommitRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            importID: reader.identifier(form.pointee.import_id, "import_id"),
            chunks: Int(reader.number(form.pointee.chunks, in: 1...Int64(UInt32.max), "chunks")),
            records: Int(reader.number(form.pointee.records, in: 1...Int64(UInt32.max), "records")))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__CommitRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.import_id = unsafe writer.text(importID)
        unsafe form.pointee.chunks = UInt32(clamping: chunks)
        unsafe form.pointee.records = UInt32(clamping: records)
    }
}

public struct CommitResponse: Equatable, Sendable {
    /// How many records were registered.
    public var records: Int
    public var first: ChangeReceipt
    /// The state of its revision includes them all.
    public var last: ChangeReceipt

    public init(records: Int, first: ChangeReceipt, last: ChangeReceipt) {
        self.records = records
        self.first = first
        self.last = last
    }
}

extension CommitResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__CommitResponse>) {
        unsafe portvakt__v1__commit_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__CommitResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            records: Int(form.pointee.records),
            first: reader.message(form.pointee.first, "first"),
            last: reader.message(form.pointee.last, "last"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__CommitResponse>, _ writer: WireWriter) {
        unsafe form.pointee.records = UInt32(records)
        unsafe form.pointee.first = unsafe writer.form(first)
        unsafe form.pointee.last = unsafe writer.form(last)
    }
}

/// `Registry.Discard`: forgets what was staged.
public struct DiscardRequest: Equatable, Sendable {
    public var importID: Identifier

    public init(importID: Identifier) {
        self.importID = importID
    }
}

extension DiscardRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__DiscardRequest>) {
        unsafe portvakt__v1__discard_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__DiscardRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            importID: reader.identifier(form.pointee.import_id, "import_id"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__DiscardRequest>, _ writer: WireWriter) {
        unsafe form.pointee.import_id = unsafe writer.text(importID)
    }
}

public struct DiscardResponse: Equatable, Sendable {
    public init() {}
}

extension DiscardResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__DiscardResponse>) {
        unsafe portvakt__v1__discard_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__DiscardResponse>, _ reader: WireReader) throws(WireError) {
        self.init()
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__DiscardResponse>, _ writer: WireWriter) {}
}
