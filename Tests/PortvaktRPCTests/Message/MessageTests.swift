import NIOCore
import Testing

@testable import PortvaktRPC

@Suite struct MessageFramingTests {
    @Test("A message is a flag, four bytes of length and the bytes")
    func framed() {
        var buffer = ByteBuffer()
        MessageFraming.write(ByteBuffer(string: "abc"), into: &buffer)
        MessageFraming.write(ByteBuffer(), isCompressed: true, into: &buffer)
        [UInt8](repeating: 7, count: 258).withUnsafeBytes { MessageFraming.write($0, into: &buffer) }
        let bytes = Array(buffer.readableBytesView)
        #expect(bytes.prefix(8) == [0, 0, 0, 0, 3, 0x61, 0x62, 0x63])
        #expect(bytes[8..<13] == [1, 0, 0, 0, 0])
        #expect(bytes[13..<19] == [0, 0, 0, 1, 2, 7])
        #expect(bytes.count == 8 + 5 + 5 + 258)
    }
}

@Suite struct MessageDeframerTests {
    @Test("Messages come back however the bytes are cut", arguments: [false, true])
    func anyCut(shared: Bool) throws {
        var random = SeededGenerator()
        for _ in 0..<200 {
            let messages = (0..<Int.random(in: 0..<6, using: &random)).map { _ in
                random.bytes(Int.random(in: 0..<(Bool.random(using: &random) ? 10 : 40_000), using: &random))
            }
            var wire = ByteBuffer()
            for message in messages { MessageFraming.write(ByteBuffer(bytes: message), into: &wire) }
            var deframer = MessageDeframer(maxMessageSize: 40_000)
            var found: [[UInt8]] = []
            while wire.readableBytes > 0 {
                let count = min(
                    wire.readableBytes, Int.random(in: 1...(Bool.random(using: &random) ? 7 : 60_000), using: &random))
                let read = wire.readSlice(length: count)
                let piece = try #require(read)
                if shared { deframer.append(piece) } else { piece.withUnsafeReadableBytes { deframer.append($0) } }
                while let message = try next(&deframer, shared) { found.append(message) }
            }
            #expect(found == messages, random.comment)
            #expect(deframer.isAtBoundary, random.comment)
            try deframer.finish()
        }
    }

    private func next(_ deframer: inout MessageDeframer, _ shared: Bool) throws -> [UInt8]? {
        if shared { return try deframer.next().map { Array($0.bytes.readableBytesView) } }
        return try deframer.withNext { _, bytes in Array(bytes) }
    }

    @Test("What was taken is not kept, though no piece ends where a message does", arguments: [false, true])
    func neverEmpty(shared: Bool) throws {
        var deframer = MessageDeframer(maxMessageSize: 1000)
        var wire = ByteBuffer()
        MessageFraming.write(ByteBuffer(repeating: 7, count: 995), into: &wire)
        let message = Array(wire.readableBytesView)
        let sent = Array(message.dropFirst(5))
        var count = 0
        var largest = 0
        var piece = ByteBuffer(bytes: message.prefix(500))
        for _ in 0..<4000 {
            if shared { deframer.append(piece) } else { piece.withUnsafeReadableBytes { deframer.append($0) } }
            while let found = try next(&deframer, shared) { count += found == sent ? 1 : 0 }
            largest = max(largest, deframer.capacity)
            piece = ByteBuffer(bytes: message.suffix(500) + message.prefix(500))
        }
        #expect(count == 3999 && deframer.bufferedBytes > 0)
        #expect(largest <= 4 * MessageDeframer.retainedCapacity)
    }

    @Test("The limit is looked at when the prefix is there, before the message")
    func limit() throws {
        var exact = MessageDeframer(maxMessageSize: 3)
        exact.append(ByteBuffer(bytes: [0, 0, 0, 0, 3, 1, 2, 3]))
        #expect(try exact.next()?.bytes.readableBytes == 3)
        var over = MessageDeframer(maxMessageSize: 3)
        over.append(ByteBuffer(bytes: [0, 0, 0, 0, 4]))
        #expect(throws: MessageError.tooLarge(limit: 3)) { try over.next() }
        var huge = MessageDeframer(maxMessageSize: 3)
        huge.append(ByteBuffer(bytes: [0, 255, 255, 255, 255]))
        #expect(throws: MessageError.tooLarge(limit: 3)) { try huge.next() }
    }

