package import CPortvaktProto
package import PortvaktCore

extension Record: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Record>) {
        unsafe portvakt__v1__record__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Record>, _ reader: WireReader) throws(WireError) {
        switch unsafe form.pointee.record_case {
        case PORTVAKT__V1__RECORD__RECORD_CONTROLLER:
            self = .controller(try unsafe reader.message(form.pointee.controller, "controller"))
        case PORTVAKT__V1__RECORD__RECORD_UNIT:
            self = .unit(try unsafe reader.message(form.pointee.unit, "unit"))
        case PORTVAKT__V1__RECORD__RECORD_PERSON:
            self = .person(try unsafe reader.message(form.pointee.person, "person"))
        case PORTVAKT__V1__RECORD__RECORD_RELATION:
            self = .relation(try unsafe reader.message(form.pointee.relation, "relation"))
        case PORTVAKT__V1__RECORD__RECORD_AUTHORITY:
            self = .authority(try unsafe reader.message(form.pointee.authority, "authority"))
        case PORTVAKT__V1__RECORD__RECORD_CAPACITY:
            self = .capacity(try unsafe reader.message(form.pointee.capacity, "capacity"))
        case PORTVAKT__V1__RECORD__RECORD_EMPLOYMENT:
            self = .employment(try unsafe reader.message(form.pointee.employment, "employment"))
        case PORTVAKT__V1__RECORD__RECORD_CASE_RECORD:
            self = .caseRecord(try unsafe reader.message(form.pointee.case_record, "case_record"))
        case PORTVAKT__V1__RECORD__RECORD_HANDOVER:
            self = .handover(try unsafe reader.message(form.pointee.handover, "handover"))
        case PORTVAKT__V1__RECORD__RECORD_GRANT:
            self = .grant(try unsafe reader.message(form.pointee.grant, "grant"))
        case PORTVAKT__V1__RECORD__RECORD_CONSENT:
            self = .consent(try unsafe reader.message(form.pointee.consent, "consent"))
        case PORTVAKT__V1__RECORD__RECORD_MEETING:
            self = .meeting(try unsafe reader.message(form.pointee.meeting, "meeting"))
        case PORTVAKT__V1__RECORD__RECORD_OBJECTION:
            self = .objection(try unsafe reader.message(form.pointee.objection, "objection"))
        case PORTVAKT__V1__RECORD__RECORD_RESTRICTION:
            self = .restriction(try unsafe reader.message(form.pointee.restriction, "restriction"))
        case PORTVAKT__V1__RECORD__RECORD_DISCUSSION:
            self = .discussion(try unsafe reader.message(form.pointee.discussion, "discussion"))
        case PORTVAKT__V1__RECORD__RECORD_SYSTEM:
            self = .system(try unsafe reader.message(form.pointee.system, "system"))
        case PORTVAKT__V1__RECORD__RECORD_ANONYMOUS_DISCUSSION:
            self = .anonymousDiscussion(
                try unsafe reader.message(form.pointee.anonymous_discussion, "anonymous_discussion"))
        default: throw WireError(.missing)
        }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Record>, _ writer: WireWriter) {
        switch self {
        case .controller(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_CONTROLLER
            unsafe form.pointee.controller = unsafe writer.form(record)
        case .unit(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_UNIT
            unsafe form.pointee.unit = unsafe writer.form(record)
        case .person(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_PERSON
            unsafe form.pointee.person = unsafe writer.form(record)
        case .relation(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_RELATION
            unsafe form.pointee.relation = unsafe writer.form(record)
        case .authority(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_AUTHORITY
            unsafe form.pointee.authority = unsafe writer.form(record)
        case .capacity(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_CAPACITY
            unsafe form.pointee.capacity = unsafe writer.form(record)
        case .employment(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_EMPLOYMENT
            unsafe form.pointee.employment = unsafe writer.form(record)
        case .caseRecord(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_CASE_RECORD
            unsafe form.pointee.case_record = unsafe writer.form(record)
        case .handover(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_HANDOVER
            unsafe form.pointee.handover = unsafe writer.form(record)
        case .grant(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_GRANT
            unsafe form.pointee.grant = unsafe writer.form(record)
        case .consent(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_CONSENT
            unsafe form.pointee.consent = unsafe writer.form(record)
        case .meeting(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_MEETING
            unsafe form.pointee.meeting = unsafe writer.form(record)
        case .objection(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_OBJECTION
            unsafe form.pointee.objection = unsafe writer.form(record)
        case .restriction(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_RESTRICTION
            unsafe form.pointee.restriction = unsafe writer.form(record)
        case .discussion(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_DISCUSSION
            unsafe form.pointee.discussion = unsafe writer.form(record)
        case .system(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_SYSTEM
            unsafe form.pointee.system = unsafe writer.form(record)
        case .anonymousDiscussion(let record):
            unsafe form.pointee.record_case = PORTVAKT__V1__RECORD__RECORD_ANONYMOUS_DISCUSSION
            unsafe form.pointee.anonymous_discussion = unsafe writer.form(record)
        }
    }
}
