package import CPortvaktProto
package import PortvaktCore

/// Something that ended, or was used, at an instant.
struct Ending: Sendable {
    var id: Identifier
    var at: Instant
}

extension Ending: @unsafe WireResponse {
    static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Event__Ending>) {
        unsafe portvakt__v1__event__ending__init(form)
    }

    init(_ form: UnsafePointer<Portvakt__V1__Event__Ending>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.identifier(form.pointee.id, "id"),
            at: Instant(milliseconds: form.pointee.at_ms))
    }

    func write(_ form: UnsafeMutablePointer<Portvakt__V1__Event__Ending>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.at_ms = at.milliseconds
    }
}

/// A policy profile that takes effect.
struct ProfileActivatedEvent: Sendable {
    var name: Identifier
    var hash: [UInt8]
    var from: Instant
    /// Empty: none was stated.
    var reason: String
}

extension ProfileActivatedEvent: @unsafe WireResponse {
    static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Event__ProfileActivated>) {
        unsafe portvakt__v1__event__profile_activated__init(form)
    }

    init(_ form: UnsafePointer<Portvakt__V1__Event__ProfileActivated>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            name: reader.identifier(form.pointee.name, "name"),
            hash: reader.hash(form.pointee.hash, "hash"),
            from: Instant(milliseconds: form.pointee.from_ms), reason: reader.prose(form.pointee.reason, "reason"))
    }

    func write(_ form: UnsafeMutablePointer<Portvakt__V1__Event__ProfileActivated>, _ writer: WireWriter) {
        unsafe form.pointee.name = unsafe writer.text(name)
        unsafe form.pointee.hash = unsafe writer.bytes(hash)
        unsafe form.pointee.from_ms = from.milliseconds
        unsafe form.pointee.reason = unsafe writer.text(reason)
    }
}

extension Event: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Event>) {
        unsafe portvakt__v1__event__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Event>, _ reader: WireReader) throws(WireError) {
        switch unsafe form.pointee.event_case {
        case PORTVAKT__V1__EVENT__EVENT_REGISTERED:
            self = .registered(try unsafe reader.message(form.pointee.registered, "registered"))
        case PORTVAKT__V1__EVENT__EVENT_CONSENT_WITHDRAWN:
            let ending = try unsafe reader.message(form.pointee.consent_withdrawn, "consent_withdrawn", as: Ending.self)
            self = .consentWithdrawn(ID(ending.id), at: ending.at)
        case PORTVAKT__V1__EVENT__EVENT_CONSENT_REVOKED:
            let ending = try unsafe reader.message(form.pointee.consent_revoked, "consent_revoked", as: Ending.self)
            self = .consentRevoked(ID(ending.id), at: ending.at)
        case PORTVAKT__V1__EVENT__EVENT_CONSENT_INVALIDATED:
            self = .consentInvalidated(try unsafe reader.id(form.pointee.consent_invalidated, "consent_invalidated"))
        case PORTVAKT__V1__EVENT__EVENT_CONSENT_SPENT:
            let ending = try unsafe reader.message(form.pointee.consent_spent, "consent_spent", as: Ending.self)
            self = .consentSpent(ID(ending.id), at: ending.at)
        case PORTVAKT__V1__EVENT__EVENT_GRANT_REVOKED:
            let ending = try unsafe reader.message(form.pointee.grant_revoked, "grant_revoked", as: Ending.self)
            self = .grantRevoked(ID(ending.id), at: ending.at)
        case PORTVAKT__V1__EVENT__EVENT_SYSTEM_DISABLED:
            self = .systemDisabled(try unsafe reader.id(form.pointee.system_disabled, "system_disabled"))
        case PORTVAKT__V1__EVENT__EVENT_PROFILE_ACTIVATED:
            let event = try unsafe reader.message(
                form.pointee.profile_activated, "profile_activated", as: ProfileActivatedEvent.self)
            self = .profileActivated(
                name: event.name, hash: event.hash, from: event.from,
                reason: event.reason.isEmpty ? nil : event.reason)
        default: throw WireError(.missing)
        }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Event>, _ writer: WireWriter) {
        switch self {
        case .registered(let record):
            unsafe form.pointee.event_case = PORTVAKT__V1__EVENT__EVENT_REGISTERED
            unsafe form.pointee.registered = unsafe writer.form(record)
        case .consentWithdrawn(let id, let at):
            unsafe form.pointee.event_case = PORTVAKT__V1__EVENT__EVENT_CONSENT_WITHDRAWN
            unsafe form.pointee.consent_withdrawn = unsafe writer.form(Ending(id: id.identifier, at: at))
        case .consentRevoked(let id, let at):
            unsafe form.pointee.event_case = PORTVAKT__V1__EVENT__EVENT_CONSENT_REVOKED
            unsafe form.pointee.consent_revoked = unsafe writer.form(Ending(id: id.identifier, at: at))
        case .consentInvalidated(let id):
            unsafe form.pointee.event_case = PORTVAKT__V1__EVENT__EVENT_CONSENT_INVALIDATED
            unsafe form.pointee.consent_invalidated = unsafe writer.text(id)
        case .consentSpent(let id, let at):
            unsafe form.pointee.event_case = PORTVAKT__V1__EVENT__EVENT_CONSENT_SPENT
            unsafe form.pointee.consent_spent = unsafe writer.form(Ending(id: id.identifier, at: at))
        case .grantRevoked(let id, let at):
            unsafe form.pointee.event_case = PORTVAKT__V1__EVENT__EVENT_GRANT_REVOKED
            unsafe form.pointee.grant_revoked = unsafe writer.form(Ending(id: id.identifier, at: at))
        case .systemDisabled(let id):
            unsafe form.pointee.event_case = PORTVAKT__V1__EVENT__EVENT_SYSTEM_DISABLED
            unsafe form.pointee.system_disabled = unsafe writer.text(id)
        case .profileActivated(let name, let hash, let from, let reason):
            unsafe form.pointee.event_case = PORTVAKT__V1__EVENT__EVENT_PROFILE_ACTIVATED
            unsafe form.pointee.profile_activated = unsafe writer.form(
                ProfileActivatedEvent(name: name, hash: hash, from: from, reason: reason ?? ""))
        }
    }
}