    @Test("A first byte other than 0 and 1 is refused at once", arguments: [2, 0x50, 255] as [UInt8])
    func flag(flag: UInt8) {
        var deframer = MessageDeframer(maxMessageSize: 3)
        deframer.append(ByteBuffer(bytes: [flag]))
        #expect(throws: MessageError.invalidFlag(flag)) { try deframer.next() }
    }

    @Test("The end inside a prefix or a message is told, with what is missing")
    func truncated() throws {
        var prefix = MessageDeframer(maxMessageSize: 30)
        prefix.append(ByteBuffer(bytes: [0, 0]))
        #expect(try prefix.next() == nil)
        #expect(throws: MessageError.truncated(missing: 3)) { try prefix.finish() }
        var message = MessageDeframer(maxMessageSize: 30)
        message.append(ByteBuffer(bytes: [0, 0, 0, 0, 9, 1, 2]))
        #expect(try message.next() == nil)
        #expect(!message.isAtBoundary)
        #expect(throws: MessageError.truncated(missing: 7)) { try message.finish() }
        message.reset()
        #expect(message.isAtBoundary)
    }
}

@Suite struct GzipTests {
    /// `printf 'hello hello hello hello' | gzip -n -9`
    static let known: [UInt8] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40,
        0x27, 0x01,
        0xe3, 0x51, 0x3d, 0x8d, 0x17, 0x00, 0x00, 0x00,
    ]

    private func decompress(_ bytes: [UInt8], limit: Int) throws(MessageError) -> [UInt8] {
        try bytes.withUnsafeBytes { raw in
            Result { () throws(MessageError) in Array(try Gzip.decompress(raw, limit: limit).readableBytesView) }
        }.get()
    }

    @Test("What gzip made is read, up to exactly the limit")
    func known() throws {
        #expect(try decompress(Self.known, limit: 23) == Array("hello hello hello hello".utf8))
        #expect(throws: MessageError.tooLarge(limit: 22)) { try decompress(Self.known, limit: 22) }
    }

    @Test("Two members are one message")
    func members() throws {
        #expect(try decompress(Self.known + Self.known, limit: 100).count == 46)
        #expect(throws: MessageError.tooLarge(limit: 45)) { try decompress(Self.known + Self.known, limit: 45) }
    }

    @Test("Cut short, changed, or not gzip: refused")
    func broken() {
        for length in 0..<Self.known.count {
            #expect(throws: MessageError.notGzip) { try decompress(Array(Self.known.prefix(length)), limit: 100) }
        }
        var checksum = Self.known
        checksum[21] ^= 1
        #expect(throws: MessageError.notGzip) { try decompress(checksum, limit: 100) }
        #expect(throws: MessageError.notGzip) { try decompress(Self.known + [0], limit: 100) }
        #expect(throws: MessageError.notGzip) { try decompress(Array("plain text".utf8), limit: 100) }
    }

    @Test("A bomb is stopped at the limit")
    func bomb() throws {
        let zeros = [UInt8](repeating: 0, count: 32 * 1024 * 1024)
        let bomb = try #require(zeros.withUnsafeBytes { Gzip.compress($0) })
        #expect(bomb.readableBytes < 64 * 1024)
        #expect(throws: MessageError.tooLarge(limit: 1024)) {
            try decompress(Array(bomb.readableBytesView), limit: 1024)
        }
    }

    @Test("Any bytes come back")
    func roundTrip() throws {
        var random = SeededGenerator()
        for length in [0, 1, 100, 16_383, 16_384, 16_385, 100_000] {
            let bytes = random.bytes(length)
            let packed = try #require(bytes.withUnsafeBytes { Gzip.compress($0) }, random.comment)
            #expect(try decompress(Array(packed.readableBytesView), limit: length) == bytes, random.comment)
        }
    }
}
