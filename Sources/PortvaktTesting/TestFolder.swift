internal import Foundation

/// A temporary folder that only its owner may enter. It goes away with the object.
public final class TestFolder: Sendable {
    /// Absolute, without a slash at the end.
    public let path: String

    /// - Throws: when it cannot be made.
    public init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("portvakt-" + UUID().uuidString).path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of a file in it.
    public func file(_ name: String) -> String { path + "/" + name }
}
