package import CPortvaktProto
public import PortvaktCore

/// An access to a case, as somebody has it.
public struct HeldAccess: Equatable, Sendable {
    public var access: Access
    public var caseID: CaseID

    public init(_ access: Access, to caseID: CaseID) {
        self.access = access
        self.caseID = caseID
    }
}

extension HeldAccess: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__HeldAccess>) {
        unsafe portvakt__v1__held_access__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__HeldAccess>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            Access(
                actor: reader.message(form.pointee.actor, "actor"), action: reader.word(form.pointee.action, "action"),
                object: reader.message(form.pointee.object, "object"),
                purpose: reader.optionalWord(form.pointee.purpose, "purpose") ?? .samordning,
                basis: reader.word(form.pointee.basis, "basis"),
                until: reader.optional(form.pointee.until, "until")),
            to: reader.id(form.pointee.case_id, "case_id"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__HeldAccess>, _ writer: WireWriter) {
        unsafe form.pointee.actor = unsafe writer.form(access.actor)
        unsafe form.pointee.action = writer.word(access.action)
        unsafe form.pointee.object = unsafe writer.form(access.object)
        unsafe form.pointee.purpose = writer.word(access.purpose)
        unsafe form.pointee.basis = writer.word(access.basis)
        unsafe form.pointee.until = unsafe writer.optional(access.until)
        unsafe form.pointee.case_id = unsafe writer.text(caseID)
    }
}

/// `Foresight.Who`: everyone who has access to a case.
public struct WhoRequest: Equatable, Sendable {
    public var caseID: CaseID
    public var page: PageRequest

    public init(caseID: CaseID, page: PageRequest = .first) {
        self.caseID = caseID
        self.page = page
    }
}

extension WhoRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__WhoRequest>) {
        unsafe portvakt__v1__who_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__WhoRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            caseID: reader.id(form.pointee.case_id, "case_id"), page: reader.page(form.pointee.page))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__WhoRequest>, _ writer: WireWriter) {
        unsafe form.pointee.case_id = unsafe writer.text(caseID)
        unsafe form.pointee.page = unsafe writer.optional(page)
    }
}

public struct WhoResponse: Equatable, Sendable {
    public var accesses: [HeldAccess]
    public var page: Page
    /// The actions that were looked at: an access by any other is not listed.
    public var actions: [Action]
    /// The purposes that reading a log was looked at for.
    public var purposes: [Purpose]

    public init(_ accesses: [HeldAccess], page: Page, actions: [Action] = [], purposes: [Purpose] = []) {
        self.accesses = accesses
        self.page = page
        self.actions = actions
        self.purposes = purposes
    }
}

extension WhoResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__WhoResponse>) {
        unsafe portvakt__v1__who_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__WhoResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.messages(form.pointee.n_accesses, form.pointee.accesses, "accesses", limit: WireLimits.pageItems),
            page: reader.message(form.pointee.page, "page"),
            actions: reader.words(form.pointee.n_actions, form.pointee.actions, "actions"),
            purposes: reader.words(form.pointee.n_purposes, form.pointee.purposes, "purposes"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__WhoResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_accesses, form.pointee.accesses) = unsafe writer.forms(accesses)
        unsafe form.pointee.page = unsafe writer.form(page)
        unsafe (form.pointee.n_actions, form.pointee.actions) = unsafe writer.words(actions)
        unsafe (form.pointee.n_purposes, form.pointee.purposes) = unsafe writer.words(purposes)
    }
}

/// `Foresight.What`: everything that an actor has access to.
public struct WhatRequest: Equatable, Sendable {
    public var actor: Actor
    public var page: PageRequest

    public init(actor: Actor, page: PageRequest = .first) {
        self.actor = actor
        self.page = page
    }
}

extension WhatRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__WhatRequest>) {
        unsafe portvakt__v1__what_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__WhatRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            actor: reader.message(form.pointee.actor, "actor"), page: reader.page(form.pointee.page))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__WhatRequest>, _ writer: WireWriter) {
        unsafe form.pointee.actor = unsafe writer.form(actor)
        unsafe form.pointee.page = unsafe writer.optional(page)
    }
}

public struct WhatResponse: Equatable, Sendable {
    public var accesses: [HeldAccess]
    public var page: Page
    /// The actions that were looked at: an access by any other is not listed.
    public var actions: [Action]
    /// The purposes that reading a log was looked at for.
    public var purposes: [Purpose]

    public init(_ accesses: [HeldAccess], page: Page, actions: [Action] = [], purposes: [Purpose] = []) {
        self.accesses = accesses
        self.page = page
        self.actions = actions
        self.purposes = purposes
    }
}

extension WhatResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__WhatResponse>) {
        unsafe portvakt__v1__what_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__WhatResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.messages(form.pointee.n_accesses, form.pointee.accesses, "accesses", limit: WireLimits.pageItems),
            page: reader.message(form.pointee.page, "page"),
            actions: reader.words(form.pointee.n_actions, form.pointee.actions, "actions"),
            purposes: reader.words(form.pointee.n_purposes, form.pointee.purposes, "purposes"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__WhatResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_accesses, form.pointee.accesses) = unsafe writer.forms(accesses)
        unsafe form.pointee.page = unsafe writer.form(page)
        unsafe (form.pointee.n_actions, form.pointee.actions) = unsafe writer.words(actions)
        unsafe (form.pointee.n_purposes, form.pointee.purposes) = unsafe writer.words(purposes)
    }
}
