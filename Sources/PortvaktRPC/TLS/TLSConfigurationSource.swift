internal import Synchronization

/// The TLS context of an endpoint, swapped whole when its files change: new connections use the new one.
final class TLSConfigurationSource: Sendable {
    private struct State {
        var context: TLSContext
        var stamps: [FileBytes.Stamp]
    }

    let role: TLSRole
    let files: TLSFiles
    /// Server role: a client that offers no HTTP/2 may choose HTTP/1.1.
    let allowsHTTP1: Bool
    private let state: Mutex<State>

    /// Loads the files for the first time. Blocking; throws what is wrong with which file.
    init(role: TLSRole, files: TLSFiles, allowsHTTP1: Bool = false) throws(TLSFileError) {
        self.role = role
        self.files = files
        self.allowsHTTP1 = allowsHTTP1
        let stamps = Self.stamps(files)
        state = Mutex(
            State(
                context: try TLSContext(role: role, files: files, allowsHTTP1: allowsHTTP1), stamps: stamps))
    }

    /// The context for a connection that begins now.
    var current: TLSContext { state.withLock { $0.context } }

    /// Loads the files again. Blocking. When it throws, the old context stays.
    @discardableResult
    func reload() throws(TLSFileError) -> TLSContext {
        // The stamps are taken first: a file that changes while it is read counts as changed again.
        let stamps = Self.stamps(files)
        let fresh: TLSContext
        do throws(TLSFileError) {
            fresh = try TLSContext(role: role, files: files, allowsHTTP1: allowsHTTP1)
        } catch {
            state.withLock { $0.stamps = stamps }
            throw error
        }
        state.withLock { $0 = State(context: fresh, stamps: stamps) }
        return fresh
    }

    /// Whether a file was replaced or rewritten since the last load (or the last attempt). One `stat` for each file.
    var filesHaveChanged: Bool {
        let stamps = Self.stamps(files)
        return state.withLock { $0.stamps != stamps }
    }

    private static func stamps(_ files: TLSFiles) -> [FileBytes.Stamp] {
        [files.certificateChain, files.privateKey, files.trustAnchors, files.revocationLists ?? ""]
            .map { FileBytes.stamp(path: $0) }
    }
}
