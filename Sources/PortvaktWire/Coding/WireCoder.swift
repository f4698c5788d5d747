internal import CPortvaktProto
internal import CProtobufC

/// Reads and writes messages, in memory that it uses again. One for each event loop; not to be shared.
public final class WireCoder {
    private let arena = WireArena()

    public init() {}

    /// Bytes of memory it holds between messages and within one.
    package var capacity: Int { arena.capacity }

    /// Takes a message from its bytes. The bytes are not kept.
    /// - Throws: naming the field that is wrong.
    package func decode<Message: WireMessage>(
        _ type: Message.Type = Message.self, from bytes: UnsafeRawBufferPointer
    ) throws(WireError) -> Message {
        guard bytes.count <= WireLimits.messageBytes else { throw WireError(.tooLarge(limit: WireLimits.messageBytes)) }
        if let message = unsafe Message.unpackedAtOnce(bytes, self) { return message }
        arena.reset(limit: WireLimits.unpackedBytes)
        let descriptor = unsafe WireWriter(arena: arena).descriptor(of: Message.self)
        let unpacked = unsafe arena.withAllocator { allocator in
            unsafe protobuf_c_message_unpack(
                descriptor, allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        guard let unpacked = unsafe unpacked else {
            throw WireError(arena.isExhausted ? .tooLarge(limit: WireLimits.unpackedBytes) : .malformed)
        }
        let form = unsafe UnsafeRawPointer(unpacked).assumingMemoryBound(to: Message.Form.self)
        let reader = WireReader(arena: arena, refusesUnknownFields: Message.refusesUnknownFields)
        try unsafe reader.checkKnown(form)
        return try unsafe Message(form, reader)
    }

    /// Packs a message.
    /// - Parameter body: gets the packed bytes, valid during the call. It must not use the coder itself.
    package func encode<Message: WireMessage, Result, Failure: Error>(
        _ message: Message, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        arena.reset()
        let writer = WireWriter(arena: arena)
        let form = unsafe UnsafeRawPointer(writer.form(message)).assumingMemoryBound(to: ProtobufCMessage.self)
        let size = unsafe protobuf_c_message_get_packed_size(form)
        let bytes = unsafe writer.memory(of: UInt8.self, count: size)
        let count = unsafe protobuf_c_message_pack(form, bytes)
        return try unsafe body(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    /// Memory to pack a message into, valid until the next message.
    func memory(of count: Int) -> UnsafeMutablePointer<UInt8> {
        arena.reset()
        return unsafe WireWriter(arena: arena).memory(of: UInt8.self, count: count)
    }
}
