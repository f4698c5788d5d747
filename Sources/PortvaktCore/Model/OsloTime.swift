/// Local time in Europe/Oslo, by the rule that has held since 1996 (directive 2000/84/EC): UTC+1, and UTC+2 from
/// 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October.
///
/// The core has no time zone database; the one zone that the profiles name is this rule. Instants before 1996 are only
/// birth dates, which have no time of day here.
public enum OsloTime {
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000

    /// Milliseconds to add to UTC at an instant.
    public static func offset(at instant: Instant) -> Int64 {
        let year = CivilDate(daysSinceEpoch: dayNumber(instant.milliseconds)).components.year
        let start = lastSunday(year: year, month: 3) + hour
        let end = lastSunday(year: year, month: 10) + hour
        return start <= instant.milliseconds && instant.milliseconds < end ? 2 * hour : hour
    }

    /// The local date at an instant.
    public static func date(at instant: Instant) -> CivilDate {
        CivilDate(daysSinceEpoch: dayNumber(instant.milliseconds + offset(at: instant)))
    }

    /// The instant at which a local date begins, 00:00.
    public static func startOfDay(_ date: CivilDate) -> Instant {
        // The clocks change at 02:00 or 03:00 local time, never at midnight, so the offset an hour before is the same.
        let midnight = Int64(date.daysSinceEpoch) * day
        return Instant(milliseconds: midnight - offset(at: Instant(milliseconds: midnight - hour)))
    }

    private static func lastSunday(year: Int, month: Int) -> Int64 {
        guard let last = CivilDate(year: year, month: month, day: 31) else { return 0 }
        return (Int64(last.daysSinceEpoch) - Int64(last.weekday)) * day
    }

    private static func dayNumber(_ milliseconds: Int64) -> Int32 {
        Int32((milliseconds >= 0 ? milliseconds : milliseconds - day + 1) / day)
    }
}

// MARK: - Calendar arithmetic

extension OsloTime {
    private static let millisecondsPerDay: Int64 = 86_400_000

    /// The instant so many calendar months later in local time: the same time of day on the same day of the month, or
    /// on the month's last day where it has no such day.
    public static func adding(months: Int, to instant: Instant) -> Instant {
        let date = date(at: instant)
        let (year, month, day) = date.components
        let index = year * 12 + month - 1 + months
        let (newYear, newMonth) = (index / 12, index % 12 + 1)
        let lastDay = CivilDate.daysInMonth(year: newYear, month: newMonth)
        guard let moved = CivilDate(year: newYear, month: newMonth, day: min(day, lastDay)) else {
            return .distantFuture
        }
        return atSameTimeOfDay(as: instant, on: moved, from: date)
    }

    /// The instant so many calendar days later in local time.
    public static func adding(days: Int, to instant: Instant) -> Instant {
        let date = date(at: instant)
        return atSameTimeOfDay(
            as: instant, on: CivilDate(daysSinceEpoch: date.daysSinceEpoch + Int32(clamping: days)), from: date)
    }

    /// The day on which somebody reaches an age: the birthday, and 1 March in a common year for one born 29 February.
    public static func birthday(_ age: Int, born: CivilDate) -> CivilDate? {
        let (year, month, day) = born.components
        return CivilDate(year: year + age, month: month, day: day) ?? CivilDate(year: year + age, month: 3, day: 1)
    }

    private static func atSameTimeOfDay(as instant: Instant, on day: CivilDate, from date: CivilDate) -> Instant {
        // Through local wall time, so that a change of the clocks in between does not move the hour.
        let wall = instant.milliseconds + offset(at: instant) - Int64(date.daysSinceEpoch) * millisecondsPerDay
        let local = Int64(day.daysSinceEpoch) * millisecondsPerDay + wall
        let guess = Instant(milliseconds: local - offset(at: startOfDay(day)))
        return Instant(milliseconds: local - offset(at: guess))
    }
}
