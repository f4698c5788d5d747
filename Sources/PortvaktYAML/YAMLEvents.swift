internal import CYAML
internal import PortvaktCore

/// The events of a file with one document, in its order; what the house's files may not hold is refused where it stands.
///
/// The one owner of libyaml's parser. Events, not a tree: none is kept beside ours, and a file that is nested deeper than
/// it may be is refused before it is read.
@safe struct YAMLEvents: ~Copyable {
    /// An event, and where it begins.
    struct Event {
        enum Kind {
            case text(String)
            /// A plain scalar of no characters: nothing stands there.
            case empty
            case listStart
            case mappingStart
            /// The end of a list, of a mapping or of the file.
            case end
        }

        var kind: Kind
        var place: SourcePlace
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeBufferPointer<UInt8>
    private let file: String
    private var documents = 0

    /// - Parameters:
    ///   - bytes: UTF-8; they outlive the events.
    ///   - file: the name that errors show.
    init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) throws(DocumentErrors) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            throw DocumentErrors(at: SourcePlace(file: file, line: 1, column: 1), "there is no memory to read the file")
        }
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
        unsafe (self.parser, self.bytes, self.file) = unsafe (parser, bytes, file)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
    }

    /// The next event of the document, or the end of the file.
    /// - Throws: ``DocumentErrors`` for broken YAML, an anchor, an alias, a tag or a second document.
    mutating func next() throws(DocumentErrors) -> Event {
        while true {
            var event = unsafe yaml_event_t()
            guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw broken() }
            defer { unsafe yaml_event_delete(&event) }
            let place = unsafe place(event.start_mark)
            switch unsafe event.type {
            case YAML_DOCUMENT_START_EVENT:
                documents += 1
                guard documents == 1 else {
                    throw DocumentErrors(at: place, "a second document begins here: a file holds one")
                }
            case YAML_STREAM_START_EVENT, YAML_DOCUMENT_END_EVENT:
                break
            default:
                return Event(kind: try unsafe kind(of: event, at: place), place: place)
            }
        }
    }

    private func kind(of event: yaml_event_t, at place: SourcePlace) throws(DocumentErrors) -> Event.Kind {
        switch unsafe event.type {
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            try unsafe refuse(anchor: scalar.anchor, tag: scalar.tag, at: place)
            guard unsafe scalar.length <= YAMLDocument.maximumTextLength else {
                throw DocumentErrors(at: place, "the text is longer than \(YAMLDocument.maximumTextLength) bytes")
            }
            if unsafe scalar.length == 0 { return unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE ? .empty : .text("") }
            return .text(
                unsafe String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self))
        case YAML_SEQUENCE_START_EVENT:
            try unsafe refuse(anchor: event.data.sequence_start.anchor, tag: event.data.sequence_start.tag, at: place)
            return .listStart
        case YAML_MAPPING_START_EVENT:
            try unsafe refuse(anchor: event.data.mapping_start.anchor, tag: event.data.mapping_start.tag, at: place)
            return .mappingStart
        case YAML_ALIAS_EVENT:
            throw DocumentErrors(at: place, Self.noAnchors)
        default:
            return .end
        }
    }

    private static let noAnchors = "anchors and aliases (& and *) are not allowed: write the value out"

    private func refuse(
        anchor: UnsafePointer<UInt8>?, tag: UnsafePointer<UInt8>?, at place: SourcePlace
    ) throws(DocumentErrors) {
        if unsafe anchor != nil { throw DocumentErrors(at: place, Self.noAnchors) }
        if unsafe tag != nil { throw DocumentErrors(at: place, "tags (!) are not allowed: every scalar is text") }
    }

    private func place(_ mark: yaml_mark_t) -> SourcePlace {
        SourcePlace(file: file, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    /// What libyaml says of the place where it stopped.
    private func broken() -> DocumentErrors {
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "it cannot be read"
        if unsafe parser.pointee.error == YAML_READER_ERROR {
            // A reader's problem has no line, only the number of bytes before it.
            let before = unsafe bytes.prefix(parser.pointee.problem_offset)
            let line = unsafe 1 + before.count { $0 == UInt8(ascii: "\n") }
            return DocumentErrors(
                at: SourcePlace(file: file, line: line, column: 1), "the file cannot be read: \(problem)")
        }
        let context = unsafe parser.pointee.context.map { unsafe " \(String(cString: $0))" } ?? ""
        return DocumentErrors(at: unsafe place(parser.pointee.problem_mark), "the YAML is broken: \(problem)\(context)")
    }
}

extension DocumentErrors {
    /// One thing that is wrong.
    init(at place: SourcePlace, _ problem: String) { self.init([DocumentError(at: place, problem)]) }
}
