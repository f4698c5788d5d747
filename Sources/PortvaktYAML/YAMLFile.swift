internal import Foundation
public import PortvaktCore

/// Reads documents from files.
public enum YAMLFile {
    /// A file's document and its bytes (a policy profile's hash is over the bytes).
    public struct Contents: Sendable {
        public var document: DocumentNode
        public var bytes: [UInt8]
    }

    /// Reads and parses one file.
    /// - Throws: ``DocumentErrors``; a file that cannot be opened is an error at its line 1.
    public static func read(_ path: String) throws(DocumentErrors) -> Contents {
        let bytes = try bytes(of: path)
        return Contents(document: try YAMLDocument.parse(bytes, file: path), bytes: bytes)
    }

    /// Every `*.yaml`, `*.yml` and `*.json` at or below the paths, sorted by path. A path that names a file is taken
    /// whatever its ending.
    /// - Throws: ``DocumentErrors`` for a path that does not exist.
    public static func find(below paths: [String]) throws(DocumentErrors) -> [String] {
        var found: Set<String> = []
        for path in paths {
            var isFolder: ObjCBool = false
            guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw failure(path, "there is no such file or folder")
            }
            guard isFolder.boolValue else {
                found.insert(path)
                continue
            }
            // The enumerator does not look behind a link that it is given itself.
            let folder = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
            for name in names where endings.contains(where: name.hasSuffix) {
                found.insert(path.hasSuffix("/") ? path + name : path + "/" + name)
            }
        }
        return found.sorted()
    }

    /// The names of the files in a folder, without the folders below it, sorted.
    /// - Throws: ``DocumentErrors`` when it is no folder that can be read.
    static func names(in folder: String) throws(DocumentErrors) -> [String] {
        do {
            let found = try FileManager.default.contentsOfDirectory(atPath: folder)
            return found.filter { name in
                var isFolder: ObjCBool = false
                let exists = unsafe FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
                return exists && !isFolder.boolValue
            }.sorted()
        } catch {
            throw failure(folder, "there is no such folder, or it cannot be read")
        }
    }

    private static let endings = [".yaml", ".yml", ".json"]

    private static func bytes(of path: String) throws(DocumentErrors) -> [UInt8] {
        do {
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw failure(path, "the file cannot be read")
        }
    }

    private static func failure(_ path: String, _ problem: String) -> DocumentErrors {
        DocumentErrors([DocumentError(at: SourcePlace(file: path, line: 1, column: 1), problem)])
    }
}
