internal import CPortvaktProto
internal import CProtobufC
internal import PortvaktCore

/// Builds protobuf-c's structures in an arena: what it gives is valid until the arena is reset.
@safe package struct WireWriter {
    let arena: WireArena

    /// Memory for so many values, not initialized. Building has no limit but the machine's: what is sent is ours.
    func memory<Value>(of type: Value.Type, count: Int) -> UnsafeMutablePointer<Value> {
        guard let piece = unsafe arena.piece(of: count * MemoryLayout<Value>.stride) else {
            preconditionFailure("a message of over 2 GiB was built")
        }
        return unsafe piece.bindMemory(to: type, capacity: count)
    }

    /// The structure of a message.
    func form<Message: WireMessage>(_ message: Message) -> UnsafeMutablePointer<Message.Form> {
        let form = unsafe memory(of: Message.Form.self, count: 1)
        unsafe Message.initialize(form)
        unsafe message.write(form, self)
        return unsafe form
    }

    /// The structure of a message, or none.
    func optional<Message: WireMessage>(_ message: Message?) -> UnsafeMutablePointer<Message.Form>? {
        guard let message else { return nil }
        return unsafe form(message)
    }

    /// protobuf-c's description of a message. It stands in every initialized structure; the constant itself has no
    /// address in Swift.
    func descriptor<Message: WireMessage>(of type: Message.Type) -> UnsafePointer<ProtobufCMessageDescriptor>? {
        let form = unsafe memory(of: Message.Form.self, count: 1)
        unsafe Message.initialize(form)
        return unsafe UnsafeRawPointer(form).assumingMemoryBound(to: ProtobufCMessage.self).pointee.descriptor
    }

    /// A C string.
    func text(_ text: String) -> UnsafeMutablePointer<CChar> {
        var text = text
        return text.withUTF8 { utf8 in
            let copy = unsafe memory(of: CChar.self, count: utf8.count + 1)
            if let source = utf8.baseAddress {
                unsafe UnsafeMutableRawPointer(copy).copyMemory(from: source, byteCount: utf8.count)
            }
            unsafe copy[utf8.count] = 0
            return unsafe copy
        }
    }

    func text<Kind>(_ id: ID<Kind>) -> UnsafeMutablePointer<CChar> { unsafe text(id.text) }

    func text<Kind>(_ code: Code<Kind>) -> UnsafeMutablePointer<CChar> { unsafe text(code.text) }

    /// A C string; the empty one stands for nothing.
    func text<Kind>(_ id: ID<Kind>?) -> UnsafeMutablePointer<CChar> { unsafe text(id?.text ?? "") }

    func text<Kind>(_ code: Code<Kind>?) -> UnsafeMutablePointer<CChar> { unsafe text(code?.text ?? "") }

    func text(_ identifier: Identifier?) -> UnsafeMutablePointer<CChar> { unsafe text(identifier?.text ?? "") }

    /// The count and the items of a list of texts.
    func texts(_ texts: [String]) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
        unsafe list(texts.count) { unsafe UnsafeMutableRawPointer(text(texts[$0])) }
    }

    func texts<Kind>(_ ids: [ID<Kind>]) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
        unsafe list(ids.count) { unsafe UnsafeMutableRawPointer(text(ids[$0].text)) }
    }

    func texts<Kind>(_ codes: [Code<Kind>]) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
        unsafe list(codes.count) { unsafe UnsafeMutableRawPointer(text(codes[$0].text)) }
    }

    /// The count and the items of a list of messages.
    func forms<Message: WireMessage>(
        _ messages: [Message]
    ) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<Message.Form>?>?) {
        unsafe list(messages.count) { unsafe UnsafeMutableRawPointer(form(messages[$0])) }
    }

    /// The count and the items of a list of words.
    func words<Word: Vocabulary, Number: RawRepresentable<UInt32>>(
        _ words: [Word]
    ) -> (Int, UnsafeMutablePointer<Number>?) {
        guard !words.isEmpty else { return (0, nil) }
        let numbers = unsafe memory(of: UInt32.self, count: words.count)
        for (index, word) in words.enumerated() { unsafe numbers[index] = UInt32(word.rawValue) }
        // The generated enums are 32 bits wide: their last member forces it.
        return unsafe (words.count, UnsafeMutableRawPointer(numbers).assumingMemoryBound(to: Number.self))
    }

    /// A word's number; 0 for none.
    func word<Word: Vocabulary, Number: RawRepresentable<UInt32>>(_ word: Word?) -> Number {
        unsafe unsafeBitCast(UInt32(word?.rawValue ?? 0), to: Number.self)
    }

    func bytes(_ bytes: [UInt8]) -> ProtobufCBinaryData {
        let copy = unsafe memory(of: UInt8.self, count: bytes.count)
        for index in bytes.indices { unsafe copy[index] = bytes[index] }
        return unsafe ProtobufCBinaryData(len: bytes.count, data: copy)
    }

    func flag(_ flag: Bool) -> protobuf_c_boolean { flag ? 1 : 0 }

    private func list<Item>(
        _ count: Int, _ item: (Int) -> UnsafeMutableRawPointer
    ) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<Item>?>?) {
        unsafe (count, pointers(count, item)?.bindMemory(to: UnsafeMutablePointer<Item>?.self, capacity: count))
    }

    /// The pointers to the items of a list, whatever they are: compiled once for all kinds of them.
    @inline(never)
    private func pointers(_ count: Int, _ item: (Int) -> UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        guard count > 0 else { return nil }
        let pointers = unsafe memory(of: UnsafeMutableRawPointer.self, count: count)
        for index in 0..<count { unsafe pointers[index] = unsafe item(index) }
        return UnsafeMutableRawPointer(pointers)
    }
}
