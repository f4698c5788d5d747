import Testing

@testable import PortvaktSQLite

@Suite("When the write-ahead log is moved, and when it begins anew")
struct LogUpkeepTests {
    @Test("A little log is left alone; a larger one is moved beside the commits, and begins anew only when it is large")
    func inTurn() {
        var upkeep = LogUpkeep()
        upkeep.wrote(LogUpkeep.moveBytes - 1)
        #expect(upkeep.next(isMoving: false) == .nothing)
        var moves = 0
        var written = LogUpkeep.moveBytes - 1
        upkeep.wrote(1)
        written += 1
        while written < LogUpkeep.anewBytes {
            #expect(upkeep.next(isMoving: false) == .move)
            moves += 1
            #expect(upkeep.next(isMoving: true) == .nothing && upkeep.next(isMoving: false) == .nothing)
            upkeep.wrote(LogUpkeep.moveBytes)
            written += LogUpkeep.moveBytes
        }
        #expect(moves == LogUpkeep.anewBytes / LogUpkeep.moveBytes - 1)
        // The last part is moved too, and little comes meanwhile.
        #expect(upkeep.next(isMoving: false) == .move)
        upkeep.wrote(LogUpkeep.littleBytes)
        #expect(upkeep.next(isMoving: true) == .nothing)
        #expect(upkeep.next(isMoving: false) == .beginAnew)
        #expect(upkeep.next(isMoving: false) == .nothing, "the log has begun anew")
    }

    @Test("Where much comes during every move the log begins anew after some of them all the same")
    func busy() {
        var upkeep = LogUpkeep()
        upkeep.wrote(LogUpkeep.anewBytes)
        var steps: [LogUpkeep.Step] = []
        for _ in 0...LogUpkeep.maximumTries {
            steps.append(upkeep.next(isMoving: false))
            upkeep.wrote(LogUpkeep.littleBytes + 1)
        }
        #expect(steps == Array(repeating: .move, count: LogUpkeep.maximumTries) + [.beginAnew])
    }

    @Test("A move that others outrun holds the commits up, so that the log has an end")
    func outrun() {
        var upkeep = LogUpkeep()
        upkeep.wrote(LogUpkeep.moveBytes)
        #expect(upkeep.next(isMoving: false) == .move)
        upkeep.wrote(LogUpkeep.maximumBytes - LogUpkeep.moveBytes - 1)
        #expect(upkeep.next(isMoving: true) == .nothing)
        upkeep.wrote(1)
        #expect(upkeep.next(isMoving: true) == .wait)
        #expect(upkeep.next(isMoving: false) == .beginAnew)
    }
}
