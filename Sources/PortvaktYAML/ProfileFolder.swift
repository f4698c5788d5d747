internal import COpenSSL
internal import Glibc
public import PortvaktCore

/// A folder of policy profiles: one file for each, in the folder itself, some of them extending another.
///
/// A profile's hash is SHA-256 over the files it was made from, its own first and then those that it extends, each preceded by
/// its length in eight bytes: a change anywhere in the chain is another profile.
public struct ProfileFolder: Sendable {
    /// Profiles that may stand on each other.
    public static let maximumChain = 8

    public let path: String
    /// Where a profile that another one extends is looked for when it is not in this folder.
    public let parents: [String]

    public init(path: String, parents: [String] = []) {
        self.path = path
        self.parents = parents
    }

    /// The names of the profiles in the folder, sorted. What lies in a folder below it is none of them: a name is a file beside the
    /// others, and an older edition that somebody keeps there decides nothing.
    public func names() throws(DocumentErrors) -> [String] {
        try YAMLFile.names(in: path).compactMap { $0.hasSuffix(".yaml") ? String($0.dropLast(5)) : nil }
    }

    /// Reads a profile, with all that it extends, and validates it in full.
    /// - Throws: ``DocumentErrors`` for what cannot be read, and for what is wrong in the profile.
    public func profile(named name: String) throws(DocumentErrors) -> PolicyProfile {
        try Self.profile(chain(of: name))
    }

    /// A profile as one document, laid over all that it extends, with the place of each value in its own file.
    public func document(named name: String) throws(DocumentErrors) -> DocumentNode {
        Self.document(try chain(of: name))
    }

    /// The bytes of a profile's own file.
    public func file(named name: String) throws(DocumentErrors) -> [UInt8] {
        try YAMLFile.read("\(path)/\(name).yaml").bytes
    }

    /// Validates a profile that is not in the folder; what it extends is.
    /// - Parameter bytes: the file, YAML.
    /// - Throws: ``DocumentErrors`` with all that is wrong in it.
    public func validate(_ bytes: [UInt8]) throws(DocumentErrors) -> PolicyProfile {
        let document = try YAMLDocument.parse(bytes, file: "profile")
        return try Self.profile(chain(from: YAMLFile.Contents(document: document, bytes: bytes)))
    }

    private static func profile(_ chain: [YAMLFile.Contents]) throws(DocumentErrors) -> PolicyProfile {
        try PolicyProfile(decoding: document(chain), hash: hash(chain.map(\.bytes)))
    }

    private static func document(_ chain: [YAMLFile.Contents]) -> DocumentNode {
        var document = chain[chain.count - 1].document
        for contents in chain.dropLast().reversed() { document = contents.document.extending(document) }
        return document.without(key: extendsKey)
    }

    private static let extendsKey = "extends"

    /// The name of the profile that a document extends. A name, and no way to another file: a profile that is validated comes from
    /// a caller, and what is wrong in the file that it extends is told to that caller.
    private static func parent(of document: DocumentNode) throws(DocumentErrors) -> String? {
        guard let node = document[extendsKey] else { return nil }
        guard case .text(let name) = node.content, !name.isEmpty, !name.hasPrefix("."), !name.contains("/") else {
            throw DocumentErrors([
                DocumentError(
                    at: node.place, path: .key(extendsKey, of: .root),
                    "expected the name of a profile, without a folder")
            ])
        }
        return name
    }

    /// The file of a profile that is extended: the first that there is, else where it would stand beside the one that extends it.
    private func file(ofParent name: String) -> String {
        let files = ([path] + parents).map { "\($0)/\(name).yaml" }
        return files.first { unsafe access($0, F_OK) == 0 } ?? files[0]
    }

    /// The profile's own file, then those that it extends.
    private func chain(of name: String) throws(DocumentErrors) -> [YAMLFile.Contents] {
        try chain(from: try YAMLFile.read("\(path)/\(name).yaml"), named: name)
    }

    /// A profile's file, then those that it extends.
    /// - Parameter name: that of the profile, which none of the others may extend; `nil` when it has no file yet.
    private func chain(
        from own: YAMLFile.Contents, named name: String? = nil
    ) throws(DocumentErrors) -> [YAMLFile.Contents] {
        var chain = [own]
        var seen: Set<String> = name.map { [$0] } ?? []
        var next = try Self.parent(of: own.document)
        while let name = next {
            let file = file(ofParent: name)
            guard seen.insert(name).inserted, chain.count < Self.maximumChain else {
                throw DocumentErrors([
                    DocumentError(
                        at: SourcePlace(file: file, line: 1, column: 1),
                        "the profile extends itself, or more than \(Self.maximumChain) others: end the chain")
                ])
            }
            let contents = try YAMLFile.read(file)
            chain.append(contents)
            next = try Self.parent(of: contents.document)
        }
        return chain
    }

    private static func hash(_ files: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        for file in files {
            unsafe withUnsafeBytes(of: UInt64(file.count).bigEndian) { unsafe bytes.append(contentsOf: $0) }
            bytes += file
        }
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        _ = unsafe SHA256(bytes, bytes.count, &digest)
        return digest
    }
}

extension DocumentNode {
    /// This mapping without one of its keys; anything else as it is.
    fileprivate func without(key: String) -> DocumentNode {
        guard case .mapping(let entries) = content else { return self }
        return DocumentNode(.mapping(entries.filter { $0.key != key }), at: place)
    }
}
