/// What has a form on the wire: a message of the proto files, and the value it stands for.
package protocol WireMessage: Sendable {
    /// The structure that protobuf-c generates for the message.
    associatedtype Form
    /// The generated function that gives every field its default.
    static func initialize(_ form: UnsafeMutablePointer<Form>)
    /// Fields that this release does not know are refused. So it is but for answers, which a newer server may extend.
    static var refusesUnknownFields: Bool { get }
    /// Takes the value from the structure.
    /// - Throws: naming the field.
    init(_ form: UnsafePointer<Form>, _ reader: WireReader) throws(WireError)
    /// Takes the value from packed bytes without a structure, for the few messages of which that is worth it.
    /// - Returns: `nil` when the structure is to be used, as always when something is wrong.
    static func unpackedAtOnce(_ bytes: UnsafeRawBufferPointer, _ coder: WireCoder) -> Self?
    /// Puts the value into an initialized structure.
    func write(_ form: UnsafeMutablePointer<Form>, _ writer: WireWriter)
}

extension WireMessage {
    package static var refusesUnknownFields: Bool { true }

    package static func unpackedAtOnce(_ bytes: UnsafeRawBufferPointer, _ coder: WireCoder) -> Self? { nil }
}

/// A message that a server sends.
package protocol WireResponse: WireMessage {}

extension WireResponse {
    package static var refusesUnknownFields: Bool { false }
}
