package import CPortvaktProto
package import PortvaktCore

extension Meeting: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Meeting>) {
        unsafe portvakt__v1__meeting__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Meeting>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            type: reader.word(form.pointee.type, "type"),
            caseID: reader.optionalID(form.pointee.case_id, "case_id"),
            convenedBy: reader.id(form.pointee.convened_by, "convened_by"),
            invited: reader.messages(form.pointee.n_invited, form.pointee.invited, "invited"),
            present: reader.ids(form.pointee.n_present, form.pointee.present, "present"),
            familyPresent: form.pointee.family_present != 0,
            anonymous: form.pointee.anonymous != 0,
            level: reader.word(form.pointee.level, "level"),
            starts: reader.optional(form.pointee.starts, "starts"),
            endedAt: reader.optional(form.pointee.ended_at, "ended_at"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Meeting>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.type = writer.word(type)
        unsafe form.pointee.case_id = unsafe writer.text(caseID)
        unsafe form.pointee.convened_by = unsafe writer.text(convenedBy)
        unsafe (form.pointee.n_invited, form.pointee.invited) = unsafe writer.forms(invited)
        unsafe (form.pointee.n_present, form.pointee.present) = unsafe writer.texts(present)
        unsafe form.pointee.family_present = writer.flag(familyPresent)
        unsafe form.pointee.anonymous = writer.flag(anonymous)
        unsafe form.pointee.level = writer.word(level)
        unsafe form.pointee.starts = unsafe writer.optional(starts)
        unsafe form.pointee.ended_at = unsafe writer.optional(endedAt)
    }
}

extension Objection: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Objection>) {
        unsafe portvakt__v1__objection__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Objection>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            by: reader.id(form.pointee.by, "by"),
            caseID: reader.id(form.pointee.case_id, "case_id"),
            service: reader.code(form.pointee.service, "service"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Objection>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.by = unsafe writer.text(by)
        unsafe form.pointee.case_id = unsafe writer.text(caseID)
        unsafe form.pointee.service = unsafe writer.text(service)
    }
}

extension Restriction: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Restriction>) {
        unsafe portvakt__v1__restriction__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Restriction>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            subject: reader.id(form.pointee.subject, "subject"),
            against: reader.id(form.pointee.against, "against"),
            kind: reader.word(form.pointee.kind, "kind"),
            until: reader.optional(form.pointee.until, "until"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Restriction>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.subject = unsafe writer.text(subject)
        unsafe form.pointee.against = unsafe writer.text(against)
        unsafe form.pointee.kind = writer.word(kind)
        unsafe form.pointee.until = unsafe writer.optional(until)
    }
}

extension Discussion: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Discussion>) {
        unsafe portvakt__v1__discussion__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Discussion>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            person: reader.id(form.pointee.person, "person"),
            unit: reader.id(form.pointee.unit, "unit"),
            started: reader.message(form.pointee.started, "started"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Discussion>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.person = unsafe writer.text(person)
        unsafe form.pointee.unit = unsafe writer.text(unit)
        unsafe form.pointee.started = unsafe writer.form(started)
    }
}

extension AnonymousDiscussion: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__AnonymousDiscussion>) {
        unsafe portvakt__v1__anonymous_discussion__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__AnonymousDiscussion>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            meeting: reader.id(form.pointee.meeting, "meeting"),
            services: reader.codes(form.pointee.n_services, form.pointee.services, "services"),
            topic: reader.code(form.pointee.topic, "topic"),
            ageBand: reader.word(form.pointee.age_band, "age_band"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__AnonymousDiscussion>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.meeting = unsafe writer.text(meeting)
        unsafe (form.pointee.n_services, form.pointee.services) = unsafe writer.texts(services)
        unsafe form.pointee.topic = unsafe writer.text(topic)
        unsafe form.pointee.age_band = writer.word(ageBand)
    }
}
