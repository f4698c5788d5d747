/// An opaque identifier: 1 to ``Identifier/maximumLength`` printable ASCII bytes, compared byte for byte.
///
/// ASCII only, so that two identifiers are equal exactly when their bytes are (a Swift string compares by canonical
/// equivalence, which must not decide whose log is opened). Something that looks like a Norwegian national identity
/// number is refused: the service holds pseudonyms only (rule L86 – L88).
public struct Identifier: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The longest identifier, in bytes: room for a UUID with a prefix, and for a hash in hexadecimal.
    public static let maximumLength = 64

    /// The identifier's text.
    public let text: String

    /// Takes a text as an identifier.
    /// - Throws: ``IdentifierError`` when the text is empty, too long, holds anything but printable ASCII without
    ///   spaces, or looks like a national identity number.
    public init(_ text: String) throws(IdentifierError) {
        var text = text
        if let problem = text.withUTF8(Self.problem) { throw problem }
        self.text = text
    }

    /// Takes bytes as an identifier.
    /// - Throws: as ``init(_:)``.
    package init(utf8: UnsafeBufferPointer<UInt8>) throws(IdentifierError) {
        if let problem = Self.problem(utf8) { throw problem }
        text = String(decoding: utf8, as: UTF8.self)
    }

    private static func problem(_ utf8: UnsafeBufferPointer<UInt8>) -> IdentifierError? {
        guard utf8.count > 0 else { return .empty }
        guard utf8.count <= maximumLength else { return .tooLong }
        var digits = 0
        for byte in utf8 {
            guard byte > 0x20, byte < 0x7F else { return .notPrintableASCII }
            if byte &- 0x30 < 10 { digits += 1 }
        }
        return digits >= NationalID.length && NationalID.occurs(inUTF8: utf8) ? .looksLikeNationalID : nil
    }

    public var description: String { text }

    public static func == (lhs: Identifier, rhs: Identifier) -> Bool { lhs.text == rhs.text }

    public func hash(into hasher: inout Hasher) { hasher.combine(hash) }

    /// What tables are keyed by, in the place of the standard library's hash of a string, which takes several times as
    /// long: a decision's look-ups by text are a good part of what it costs.
    public func _rawHashValue(seed: Int) -> Int { hash ^ seed }

    private var hash: Int { withBytes(KeyedHash.of) }

    /// The id's bytes, in place.
    @inline(__always)
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        // Every native string lies contiguous; the other way round is for completeness.
        text.utf8.withContiguousStorageIfAvailable { body(UnsafeRawBufferPointer($0)) }
            ?? Array(text.utf8).withUnsafeBytes(body)
    }

    public static func < (lhs: Identifier, rhs: Identifier) -> Bool { lhs.text < rhs.text }
}

/// A hash of short texts, keyed once for each process, so that nobody who chooses ids can choose where they fall.
package enum KeyedHash {
    /// Two secrets, odd, from the system's randomness.
    private static let key: (UInt64, UInt64) = (.random(in: .min ... .max) | 1, .random(in: .min ... .max) | 1)

    /// Eight bytes at a time are mixed in by a multiplication to 128 bits whose halves are folded together (the mixing
    /// step of wyhash, Wang Yi 2019).
    @inline(__always)
    package static func of(_ bytes: UnsafeRawBufferPointer) -> Int {
        let (first, second) = key
        var state = first ^ UInt64(bytes.count)
        guard bytes.count >= 8 else {
            var word: UInt64 = 0
            for byte in bytes { word = word << 8 | UInt64(byte) }
            return Int(truncatingIfNeeded: mixed(mixed(state ^ word, second), first))
        }
        var offset = 0
        while offset + 8 < bytes.count {
            state = mixed(state ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self), second)
            offset += 8
        }
        // The last eight bytes, some of them a second time.
        state = mixed(state ^ bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self), second)
        return Int(truncatingIfNeeded: mixed(state, first))
    }

    /// Where the hash of several words begins.
    static var start: UInt64 { key.0 }

    /// Mixes a word in: who does not know the key cannot choose words that fall together.
    @inline(__always)
    static func add(_ word: Int64, to state: inout UInt64) {
        state = mixed(state ^ UInt64(bitPattern: word), key.1)
    }

    /// The hash of the words that were mixed in. Mixed once more: under one key in a few hundred the last word alone, counted up, would
    /// fall into a third of the places.
    @inline(__always)
    static func end(_ state: UInt64) -> Int { Int(truncatingIfNeeded: mixed(state, key.0)) }

    @inline(__always)
    private static func mixed(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        return high ^ low
    }
}

