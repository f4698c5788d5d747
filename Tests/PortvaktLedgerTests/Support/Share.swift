import Foundation

/// The share of their work that heavy tests do: all of it, or one part in `PORTVAKT_ONE_IN`, which `dev/sanitize` sets.
/// Each says what it left out.
enum Share {
    static let oneIn = max(1, ProcessInfo.processInfo.environment["PORTVAKT_ONE_IN"].flatMap { Int($0) } ?? 1)

    static func of(_ count: Int, _ what: String) -> Int {
        let share = max(1, count / oneIn)
        if share < count { print("\(share) of \(count) \(what): PORTVAKT_ONE_IN is \(oneIn)") }
        return share
    }
}
