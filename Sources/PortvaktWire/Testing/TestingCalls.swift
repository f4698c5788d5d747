package import CPortvaktProto
public import PortvaktCore

/// What a test makes fail.
public enum TestingFault: UInt8, Vocabulary {
    /// Nothing can be recorded.
    case recording = 1
    /// A rule fails while the basis of a decision is evaluated.
    case evaluation

    public var word: String { "\(self)" }
}

/// `Testing.SetClock`: the clock stands still at an instant, or runs again.
public struct SetClockRequest: Equatable, Sendable {
    /// `nil`: the machine's own clock.
    public var now: Instant?

    public init(_ now: Instant?) { self.now = now }
}

extension SetClockRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__SetClockRequest>) {
        unsafe portvakt__v1__set_clock_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__SetClockRequest>, _ reader: WireReader) throws(WireError) {
        self.init(try unsafe reader.optional(form.pointee.now, "now"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__SetClockRequest>, _ writer: WireWriter) {
        unsafe form.pointee.now = unsafe writer.optional(now)
    }
}

public struct SetClockResponse: Equatable, Sendable {
    /// What the clock says now.
    public var now: Instant

    public init(_ now: Instant) { self.now = now }
}

extension SetClockResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__SetClockResponse>) {
        unsafe portvakt__v1__set_clock_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__SetClockResponse>, _ reader: WireReader) throws(WireError) {
        self.init(Instant(milliseconds: unsafe form.pointee.now_ms))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__SetClockResponse>, _ writer: WireWriter) {
        unsafe form.pointee.now_ms = now.milliseconds
    }
}

/// `Testing.Reset`: empties the caller's store.
public struct ResetRequest: Equatable, Sendable {
    public init() {}
}

extension ResetRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ResetRequest>) {
        unsafe portvakt__v1__reset_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ResetRequest>, _ reader: WireReader) throws(WireError) {
        self.init()
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ResetRequest>, _ writer: WireWriter) {}
}

public struct ResetResponse: Equatable, Sendable {
    public init() {}
}

extension ResetResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ResetResponse>) {
        unsafe portvakt__v1__reset_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ResetResponse>, _ reader: WireReader) throws(WireError) {
        self.init()
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ResetResponse>, _ writer: WireWriter) {}
}

/// `Testing.ActAs`: the calls that follow are made as a registered system.
public struct ActAsRequest: Equatable, Sendable {
    /// `nil`: as oneself again.
    public var system: SystemID?

    public init(_ system: SystemID?) { self.system = system }
}

extension ActAsRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ActAsRequest>) {
        unsafe portvakt__v1__act_as_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ActAsRequest>, _ reader: WireReader) throws(WireError) {
        self.init(try unsafe reader.optionalID(form.pointee.system, "system"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ActAsRequest>, _ writer: WireWriter) {
        unsafe form.pointee.system = unsafe writer.text(system)
    }
}

public struct ActAsResponse: Equatable, Sendable {
    public init() {}
}

extension ActAsResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ActAsResponse>) {
        unsafe portvakt__v1__act_as_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ActAsResponse>, _ reader: WireReader) throws(WireError) {
        self.init()
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ActAsResponse>, _ writer: WireWriter) {}
}

/// `Testing.Fail`: makes what follows fail.
public struct FailRequest: Equatable, Sendable {
    public var fault: TestingFault

    public init(_ fault: TestingFault) { self.fault = fault }
}

extension FailRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__FailRequest>) {
        unsafe portvakt__v1__fail_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__FailRequest>, _ reader: WireReader) throws(WireError) {
        self.init(try reader.word(unsafe form.pointee.fault, "fault"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__FailRequest>, _ writer: WireWriter) {
        unsafe form.pointee.fault = writer.word(fault)
    }
}

public struct FailResponse: Equatable, Sendable {
    public init() {}
}

extension FailResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__FailResponse>) {
        unsafe portvakt__v1__fail_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__FailResponse>, _ reader: WireReader) throws(WireError) {
        self.init()
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__FailResponse>, _ writer: WireWriter) {}
}
