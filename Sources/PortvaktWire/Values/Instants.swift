package import CPortvaktProto
package import PortvaktCore

extension Instant: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Instant>) {
        unsafe portvakt__v1__instant__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Instant>, _ reader: WireReader) throws(WireError) {
        self.init(
            milliseconds: try reader.number(
                unsafe form.pointee.milliseconds, in: WireLimits.instants, "milliseconds"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Instant>, _ writer: WireWriter) {
        unsafe form.pointee.milliseconds = milliseconds
    }
}

extension Validity: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Validity>) {
        unsafe portvakt__v1__validity__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Validity>, _ reader: WireReader) throws(WireError) {
        self.init(
            from: try unsafe reader.optional(form.pointee.from, "from") ?? .distantPast,
            until: try unsafe reader.optional(form.pointee.until, "until") ?? .distantFuture)
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Validity>, _ writer: WireWriter) {
        unsafe form.pointee.from = unsafe writer.optional(from == .distantPast ? nil : from)
        unsafe form.pointee.until = unsafe writer.optional(until == .distantFuture ? nil : until)
    }
}

extension WireReader {
    /// A validity; always when there is none.
    func validity(
        _ form: UnsafeMutablePointer<Portvakt__V1__Validity>?, _ field: StaticString
    ) throws(WireError) -> Validity {
        try unsafe optional(form, field) ?? .always
    }
}

extension WireWriter {
    /// A validity; none when it is always.
    func optional(_ validity: Validity) -> UnsafeMutablePointer<Portvakt__V1__Validity>? {
        unsafe optional(validity == .always ? nil : Optional(validity))
    }
}
