package import CPortvaktProto
package import PortvaktCore

extension Controller: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Controller>) {
        unsafe portvakt__v1__controller__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Controller>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            kind: reader.word(form.pointee.kind, "kind"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Controller>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.kind = writer.word(kind)
    }
}

extension Unit: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Unit>) {
        unsafe portvakt__v1__unit__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Unit>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            service: reader.code(form.pointee.service, "service"),
            controller: reader.id(form.pointee.controller, "controller"),
            organ: reader.optionalID(form.pointee.organ, "organ"),
            namedIn: reader.optionalID(form.pointee.named_in, "named_in"),
            closedAt: reader.optional(form.pointee.closed_at, "closed_at"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Unit>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.service = unsafe writer.text(service)
        unsafe form.pointee.controller = unsafe writer.text(controller)
        unsafe form.pointee.organ = unsafe writer.text(organ)
        unsafe form.pointee.named_in = unsafe writer.text(namedIn)
        unsafe form.pointee.closed_at = unsafe writer.optional(closedAt)
    }
}

extension Person: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Person>) {
        unsafe portvakt__v1__person__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Person>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            born: reader.optionalDate(form.pointee.born, "born"),
            protection: reader.word(form.pointee.protection, "protection"),
            hiddenFrom: reader.ids(form.pointee.n_hidden_from, form.pointee.hidden_from, "hidden_from"),
            deceased: reader.optional(form.pointee.deceased, "deceased"),
            circle: reader.ids(form.pointee.n_circle, form.pointee.circle, "circle"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Person>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.born = unsafe writer.text(born?.description ?? "")
        unsafe form.pointee.protection = writer.word(protection)
        unsafe (form.pointee.n_hidden_from, form.pointee.hidden_from) = unsafe writer.texts(hiddenFrom)
        unsafe form.pointee.deceased = unsafe writer.optional(deceased)
        unsafe (form.pointee.n_circle, form.pointee.circle) = unsafe writer.texts(circle)
    }
}

extension Relation: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Relation>) {
        unsafe portvakt__v1__relation__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Relation>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            a: reader.id(form.pointee.a, "a"),
            b: reader.id(form.pointee.b, "b"),
            kind: reader.word(form.pointee.kind, "kind"),
            declared: reader.word(form.pointee.declared, "declared"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Relation>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.a = unsafe writer.text(a)
        unsafe form.pointee.b = unsafe writer.text(b)
        unsafe form.pointee.kind = writer.word(kind)
        unsafe form.pointee.declared = writer.word(declared)
    }
}

extension Authority: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Authority>) {
        unsafe portvakt__v1__authority__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Authority>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            holder: reader.message(form.pointee.holder, "holder"),
            over: reader.id(form.pointee.over, "over"),
            kind: reader.word(form.pointee.kind, "kind"),
            mandate: reader.words(form.pointee.n_mandate, form.pointee.mandate, "mandate"),
            status: reader.word(form.pointee.status, "status"),
            resident: form.pointee.resident != 0,
            sole: form.pointee.sole != 0,
            validity: reader.validity(form.pointee.validity, "validity"),
            document: reader.optionalIdentifier(form.pointee.document, "document"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Authority>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.holder = unsafe writer.form(holder)
        unsafe form.pointee.over = unsafe writer.text(over)
        unsafe form.pointee.kind = writer.word(kind)
        unsafe (form.pointee.n_mandate, form.pointee.mandate) = unsafe writer.words(mandate)
        unsafe form.pointee.status = writer.word(status)
        unsafe form.pointee.resident = writer.flag(resident)
        unsafe form.pointee.sole = writer.flag(sole)
        unsafe form.pointee.validity = unsafe writer.optional(validity)
        unsafe form.pointee.document = unsafe writer.text(document)
    }
}

extension Capacity: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Capacity>) {
        unsafe portvakt__v1__capacity__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Capacity>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            person: reader.id(form.pointee.person, "person"),
            fact: reader.word(form.pointee.fact, "fact"),
            by: reader.optionalID(form.pointee.by, "by"),
            document: reader.optionalIdentifier(form.pointee.document, "document"),
            validity: reader.validity(form.pointee.validity, "validity"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Capacity>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.person = unsafe writer.text(person)
        unsafe form.pointee.fact = writer.word(fact)
        unsafe form.pointee.by = unsafe writer.text(by)
        unsafe form.pointee.document = unsafe writer.text(document)
        unsafe form.pointee.validity = unsafe writer.optional(validity)
    }
}

extension Employment: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Employment>) {
        unsafe portvakt__v1__employment__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Employment>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            person: reader.id(form.pointee.person, "person"),
            unit: reader.id(form.pointee.unit, "unit"),
            role: reader.word(form.pointee.role, "role"),
            forController: reader.optionalID(form.pointee.for_controller, "for_controller"),
            validity: reader.validity(form.pointee.validity, "validity"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Employment>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.person = unsafe writer.text(person)
        unsafe form.pointee.unit = unsafe writer.text(unit)
        unsafe form.pointee.role = writer.word(role)
        unsafe form.pointee.for_controller = unsafe writer.text(forController)
        unsafe form.pointee.validity = unsafe writer.optional(validity)
    }
}

extension WireReader {
    /// A date; `nil` when the text is empty.
    func optionalDate(_ text: UnsafeMutablePointer<CChar>?, _ field: StaticString) throws(WireError) -> CivilDate? {
        guard let text = try unsafe optionalProse(text, field) else { return nil }
        guard let date = CivilDate(text) else { throw WireError(.notADate, field: "\(field)") }
        return date
    }
}
