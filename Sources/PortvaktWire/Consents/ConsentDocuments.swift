package import CPortvaktProto
public import PortvaktCore

/// `Consents.Receipt`: a signed receipt for the giver.
public struct ConsentReceiptRequest: Equatable, Sendable {
    public var id: ConsentID

    public init(_ id: ConsentID) {
        self.id = id
    }
}

extension ConsentReceiptRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ConsentReceiptRequest>) {
        unsafe portvakt__v1__consent_receipt_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ConsentReceiptRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.id(form.pointee.id, "id"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ConsentReceiptRequest>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
    }
}

public struct ConsentReceiptResponse: Equatable, Sendable {
    public var note: [UInt8]

    public init(_ note: [UInt8]) {
        self.note = note
    }
}

extension ConsentReceiptResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ConsentReceiptResponse>) {
        unsafe portvakt__v1__consent_receipt_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ConsentReceiptResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.bytes(form.pointee.note, "note", limit: WireLimits.documentBytes))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ConsentReceiptResponse>, _ writer: WireWriter) {
        unsafe form.pointee.note = unsafe writer.bytes(note)
    }
}

/// `Consents.Export`: the consent as a FHIR R5 Consent.
public struct ExportConsentRequest: Equatable, Sendable {
    public var id: ConsentID

    public init(_ id: ConsentID) {
        self.id = id
    }
}

extension ExportConsentRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ExportConsentRequest>) {
        unsafe portvakt__v1__export_consent_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ExportConsentRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.id(form.pointee.id, "id"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ExportConsentRequest>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
    }
}

public struct ExportConsentResponse: Equatable, Sendable {
    public var document: [UInt8]

    public init(_ document: [UInt8]) {
        self.document = document
    }
}

extension ExportConsentResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ExportConsentResponse>) {
        unsafe portvakt__v1__export_consent_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ExportConsentResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.bytes(form.pointee.document, "document", limit: WireLimits.documentBytes))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ExportConsentResponse>, _ writer: WireWriter) {
        unsafe form.pointee.document = unsafe writer.bytes(document)
    }
}
