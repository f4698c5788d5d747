package import CPortvaktProto
package import PortvaktCore

/// Consents and grants that together would make an answer an allow.
struct RemedySet {
    let pieces: [Remedy]

    init(pieces: [Remedy]) { self.pieces = pieces }
}

extension RemedySet: @unsafe WireMessage {
    static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RemedySet>) {
        unsafe portvakt__v1__remedy_set__init(form)
    }

    init(_ form: UnsafePointer<Portvakt__V1__RemedySet>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(pieces: reader.messages(form.pointee.n_pieces, form.pointee.pieces, "pieces"))
    }

    func write(_ form: UnsafeMutablePointer<Portvakt__V1__RemedySet>, _ writer: WireWriter) {
        unsafe (form.pointee.n_pieces, form.pointee.pieces) = unsafe writer.forms(pieces)
    }
}

extension Remedy: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Remedy>) {
        unsafe portvakt__v1__remedy__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Remedy>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.missing, "missing"), about: reader.optionalID(form.pointee.about, "about"),
            to: reader.optional(form.pointee.to, "to"), role: reader.optionalWord(form.pointee.role, "role"),
            givers: reader.messages(form.pointee.n_givers, form.pointee.givers, "givers"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Remedy>, _ writer: WireWriter) {
        unsafe form.pointee.missing = unsafe writer.form(missing)
        unsafe form.pointee.about = unsafe writer.text(about)
        unsafe form.pointee.to = unsafe writer.optional(to)
        unsafe form.pointee.role = writer.word(role)
        unsafe (form.pointee.n_givers, form.pointee.givers) = unsafe writer.forms(givers)
    }
}
