package import CPortvaktProto
package import PortvaktCore

extension Party: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Party>) {
        unsafe portvakt__v1__party__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Party>, _ reader: WireReader) throws(WireError) {
        switch unsafe form.pointee.party_case {
        case PORTVAKT__V1__PARTY__PARTY_PERSON: self = .person(try unsafe reader.id(form.pointee.person, "person"))
        case PORTVAKT__V1__PARTY__PARTY_UNIT: self = .unit(try unsafe reader.id(form.pointee.unit, "unit"))
        case PORTVAKT__V1__PARTY__PARTY_EMPLOYMENT:
            self = .employment(try unsafe reader.id(form.pointee.employment, "employment"))
        default: throw WireError(.missing)
        }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Party>, _ writer: WireWriter) {
        switch self {
        case .person(let id):
            unsafe form.pointee.party_case = PORTVAKT__V1__PARTY__PARTY_PERSON
            unsafe form.pointee.person = unsafe writer.text(id)
        case .unit(let id):
            unsafe form.pointee.party_case = PORTVAKT__V1__PARTY__PARTY_UNIT
            unsafe form.pointee.unit = unsafe writer.text(id)
        case .employment(let id):
            unsafe form.pointee.party_case = PORTVAKT__V1__PARTY__PARTY_EMPLOYMENT
            unsafe form.pointee.employment = unsafe writer.text(id)
        }
    }
}

extension Actor: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Actor>) {
        unsafe portvakt__v1__actor__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Actor>, _ reader: WireReader) throws(WireError) {
        switch unsafe form.pointee.actor_case {
        case PORTVAKT__V1__ACTOR__ACTOR_EMPLOYMENT:
            self = .employment(try unsafe reader.id(form.pointee.employment, "employment"))
        case PORTVAKT__V1__ACTOR__ACTOR_PERSON: self = .person(try unsafe reader.id(form.pointee.person, "person"))
        case PORTVAKT__V1__ACTOR__ACTOR_PROXY: self = .proxy(try unsafe reader.id(form.pointee.proxy, "proxy"))
        default: throw WireError(.missing)
        }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Actor>, _ writer: WireWriter) {
        switch self {
        case .employment(let id):
            unsafe form.pointee.actor_case = PORTVAKT__V1__ACTOR__ACTOR_EMPLOYMENT
            unsafe form.pointee.employment = unsafe writer.text(id)
        case .person(let id):
            unsafe form.pointee.actor_case = PORTVAKT__V1__ACTOR__ACTOR_PERSON
            unsafe form.pointee.person = unsafe writer.text(id)
        case .proxy(let id):
            unsafe form.pointee.actor_case = PORTVAKT__V1__ACTOR__ACTOR_PROXY
            unsafe form.pointee.proxy = unsafe writer.text(id)
        }
    }
}

extension Object: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Object>) {
        unsafe portvakt__v1__object__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Object>, _ reader: WireReader) throws(WireError) {
        switch unsafe form.pointee.object_case {
        case PORTVAKT__V1__OBJECT__OBJECT_CASE_ID: self = .caseID(try unsafe reader.id(form.pointee.case_id, "case_id"))
        case PORTVAKT__V1__OBJECT__OBJECT_MEETING:
            self = .meeting(try unsafe reader.id(form.pointee.meeting, "meeting"))
        case PORTVAKT__V1__OBJECT__OBJECT_PERSON: self = .person(try unsafe reader.id(form.pointee.person, "person"))
        case PORTVAKT__V1__OBJECT__OBJECT_CONTROLLER:
            self = .controller(try unsafe reader.id(form.pointee.controller, "controller"))
        default: throw WireError(.missing)
        }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Object>, _ writer: WireWriter) {
        switch self {
        case .caseID(let id):
            unsafe form.pointee.object_case = PORTVAKT__V1__OBJECT__OBJECT_CASE_ID
            unsafe form.pointee.case_id = unsafe writer.text(id)
        case .meeting(let id):
            unsafe form.pointee.object_case = PORTVAKT__V1__OBJECT__OBJECT_MEETING
            unsafe form.pointee.meeting = unsafe writer.text(id)
        case .person(let id):
            unsafe form.pointee.object_case = PORTVAKT__V1__OBJECT__OBJECT_PERSON
            unsafe form.pointee.person = unsafe writer.text(id)
        case .controller(let id):
            unsafe form.pointee.object_case = PORTVAKT__V1__OBJECT__OBJECT_CONTROLLER
            unsafe form.pointee.controller = unsafe writer.text(id)
        }
    }
}

extension Recipient: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Recipient>) {
        unsafe portvakt__v1__recipient__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Recipient>, _ reader: WireReader) throws(WireError) {
        switch unsafe form.pointee.recipient_case {
        case PORTVAKT__V1__RECIPIENT__RECIPIENT_UNIT: self = .unit(try unsafe reader.id(form.pointee.unit, "unit"))
        case PORTVAKT__V1__RECIPIENT__RECIPIENT_SERVICE:
            self = .service(try unsafe reader.code(form.pointee.service, "service"))
        case PORTVAKT__V1__RECIPIENT__RECIPIENT_PERSON:
            self = .person(try unsafe reader.id(form.pointee.person, "person"))
        default: throw WireError(.missing)
        }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Recipient>, _ writer: WireWriter) {
        switch self {
        case .unit(let id):
            unsafe form.pointee.recipient_case = PORTVAKT__V1__RECIPIENT__RECIPIENT_UNIT
            unsafe form.pointee.unit = unsafe writer.text(id)
        case .service(let code):
            unsafe form.pointee.recipient_case = PORTVAKT__V1__RECIPIENT__RECIPIENT_SERVICE
            unsafe form.pointee.service = unsafe writer.text(code)
        case .person(let id):
            unsafe form.pointee.recipient_case = PORTVAKT__V1__RECIPIENT__RECIPIENT_PERSON
            unsafe form.pointee.person = unsafe writer.text(id)
        }
    }
}

extension IdentityAttempt: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__IdentityAttempt>) {
        unsafe portvakt__v1__identity_attempt__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__IdentityAttempt>, _ reader: WireReader) throws(WireError) {
        switch unsafe form.pointee.attempt_case {
        case PORTVAKT__V1__IDENTITY_ATTEMPT__ATTEMPT_PERSON:
            self = .person(try unsafe reader.id(form.pointee.person, "person"))
        case PORTVAKT__V1__IDENTITY_ATTEMPT__ATTEMPT_FREE_TEXT where unsafe form.pointee.free_text != 0:
            self = .freeText
        default: throw WireError(.missing)
        }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__IdentityAttempt>, _ writer: WireWriter) {
        switch self {
        case .person(let id):
            unsafe form.pointee.attempt_case = PORTVAKT__V1__IDENTITY_ATTEMPT__ATTEMPT_PERSON
            unsafe form.pointee.person = unsafe writer.text(id)
        case .freeText:
            unsafe form.pointee.attempt_case = PORTVAKT__V1__IDENTITY_ATTEMPT__ATTEMPT_FREE_TEXT
            unsafe form.pointee.free_text = 1
        }
    }
}
