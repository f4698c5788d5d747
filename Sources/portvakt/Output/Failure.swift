/// How the program ends. Programs rely on these numbers: they are never given another meaning.
enum ExitStatus: Int32, Sendable {
    /// It went well, or the answer is yes.
    case success = 0
    /// It was tried, and the answer is no: denied, refused, does not verify, a scenario failed.
    case no = 1
    /// It could not be tried: a file, a certificate, a connection, a deadline.
    case couldNotTry = 2
    /// The command was written wrongly (`EX_USAGE` of sysexits.h, as the argument parser gives it).
    case usage = 64
}

/// Ends a command. Says what is wrong, where, and what to do; shows no personal data.
struct Failure: Error, CustomStringConvertible {
    let status: ExitStatus
    let description: String

    init(_ description: String, status: ExitStatus = .couldNotTry) {
        self.description = description
        self.status = status
    }
}
