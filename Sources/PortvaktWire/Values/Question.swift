package import CPortvaktProto
package import PortvaktCore

extension EntryLabels: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__EntryLabels>) {
        unsafe portvakt__v1__entry_labels__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__EntryLabels>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            category: reader.word(form.pointee.category, "category"),
            about: reader.ids(form.pointee.n_about, form.pointee.about, "about"),
            author: reader.id(form.pointee.author, "author"),
            topics: reader.codes(form.pointee.n_topics, form.pointee.topics, "topics"),
            withheld: reader.optionalWord(form.pointee.withheld, "withheld"),
            withheldUntil: reader.optional(form.pointee.withheld_until, "withheld_until"),
            neededForFa: form.pointee.needed_for_fa != 0,
            sameTreatment: form.pointee.same_treatment != 0)
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__EntryLabels>, _ writer: WireWriter) {
        unsafe form.pointee.category = writer.word(category)
        unsafe (form.pointee.n_about, form.pointee.about) = unsafe writer.texts(about)
        unsafe form.pointee.author = unsafe writer.text(author)
        unsafe (form.pointee.n_topics, form.pointee.topics) = unsafe writer.texts(topics)
        unsafe form.pointee.withheld = writer.word(withheld)
        unsafe form.pointee.withheld_until = unsafe writer.optional(withheldUntil)
        unsafe form.pointee.needed_for_fa = writer.flag(neededForFa)
        unsafe form.pointee.same_treatment = writer.flag(sameTreatment)
    }
}

extension Emergency: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Emergency>) {
        unsafe portvakt__v1__emergency__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Emergency>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reason: reader.prose(form.pointee.reason, "reason"),
            anonymisedInsufficient: form.pointee.anonymised_insufficient != 0,
            minutes: reader.number(form.pointee.minutes, in: WireLimits.emergencyMinutes, "minutes"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Emergency>, _ writer: WireWriter) {
        unsafe form.pointee.reason = unsafe writer.text(reason)
        unsafe form.pointee.anonymised_insufficient = writer.flag(anonymisedInsufficient)
        unsafe form.pointee.minutes = minutes
    }
}

extension Question: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Question>) {
        unsafe portvakt__v1__question__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Question>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            actor: reader.message(form.pointee.actor, "actor"),
            action: reader.word(form.pointee.action, "action"),
            object: reader.message(form.pointee.object, "object"),
            assurance: reader.word(form.pointee.assurance, "assurance"),
            purpose: reader.word(form.pointee.purpose, "purpose"),
            area: reader.optionalCode(form.pointee.area, "area"),
            entry: reader.optional(form.pointee.entry, "entry"),
            participant: reader.optional(form.pointee.participant, "participant"),
            successor: reader.optionalID(form.pointee.successor, "successor"),
            consent: reader.optional(form.pointee.consent, "consent"),
            recipient: reader.optional(form.pointee.recipient, "recipient"),
            ground: reader.optionalWord(form.pointee.ground, "ground"),
            necessity: reader.optionalProse(form.pointee.necessity, "necessity"),
            document: reader.optionalIdentifier(form.pointee.document, "document"),
            need: form.pointee.need != 0,
            identifies: reader.optional(form.pointee.identifies, "identifies"),
            decides: reader.optionalWord(form.pointee.decides, "decides"),
            emergency: reader.optional(form.pointee.emergency, "emergency"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Question>, _ writer: WireWriter) {
        unsafe form.pointee.actor = unsafe writer.form(actor)
        unsafe form.pointee.action = writer.word(action)
        unsafe form.pointee.object = unsafe writer.form(object)
        unsafe form.pointee.assurance = writer.word(assurance)
        unsafe form.pointee.purpose = writer.word(purpose)
        unsafe form.pointee.need = writer.flag(need)
        unsafe form.pointee.area = unsafe writer.text(area)
        unsafe form.pointee.entry = unsafe writer.optional(entry)
        unsafe form.pointee.participant = unsafe writer.optional(participant)
        unsafe form.pointee.successor = unsafe writer.text(successor)
        unsafe form.pointee.consent = unsafe writer.optional(consent)
        unsafe form.pointee.recipient = unsafe writer.optional(recipient)
        unsafe form.pointee.ground = writer.word(ground)
        unsafe form.pointee.necessity = unsafe writer.text(necessity ?? "")
        unsafe form.pointee.document = unsafe writer.text(document)
        unsafe form.pointee.identifies = unsafe writer.optional(identifies)
        unsafe form.pointee.decides = writer.word(decides)
        unsafe form.pointee.emergency = unsafe writer.optional(emergency)
    }
}
