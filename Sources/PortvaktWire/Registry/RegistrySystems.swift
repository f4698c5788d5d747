package import CPortvaktProto
public import PortvaktCore

/// A system as it stands.
public struct FiledSystem: Equatable, Sendable {
    public var system: System
    /// The revision of the last change to it.
    public var version: Revision
    /// When that was registered.
    public var registeredAt: Instant

    public init(_ system: System, version: Revision, registeredAt: Instant) {
        self.system = system
        self.version = version
        self.registeredAt = registeredAt
    }
}

extension FiledSystem: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__FiledSystem>) {
        unsafe portvakt__v1__filed_system__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__FiledSystem>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.system, "system"),
            version: Revision(form.pointee.version),
            registeredAt: Instant(milliseconds: form.pointee.registered_at_ms))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__FiledSystem>, _ writer: WireWriter) {
        unsafe form.pointee.system = unsafe writer.form(system)
        unsafe form.pointee.version = version.number
        unsafe form.pointee.registered_at_ms = registeredAt.milliseconds
    }
}

/// `Registry.RegisterSystem`: a calling system, or a new version of it.
public struct RegisterSystemRequest: Equatable, Sendable {
    public var header: ChangeHeader
    public var system: System

    public init(header: ChangeHeader, system: System) {
        self.header = header
        self.system = system
    }
}

extension RegisterSystemRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RegisterSystemRequest>) {
        unsafe portvakt__v1__register_system_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RegisterSystemRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            system: reader.message(form.pointee.system, "system"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RegisterSystemRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.system = unsafe writer.form(system)
    }
}

public struct RegisterSystemResponse: Equatable, Sendable {
    public var receipt: ChangeReceipt

    public init(_ receipt: ChangeReceipt) {
        self.receipt = receipt
    }
}

extension RegisterSystemResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RegisterSystemResponse>) {
        unsafe portvakt__v1__register_system_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RegisterSystemResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.receipt, "receipt"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RegisterSystemResponse>, _ writer: WireWriter) {
        unsafe form.pointee.receipt = unsafe writer.form(receipt)
    }
}

/// `Registry.ListSystems`: every registered system, by id.
public struct ListSystemsRequest: Equatable, Sendable {
    public var page: PageRequest

    public init(page: PageRequest = .first) {
        self.page = page
    }
}

extension ListSystemsRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ListSystemsRequest>) {
        unsafe portvakt__v1__list_systems_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ListSystemsRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            page: reader.page(form.pointee.page))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ListSystemsRequest>, _ writer: WireWriter) {
        unsafe form.pointee.page = unsafe writer.optional(page)
    }
}

public struct ListSystemsResponse: Equatable, Sendable {
    public var systems: [FiledSystem]
    public var page: Page

    public init(_ systems: [FiledSystem], page: Page) {
        self.systems = systems
        self.page = page
    }
}

extension ListSystemsResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ListSystemsResponse>) {
        unsafe portvakt__v1__list_systems_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ListSystemsResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.messages(form.pointee.n_systems, form.pointee.systems, "systems", limit: WireLimits.pageItems),
            page: reader.message(form.pointee.page, "page"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ListSystemsResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_systems, form.pointee.systems) = unsafe writer.forms(systems)
        unsafe form.pointee.page = unsafe writer.form(page)
    }
}

/// `Registry.DisableSystem`: the system may not ask any more.
public struct DisableSystemRequest: Equatable, Sendable {
    public var header: ChangeHeader
    public var id: SystemID

    public init(header: ChangeHeader, id: SystemID) {
        self.header = header
        self.id = id
    }
}

extension DisableSystemRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__DisableSystemRequest>) {
        unsafe portvakt__v1__disable_system_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__DisableSystemRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            id: reader.id(form.pointee.id, "id"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__DisableSystemRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.id = unsafe writer.text(id)
    }
}

public struct DisableSystemResponse: Equatable, Sendable {
    public var receipt: ChangeReceipt

    public init(_ receipt: ChangeReceipt) {
        self.receipt = receipt
    }
}

extension DisableSystemResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__DisableSystemResponse>) {
        unsafe portvakt__v1__disable_system_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__DisableSystemResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.receipt, "receipt"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__DisableSystemResponse>, _ writer: WireWriter) {
        unsafe form.pointee.receipt = unsafe writer.form(receipt)
    }
}
