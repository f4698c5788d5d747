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
        let date = CivilDate(daysSinceEpoch: dayNumber(instant.milliseconds))
        return offset(at: instant, on: date, date.components)
    }

    /// - Parameter date: the date in UTC, and its parts.
    private static func offset(
        at instant: Instant, on date: CivilDate, _ parts: (year: Int, month: Int, day: Int)
    ) -> Int64 {
        guard parts.month == 3 || parts.month == 10 else { return (4...9).contains(parts.month) ? 2 * hour : hour }
        // Both months have 31 days; the last Sunday is the one after which no other comes.
        let untilLast = 31 - parts.day
        let lastSunday = Int64(date.daysSinceEpoch) + Int64(untilLast) - Int64((date.weekday + untilLast) % 7)
        let isAfterChange = instant.milliseconds >= lastSunday * day + hour
        return isAfterChange == (parts.month == 3) ? 2 * hour : hour
    }

    /// The local date at an instant, and until when it holds at least.
    struct Today {
        let year: Int
        let month: Int
        let day: Int
        /// Never later than the next local date's beginning, and at most two hours before it: no birthday comes earlier.
        let earliestEnd: Instant

        init(_ instant: Instant) {
            let date = CivilDate(daysSinceEpoch: dayNumber(instant.milliseconds))
            var parts = date.components
            let local = instant.milliseconds + offset(at: instant, on: date, parts)
            let number = dayNumber(local)
            if number != date.daysSinceEpoch { parts = CivilDate(daysSinceEpoch: number).components }
            (year, month, day) = parts
            earliestEnd = Instant(
                milliseconds: instant.milliseconds + (Int64(number) + 1) * OsloTime.day - local - hour)
        }
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

    /// The beginning of the local week at an instant: Monday, 00:00.
    public static func startOfWeek(_ instant: Instant) -> Instant {
        let today = date(at: instant)
        let sinceMonday = Int32((today.weekday + 6) % 7)
        return startOfDay(CivilDate(daysSinceEpoch: today.daysSinceEpoch - sinceMonday))
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
