internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktScenarios

/// A made-up municipality: the same options give the same one, here and when it was imported.
struct MunicipalityOptions: ParsableArguments {
    @Option(help: "Children of the made-up municipality.")
    var subjects = 3000
    @Option(help: "The seed that the municipality is made from.")
    var seed: UInt64 = 1
    @Option(help: "How many of a thousand children have a case.")
    var casesPerThousand = 80
    @Option(help: "The day around which ages and consents are placed, YYYY-MM-DD. Default: today.")
    var date: String?

    func validate() throws {
        guard (1...1_000_000).contains(subjects) else { throw ValidationError("--subjects is from 1 to 1000000") }
        guard (0...1000).contains(casesPerThousand) else {
            throw ValidationError("--cases-per-thousand is from 0 to 1000")
        }
        if let date, CivilDate(date) == nil { throw ValidationError("--date is YYYY-MM-DD") }
    }

    var municipality: Municipality {
        let day = date.flatMap { CivilDate($0) } ?? WallTime.today
        return Municipality(
            Municipality.Settings(
                seed: seed, subjects: subjects, now: Instant(milliseconds: Int64(day.daysSinceEpoch) * 86_400_000),
                casesPerThousand: casesPerThousand))
    }
}
