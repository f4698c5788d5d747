package import CPortvaktProto
package import PortvaktCore

/// Actions, where all and none must be told apart.
struct ActionList: Sendable {
    var actions: [Action]
}

extension ActionList: @unsafe WireMessage {
    static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Actions>) {
        unsafe portvakt__v1__actions__init(form)
    }

    init(_ form: UnsafePointer<Portvakt__V1__Actions>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            actions: reader.words(form.pointee.n_actions, form.pointee.actions, "actions"))
    }

    func write(_ form: UnsafeMutablePointer<Portvakt__V1__Actions>, _ writer: WireWriter) {
        unsafe (form.pointee.n_actions, form.pointee.actions) = unsafe writer.words(actions)
    }
}

extension System: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__System>) {
        unsafe portvakt__v1__system__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__System>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            identity: reader.systemIdentity(form.pointee.identity, "identity"),
            controllers: reader.ids(form.pointee.n_controllers, form.pointee.controllers, "controllers"),
            permissions: reader.words(form.pointee.n_permissions, form.pointee.permissions, "permissions"),
            actions: reader.optional(form.pointee.actions, "actions", as: ActionList.self)?.actions,
            active: form.pointee.active != 0)
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__System>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.identity = unsafe writer.text(identity.text)
        unsafe (form.pointee.n_controllers, form.pointee.controllers) = unsafe writer.texts(controllers)
        unsafe (form.pointee.n_permissions, form.pointee.permissions) = unsafe writer.words(permissions)
        unsafe form.pointee.actions = unsafe writer.optional(actions.map(ActionList.init))
        unsafe form.pointee.active = writer.flag(active)
    }
}

extension WireReader {
    func systemIdentity(_ text: UnsafeMutablePointer<CChar>?, _ field: StaticString) throws(WireError)
        -> System.Identity
    {
        // An organisation number is no person's; what a SPIFFE URI may hold is checked by its own rule.
        let text = try unsafe name(text, field)
        guard let identity = System.Identity(text) else { throw WireError(.notASystemIdentity, field: "\(field)") }
        return identity
    }
}
