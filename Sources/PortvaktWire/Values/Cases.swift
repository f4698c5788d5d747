package import CPortvaktProto
package import PortvaktCore

extension Case: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Case>) {
        unsafe portvakt__v1__case__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Case>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            subject: reader.id(form.pointee.subject, "subject"),
            controller: reader.id(form.pointee.controller, "controller"),
            level: UInt8(reader.number(form.pointee.level, in: WireLimits.levels, "level")),
            log: reader.word(form.pointee.log, "log"),
            closedAt: reader.optional(form.pointee.closed_at, "closed_at"),
            holder: reader.optionalID(form.pointee.holder, "holder"),
            plan: reader.word(form.pointee.plan, "plan"),
            planKind: reader.optionalWord(form.pointee.plan_kind, "plan_kind"),
            seMegSteps: reader.words(form.pointee.n_se_meg_steps, form.pointee.se_meg_steps, "se_meg_steps"),
            kind: reader.word(form.pointee.kind, "kind"),
            partyByNemnd: form.pointee.party_by_nemnd != 0,
            sensitive: reader.codes(form.pointee.n_sensitive, form.pointee.sensitive, "sensitive"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Case>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.subject = unsafe writer.text(subject)
        unsafe form.pointee.controller = unsafe writer.text(controller)
        unsafe form.pointee.level = UInt32(level)
        unsafe form.pointee.log = writer.word(log)
        unsafe form.pointee.closed_at = unsafe writer.optional(closedAt)
        unsafe form.pointee.holder = unsafe writer.text(holder)
        unsafe form.pointee.plan = writer.word(plan)
        unsafe form.pointee.plan_kind = writer.word(planKind)
        unsafe (form.pointee.n_se_meg_steps, form.pointee.se_meg_steps) = unsafe writer.words(seMegSteps)
        unsafe form.pointee.kind = writer.word(kind)
        unsafe form.pointee.party_by_nemnd = writer.flag(partyByNemnd)
        unsafe (form.pointee.n_sensitive, form.pointee.sensitive) = unsafe writer.texts(sensitive)
    }
}

extension Handover: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Handover>) {
        unsafe portvakt__v1__handover__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Handover>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            caseID: reader.id(form.pointee.case_id, "case_id"),
            from: reader.id(form.pointee.from_holder, "from_holder"),
            to: reader.id(form.pointee.to, "to"),
            state: reader.word(form.pointee.state, "state"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Handover>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.case_id = unsafe writer.text(caseID)
        unsafe form.pointee.from_holder = unsafe writer.text(from)
        unsafe form.pointee.to = unsafe writer.text(to)
        unsafe form.pointee.state = writer.word(state)
    }
}

/// Areas of a plan, where all and none must be told apart.
struct AreaList: Sendable {
    var areas: [Area]
}

extension AreaList: @unsafe WireMessage {
    static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Areas>) {
        unsafe portvakt__v1__areas__init(form)
    }

    init(_ form: UnsafePointer<Portvakt__V1__Areas>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            areas: reader.codes(form.pointee.n_areas, form.pointee.areas, "areas"))
    }

    func write(_ form: UnsafeMutablePointer<Portvakt__V1__Areas>, _ writer: WireWriter) {
        unsafe (form.pointee.n_areas, form.pointee.areas) = unsafe writer.texts(areas)
    }
}

extension Grant: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Grant>) {
        unsafe portvakt__v1__grant__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Grant>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            caseID: reader.id(form.pointee.case_id, "case_id"),
            to: reader.message(form.pointee.to, "to"),
            role: reader.word(form.pointee.role, "role"),
            document: reader.word(form.pointee.document, "document"),
            areas: reader.optional(form.pointee.areas, "areas", as: AreaList.self)?.areas,
            validity: reader.validity(form.pointee.validity, "validity"),
            grantedBy: reader.optional(form.pointee.granted_by, "granted_by"),
            meeting: reader.optionalID(form.pointee.meeting, "meeting"),
            measure: form.pointee.measure != 0,
            revokedAt: reader.optional(form.pointee.revoked_at, "revoked_at"),
            state: reader.optionalWord(form.pointee.state, "state") ?? .granted,
            under: reader.optionalID(form.pointee.under, "under"),
            reason: reader.optionalProse(form.pointee.reason, "reason"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Grant>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.case_id = unsafe writer.text(caseID)
        unsafe form.pointee.to = unsafe writer.form(to)
        unsafe form.pointee.role = writer.word(role)
        unsafe form.pointee.document = writer.word(document)
        unsafe form.pointee.areas = unsafe writer.optional(areas.map(AreaList.init))
        unsafe form.pointee.validity = unsafe writer.optional(validity)
        unsafe form.pointee.granted_by = unsafe writer.optional(grantedBy)
        unsafe form.pointee.meeting = unsafe writer.text(meeting)
        unsafe form.pointee.measure = writer.flag(measure)
        unsafe form.pointee.revoked_at = unsafe writer.optional(revokedAt)
        unsafe form.pointee.state = writer.word(state)
        unsafe form.pointee.under = unsafe writer.text(under)
        unsafe form.pointee.reason = unsafe writer.text(reason ?? "")
    }
}
