/// What descriptor sets declare: files by name, and the file of every symbol. Field numbers are those of
/// google/protobuf/descriptor.proto.
struct ReflectionIndex: Sendable {
    struct File: Sendable {
        let name: String
        /// A serialized FileDescriptorProto.
        let bytes: [UInt8]
        let dependencies: [String]
    }

    private(set) var files: [String: File] = [:]
    /// Full name of a service, method, message, field, enum, enum value or extension → file name.
    private(set) var symbols: [String: String] = [:]
    /// Full names of services, in order of declaration.
    private(set) var services: [String] = []
    /// Full name of a message → extension number → file name.
    private(set) var extensions: [String: [Int32: String]] = [:]

    /// A file that several sets have counts once.
    init(descriptorSets: [[UInt8]]) throws(ProtoReader.Malformed) {
        for set in descriptorSets {
            for file in try Self.messages(set[...], field: 1) { try add(file) }
        }
    }

    /// The file and everything that it imports, itself first; nil when it is not known.
    func closure(of name: String) -> [File]? {
        guard let first = files[name] else { return nil }
        var found = [first]
        var seen: Set<String> = [name]
        var index = 0
        while index < found.count {
            for dependency in found[index].dependencies where seen.insert(dependency).inserted {
                if let file = files[dependency] { found.append(file) }
            }
            index += 1
        }
        return found
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>) throws(ProtoReader.Malformed) {
        let name = try Self.text(bytes, field: 1)
        guard files[name] == nil else { return }
        let package = try Self.text(bytes, field: 2)
        let dependencies = try Self.messages(bytes, field: 3).map { String(decoding: $0, as: UTF8.self) }
        files[name] = File(name: name, bytes: Array(bytes), dependencies: dependencies)
        for message in try Self.messages(bytes, field: 4) { try addMessage(message, in: package, file: name) }
        for list in try Self.messages(bytes, field: 5) { try addEnum(list, in: package, file: name) }
        for service in try Self.messages(bytes, field: 6) {
            let full = try declare(service, in: package, file: name)
            services.append(full)
            for method in try Self.messages(service, field: 2) { _ = try declare(method, in: full, file: name) }
        }
        for field in try Self.messages(bytes, field: 7) { try addExtension(field, in: package, file: name) }
    }

    private mutating func addMessage(
        _ bytes: ArraySlice<UInt8>, in scope: String, file: String
    ) throws(ProtoReader.Malformed) {
        let full = try declare(bytes, in: scope, file: file)
        for field in try Self.messages(bytes, field: 2) { _ = try declare(field, in: full, file: file) }
        for oneof in try Self.messages(bytes, field: 8) { _ = try declare(oneof, in: full, file: file) }
        for nested in try Self.messages(bytes, field: 3) { try addMessage(nested, in: full, file: file) }
        for list in try Self.messages(bytes, field: 4) { try addEnum(list, in: full, file: file) }
        for field in try Self.messages(bytes, field: 6) { try addExtension(field, in: full, file: file) }
    }

    /// Enum values are declared beside their enum, not in it.
    private mutating func addEnum(
        _ bytes: ArraySlice<UInt8>, in scope: String, file: String
    ) throws(ProtoReader.Malformed) {
        _ = try declare(bytes, in: scope, file: file)
        for value in try Self.messages(bytes, field: 2) { _ = try declare(value, in: scope, file: file) }
    }

    private mutating func addExtension(
        _ bytes: ArraySlice<UInt8>, in scope: String, file: String
    ) throws(ProtoReader.Malformed) {
        _ = try declare(bytes, in: scope, file: file)
        let extendee = String(try Self.text(bytes, field: 2).drop { $0 == "." })
        var reader = ProtoReader(bytes)
        while let (field, value) = try reader.next() {
            if field == 3, case .number(let number) = value, let number = Int32(exactly: number) {
                extensions[extendee, default: [:]][number] = file
            }
        }
    }

    /// Every kind of declaration has its name in field 1.
    private mutating func declare(
        _ bytes: ArraySlice<UInt8>, in scope: String, file: String
    ) throws(ProtoReader.Malformed) -> String {
        let name = try Self.text(bytes, field: 1)
        let full = scope.isEmpty ? name : "\(scope).\(name)"
        symbols[full] = file
        return full
    }

    private static func messages(
        _ bytes: ArraySlice<UInt8>, field wanted: Int
    ) throws(ProtoReader.Malformed) -> [ArraySlice<UInt8>] {
        var found: [ArraySlice<UInt8>] = []
        var reader = ProtoReader(bytes)
        while let (field, value) = try reader.next() {
            if field == wanted, case .bytes(let bytes) = value { found.append(bytes) }
        }
        return found
    }

    private static func text(_ bytes: ArraySlice<UInt8>, field: Int) throws(ProtoReader.Malformed) -> String {
        String(decoding: try messages(bytes, field: field).last ?? [], as: UTF8.self)
    }
}
