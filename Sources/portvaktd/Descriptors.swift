internal import Foundation

/// How many files and connections the process may have open.
enum Descriptors {
    /// For the ledger, its index and their readers, the guard, the TLS files, the metrics, the event loops. What is open beside connections
    /// is a third of it.
    static let reserve = 128
    /// No more are asked for: it is four times what a service without a limit of its own takes.
    static let enough: rlim_t = 16_384

    /// Raises the limit as far as this process may, and says how many connections fit under it: were they to take the last descriptor, the
    /// guard could not be written, and the service would end.
    /// - Throws: ``SettingError`` when none do.
    static func connections() throws -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        let wanted = min(limit.rlim_max, enough)
        if limit.rlim_cur < wanted {
            var raised = rlimit(rlim_cur: wanted, rlim_max: limit.rlim_max)
            if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        let allowed = Int(clamping: limit.rlim_cur)
        guard allowed >= 2 * reserve else {
            throw SettingError(
                "the process may have \(allowed) files and connections open, and needs \(2 * reserve) at least: raise LimitNOFILE, or ulimit -n"
            )
        }
        return allowed - reserve
    }
}
