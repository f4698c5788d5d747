/// When the write-ahead log is moved into the database, and when it begins anew.
///
/// A move goes on beside the commits, a beginning anew holds them up: the little that came since the last move is moved by the
/// committer, so that nothing is left and the log can be written from its start. That took 23 ms when moves left much: now
/// it comes when the last of them has left little. A log that begins anew is written over: a sync that has no new size of the file
/// to write is faster by a fifth.
struct LogUpkeep {
    /// Bytes after which what the log holds is moved.
    static let moveBytes = 16 * 1024 * 1024
    /// Bytes after which the log begins anew. After a crash it is read once at the start.
    static let anewBytes = 32 * 1024 * 1024
    /// Bytes that the committer moves itself: a few milliseconds.
    static let littleBytes = 1024 * 1024
    /// Moves in a row that try to leave little; the log begins anew after them whatever they left.
    static let maximumTries = 2
    /// Bytes in the log at most: where moves are slower than commits, the committer waits for the one that is under
    /// way, and the log begins anew.
    static let maximumBytes = 48 * 1024 * 1024

    enum Step: Equatable {
        case nothing
        /// Moves what the log holds, beside the commits.
        case move
        /// Waits for the move that is under way.
        case wait
        /// Moves the rest while nothing is committed.
        case beginAnew
    }

    /// Bytes since the log began.
    private var inLog = 0
    /// Bytes since the last move began.
    private var unmoved = 0
    private var tries = 0

    mutating func wrote(_ bytes: Int) {
        inLog += bytes
        unmoved += bytes
    }

    /// What is to be done now; taken as done.
    mutating func next(isMoving: Bool) -> Step {
        let isFull = inLog >= Self.maximumBytes
        if isMoving { return isFull ? .wait : .nothing }
        if isFull || inLog >= Self.anewBytes && (unmoved <= Self.littleBytes || tries == Self.maximumTries) {
            self = LogUpkeep()
            return .beginAnew
        }
        guard inLog >= Self.anewBytes || unmoved >= Self.moveBytes else { return .nothing }
        if inLog >= Self.anewBytes { tries += 1 }
        unmoved = 0
        return .move
    }
}
