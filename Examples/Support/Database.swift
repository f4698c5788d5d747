internal import CSQLite
internal import NIOPosix
internal import Synchronization

/// The system's own SQLite file: text in, text out. Every statement runs on a thread that may wait for a disk.
public final class Database: Sendable {
    private let handle: Mutex<Handle>

    /// Opens the file, or makes it, with its tables.
    public init(path: String, schema: String) throws {
        let opened = try Handle(path: path)
        _ = try opened.rows("PRAGMA journal_mode = WAL", [])
        for statement in schema.split(separator: ";") { _ = try opened.rows(String(statement), []) }
        handle = Mutex(opened)
    }

    /// Runs one statement; `?` stands for a value.
    public func run(_ sql: String, _ values: String...) async throws { _ = try await perform(sql, values) }

    /// The rows that a statement gives, each column as text.
    public func rows(_ sql: String, _ values: String...) async throws -> [[String]] { try await perform(sql, values) }

    private func perform(_ sql: String, _ values: [String]) async throws -> [[String]] {
        try await NIOThreadPool.singleton.runIfActive { try self.handle.withLock { try $0.rows(sql, values) } }
    }
}

/// What SQLite said.
public struct DatabaseError: Error, CustomStringConvertible {
    public let description: String
}

/// Owns one connection.
@safe private struct Handle: ~Copyable {
    private let pointer: OpaquePointer

    init(path: String) throws {
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open(path, &opened)
        guard let pointer = unsafe opened else { throw DatabaseError(description: "there is no memory for \(path)") }
        guard code == SQLITE_OK else {
            let message = unsafe String(cString: sqlite3_errmsg(pointer))
            unsafe sqlite3_close(pointer)
            throw DatabaseError(description: "\(path): \(message)")
        }
        unsafe sqlite3_busy_timeout(pointer, 5000)
        unsafe self.pointer = pointer
    }

    deinit { unsafe sqlite3_close(pointer) }

    func rows(_ sql: String, _ values: [String]) throws -> [[String]] {
        var prepared: OpaquePointer?
        guard unsafe sqlite3_prepare_v2(pointer, sql, -1, &prepared, nil) == SQLITE_OK else { throw error() }
        // A text of spaces alone is no statement.
        guard let statement = unsafe prepared else { return [] }
        defer { unsafe sqlite3_finalize(statement) }
        let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        for (index, value) in values.enumerated() {
            let length = Int32(value.utf8.count)
            guard unsafe sqlite3_bind_text(statement, Int32(index + 1), value, length, transient) == SQLITE_OK else {
                throw error()
            }
        }
        var rows: [[String]] = []
        while true {
            switch unsafe sqlite3_step(statement) {
            case SQLITE_ROW:
                let columns = 0..<(unsafe sqlite3_column_count(statement))
                rows.append(
                    columns.map { column in
                        unsafe sqlite3_column_text(statement, column).map { unsafe String(cString: $0) } ?? ""
                    })
            case SQLITE_DONE: return rows
            default: throw error()
            }
        }
    }

    private func error() -> DatabaseError {
        DatabaseError(description: unsafe String(cString: sqlite3_errmsg(pointer)))
    }
}
