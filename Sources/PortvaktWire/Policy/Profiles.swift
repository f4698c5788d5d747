package import CPortvaktProto
public import PortvaktCore

/// Names a policy profile.
public struct ProfileReference: Equatable, Sendable {
    public var name: Identifier
    /// SHA-256 over its file, 32 bytes.
    public var hash: [UInt8]

    public init(name: Identifier, hash: [UInt8]) {
        self.name = name
        self.hash = hash
    }
}

extension ProfileReference: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ProfileReference>) {
        unsafe portvakt__v1__profile_reference__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ProfileReference>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            name: reader.identifier(form.pointee.name, "name"),
            hash: reader.hash(form.pointee.hash, "hash"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ProfileReference>, _ writer: WireWriter) {
        unsafe form.pointee.name = unsafe writer.text(name)
        unsafe form.pointee.hash = unsafe writer.bytes(hash)
    }
}

/// `Policy.Active`: the profile that decides now.
public struct ActiveProfileRequest: Equatable, Sendable {
    public init() {}
}

extension ActiveProfileRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ActiveProfileRequest>) {
        unsafe portvakt__v1__active_profile_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ActiveProfileRequest>, _ reader: WireReader) throws(WireError) {
        self.init()
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ActiveProfileRequest>, _ writer: WireWriter) {}
}

public struct ActiveProfileResponse: Equatable, Sendable {
    public var profile: ProfileReference
    /// From when it has decided; `nil` when none was ever activated.
    public var from: Instant?
    /// The next one that is activated already.
    public var next: ProfileReference?
    /// From when the next one decides.
    public var nextFrom: Instant?

    public init(
        _ profile: ProfileReference, from: Instant? = nil, next: ProfileReference? = nil, nextFrom: Instant? = nil
    ) {
        self.profile = profile
        self.from = from
        self.next = next
        self.nextFrom = nextFrom
    }
}

extension ActiveProfileResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ActiveProfileResponse>) {
        unsafe portvakt__v1__active_profile_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ActiveProfileResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.profile, "profile"),
            from: reader.optional(form.pointee.from, "from"),
            next: reader.optional(form.pointee.next, "next"),
            nextFrom: reader.optional(form.pointee.next_from, "next_from"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ActiveProfileResponse>, _ writer: WireWriter) {
        unsafe form.pointee.profile = unsafe writer.form(profile)
        unsafe form.pointee.from = unsafe writer.optional(from)
        unsafe form.pointee.next = unsafe writer.optional(next)
        unsafe form.pointee.next_from = unsafe writer.optional(nextFrom)
    }
}

/// `Policy.Get`: one profile that the server has, with its file.
public enum GetProfileRequest: Equatable, Sendable {
    case name(Identifier)
    /// 32 bytes.
    case hash([UInt8])
}

extension GetProfileRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__GetProfileRequest>) {
        unsafe portvakt__v1__get_profile_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__GetProfileRequest>, _ reader: WireReader) throws(WireError) {
        switch unsafe form.pointee.by_case {
        case PORTVAKT__V1__GET_PROFILE_REQUEST__BY_NAME:
            self = .name(try unsafe reader.identifier(form.pointee.name, "name"))
        case PORTVAKT__V1__GET_PROFILE_REQUEST__BY_HASH: self = .hash(try unsafe reader.hash(form.pointee.hash, "hash"))
        default: throw reader.missing("name")
        }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__GetProfileRequest>, _ writer: WireWriter) {
        switch self {
        case .name(let name):
            unsafe form.pointee.by_case = PORTVAKT__V1__GET_PROFILE_REQUEST__BY_NAME
            unsafe form.pointee.name = unsafe writer.text(name)
        case .hash(let hash):
            unsafe form.pointee.by_case = PORTVAKT__V1__GET_PROFILE_REQUEST__BY_HASH
            unsafe form.pointee.hash = unsafe writer.bytes(hash)
        }
    }
}

public struct GetProfileResponse: Equatable, Sendable {
    public var profile: ProfileReference
    /// YAML.
    public var file: [UInt8]

    public init(_ profile: ProfileReference, file: [UInt8]) {
        self.profile = profile
        self.file = file
    }
}

extension GetProfileResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__GetProfileResponse>) {
        unsafe portvakt__v1__get_profile_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__GetProfileResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.profile, "profile"),
            file: reader.bytes(form.pointee.file, "file", limit: WireLimits.profileBytes))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__GetProfileResponse>, _ writer: WireWriter) {
        unsafe form.pointee.profile = unsafe writer.form(profile)
        unsafe form.pointee.file = unsafe writer.bytes(file)
    }
}

/// `Policy.Activate`: from an instant on, a profile that the server has decides.
public struct ActivateProfileRequest: Equatable, Sendable {
    public var header: ChangeHeader
    public var profile: ProfileReference
    /// `nil` for now.
    public var from: Instant?
    /// Why; without personal data.
    public var reason: String?

    public init(header: ChangeHeader, profile: ProfileReference, from: Instant? = nil, reason: String? = nil) {
        self.header = header
        self.profile = profile
        self.from = from
        self.reason = reason
    }
}

extension ActivateProfileRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ActivateProfileRequest>) {
        unsafe portvakt__v1__activate_profile_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ActivateProfileRequest>, _ reader: WireReader) throws(WireError) {
        let reason = try unsafe reader.prose(form.pointee.reason, "reason")
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            profile: reader.message(form.pointee.profile, "profile"),
            from: reader.optional(form.pointee.from, "from"), reason: reason.isEmpty ? nil : reason)
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ActivateProfileRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.profile = unsafe writer.form(profile)
        unsafe form.pointee.from = unsafe writer.optional(from)
        unsafe form.pointee.reason = unsafe writer.text(reason ?? "")
    }
}

public struct ActivateProfileResponse: Equatable, Sendable {
    public var receipt: ChangeReceipt

    public init(_ receipt: ChangeReceipt) {
        self.receipt = receipt
    }
}

extension ActivateProfileResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ActivateProfileResponse>) {
        unsafe portvakt__v1__activate_profile_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ActivateProfileResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.receipt, "receipt"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ActivateProfileResponse>, _ writer: WireWriter) {
        unsafe form.pointee.receipt = unsafe writer.form(receipt)
    }
}