/// Why a text is no identifier. The text itself is never part of the error: it could be personal.
public enum IdentifierError: Error, Equatable, Sendable, CustomStringConvertible {
    case empty
    case tooLong
    case notPrintableASCII
    case looksLikeNationalID

    public var description: String {
        switch self {
        case .empty: "is empty: give an opaque identifier of 1 to \(Identifier.maximumLength) characters"
        case .tooLong: "is too long: at most \(Identifier.maximumLength) characters"
        case .notPrintableASCII:
            "holds a character that is not printable ASCII: use letters, digits and punctuation without spaces"
        case .looksLikeNationalID: "looks like a national identity number: use an opaque pseudonym"
        }
    }
}

/// An identifier of one kind of thing: a `PersonID` cannot be handed over where an `EmploymentID` is asked for.
public struct ID<Kind>: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let identifier: Identifier

    public init(_ identifier: Identifier) { self.identifier = identifier }

    /// - Throws: ``IdentifierError``, as ``Identifier/init(_:)``.
    public init(_ text: String) throws(IdentifierError) { identifier = try Identifier(text) }

    public var text: String { identifier.text }
    public var description: String { identifier.text }

    public func _rawHashValue(seed: Int) -> Int { identifier._rawHashValue(seed: seed) }

    public static func < (lhs: ID, rhs: ID) -> Bool { lhs.identifier < rhs.identifier }
}

public typealias ControllerID = ID<Controller>
public typealias UnitID = ID<Unit>
public typealias PersonID = ID<Person>
public typealias RelationID = ID<Relation>
public typealias AuthorityID = ID<Authority>
public typealias CapacityID = ID<Capacity>
public typealias EmploymentID = ID<Employment>
public typealias CaseID = ID<Case>
public typealias HandoverID = ID<Handover>
public typealias GrantID = ID<Grant>
public typealias ConsentID = ID<Consent>
public typealias MeetingID = ID<Meeting>
public typealias ObjectionID = ID<Objection>
public typealias RestrictionID = ID<Restriction>
public typealias DiscussionID = ID<Discussion>
public typealias SystemID = ID<System>
public typealias AnonymousDiscussionID = ID<AnonymousDiscussion>

/// A short word from a list that a policy profile or a municipality keeps: a service, a topic, an area of a plan.
///
/// Same alphabet and limits as ``Identifier``; compared exactly.
public struct Code<Kind>: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let identifier: Identifier

    /// - Throws: ``IdentifierError``, as ``Identifier/init(_:)``.
    public init(_ text: String) throws(IdentifierError) { identifier = try Identifier(text) }

    package init(_ identifier: Identifier) { self.identifier = identifier }

    public var text: String { identifier.text }
    public var description: String { identifier.text }

    public func _rawHashValue(seed: Int) -> Int { identifier._rawHashValue(seed: seed) }

    public static func < (lhs: Code, rhs: Code) -> Bool { lhs.identifier < rhs.identifier }
}

/// What a ``Service`` code names.
public enum ServiceKind {}
/// What a ``Topic`` code names.
public enum TopicKind {}
/// What an ``Area`` code names.
public enum AreaKind {}

/// A service (`skole`, `ppt`, …): the list with each one's secrecy regime is the profile's.
public typealias Service = Code<ServiceKind>
/// A topic of a log entry: a free word of the municipality's own list.
public typealias Topic = Code<TopicKind>
/// An area of an individual plan.
public typealias Area = Code<AreaKind>
