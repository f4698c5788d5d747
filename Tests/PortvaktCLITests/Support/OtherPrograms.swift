import Foundation
import Testing

/// Programs of others, in `dev/interop`.
enum OtherPrograms {
    static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("dev/interop").path

    /// What such a program ends with when it is not installed and cannot be (`EX_TEMPFAIL` of sysexits.h).
    private static let notHere: Int32 = 75

    /// Says so when a comparison could not be made here.
    static func isMissing(_ result: Tool.Result) -> Bool {
        guard result.status == notHere else { return false }
        print("skipped: \(result.error.split(separator: "\n").last ?? "a program of others is not here")")
        return true
    }
}
