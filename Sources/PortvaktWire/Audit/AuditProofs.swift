package import CPortvaktProto

/// `Audit.Prove`: that an entry stands in the signed log.
public struct ProveRequest: Equatable, Sendable {
    public var stream: String
    public var index: UInt64
    public var reader: StatedReader?

    public init(stream: String, index: UInt64, reader: StatedReader? = nil) {
        self.stream = stream
        self.index = index
        self.reader = reader
    }
}

extension ProveRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ProveRequest>) {
        unsafe portvakt__v1__prove_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ProveRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            stream: reader.name(form.pointee.stream, "stream"), index: form.pointee.index,
            reader: reader.optional(form.pointee.reader, "reader"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ProveRequest>, _ writer: WireWriter) {
        unsafe form.pointee.stream = unsafe writer.text(stream)
        unsafe form.pointee.index = index
        unsafe form.pointee.reader = unsafe writer.optional(reader)
    }
}

public struct ProveResponse: Equatable, Sendable {
    /// A C2SP tlog-proof: text.
    public var proof: [UInt8]

    public init(proof: [UInt8]) { self.proof = proof }
}

extension ProveResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ProveResponse>) {
        unsafe portvakt__v1__prove_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ProveResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(proof: reader.bytes(form.pointee.proof, "proof", limit: WireLimits.noteBytes))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ProveResponse>, _ writer: WireWriter) {
        unsafe form.pointee.proof = unsafe writer.bytes(proof)
    }
}

/// A head that the reader has kept.
public struct KnownHead: Equatable, Sendable {
    public var stream: String
    public var size: UInt64

    public init(stream: String, size: UInt64) {
        self.stream = stream
        self.size = size
    }
}

extension KnownHead: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__KnownHead>) {
        unsafe portvakt__v1__known_head__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__KnownHead>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(stream: reader.name(form.pointee.stream, "stream"), size: form.pointee.size)
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__KnownHead>, _ writer: WireWriter) {
        unsafe form.pointee.stream = unsafe writer.text(stream)
        unsafe form.pointee.size = size
    }
}

/// `Audit.Checkpoint`: the newest signed heads.
public struct CheckpointRequest: Equatable, Sendable {
    public var known: [KnownHead]
    public var reader: StatedReader?

    public init(known: [KnownHead] = [], reader: StatedReader? = nil) {
        self.known = known
        self.reader = reader
    }
}

extension CheckpointRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__CheckpointRequest>) {
        unsafe portvakt__v1__checkpoint_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__CheckpointRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            known: reader.messages(form.pointee.n_known, form.pointee.known, "known"),
            reader: reader.optional(form.pointee.reader, "reader"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__CheckpointRequest>, _ writer: WireWriter) {
        unsafe (form.pointee.n_known, form.pointee.known) = unsafe writer.forms(known)
        unsafe form.pointee.reader = unsafe writer.optional(reader)
    }
}

public struct CheckpointResponse: Equatable, Sendable {
    public var heads: [SignedHead]

    public init(heads: [SignedHead]) { self.heads = heads }
}

extension CheckpointResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__CheckpointResponse>) {
        unsafe portvakt__v1__checkpoint_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__CheckpointResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(heads: reader.messages(form.pointee.n_heads, form.pointee.heads, "heads"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__CheckpointResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_heads, form.pointee.heads) = unsafe writer.forms(heads)
    }
}

/// A signed head of one stream.
public struct SignedHead: Equatable, Sendable {
    public var stream: String
    /// A C2SP tlog-checkpoint: text.
    public var note: [UInt8]
    /// Consistency with the known head, SHA-256 each; empty when there is nothing to prove, or no proof.
    public var path: [UInt8]

    public init(stream: String, note: [UInt8], path: [UInt8] = []) {
        self.stream = stream
        self.note = note
        self.path = path
    }
}

extension SignedHead: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__SignedHead>) {
        unsafe portvakt__v1__signed_head__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__SignedHead>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            stream: reader.name(form.pointee.stream, "stream"),
            note: reader.bytes(form.pointee.note, "note", limit: WireLimits.noteBytes),
            path: reader.bytes(form.pointee.path, "path", limit: 2 * WireLimits.proofBytes))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__SignedHead>, _ writer: WireWriter) {
        unsafe form.pointee.stream = unsafe writer.text(stream)
        unsafe form.pointee.note = unsafe writer.bytes(note)
        unsafe form.pointee.path = unsafe writer.bytes(path)
    }
}
