internal import Glibc
internal import PortvaktCore

/// The clock on the wall.
enum WallTime {
    static var now: Instant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// The day in UTC.
    static var today: CivilDate { CivilDate(daysSinceEpoch: Int32(now.milliseconds / 86_400_000)) }
}
