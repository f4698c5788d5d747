internal import PortvaktCore
internal import PortvaktYAML

/// The small file with connection settings.
enum ConnectionFile {
    /// The keys that it may have.
    static let keys = ["address", "ca", "crl", "certificate", "key", "certs", "as", "controller"]

    /// The settings of the file that was asked for, or of the one in the usual place when it is there.
    static func find(_ asked: String?) throws -> [String: String] {
        if let path = asked ?? Terminal.environment("PORTVAKT_CONFIG") { return try read(path) }
        guard let usual, CertificateFile.exists(usual) else { return [:] }
        return try read(usual)
    }

    /// XDG Base Directory Specification: a variable that is empty, or no whole path, says nothing.
    private static var usual: String? {
        let named = Terminal.environment("XDG_CONFIG_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
        let folder = named ?? Terminal.environment("HOME").map { $0 + "/.config" }
        return folder.map { $0 + "/portvakt/portvakt.yaml" }
    }

    private static func read(_ path: String) throws -> [String: String] {
        let document = try YAMLDocument.parse(try CertificateFile.read(path), file: path)
        return try ValueReader.read(document) { reader in
            reader.mapping { mapping in
                var values: [String: String] = [:]
                for key in keys {
                    guard let text = mapping.optional(key)?.text() else { continue }
                    values[key] = text
                }
                return values
            }
        }
    }
}
