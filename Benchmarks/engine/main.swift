internal import Glibc
internal import PortvaktCore
internal import PortvaktYAML

// portvakt-engine-bench [--policies FOLDER] [--decisions N] [--million] [--export FILE] [--kind TEXT [--subjects N]]
//
// What one decision costs, in process: about one case, about a thousand cases, about as many among a million, and about
// as many spread over the million, so that each finds the processor's caches cold.
// With `--kind` one kind of question alone, for a profiler.

func option(_ name: String) -> String? {
    CommandLine.arguments.firstIndex(of: name).flatMap {
        CommandLine.arguments.indices.contains($0 + 1) ? CommandLine.arguments[$0 + 1] : nil
    }
}

let goal = 1000.0
let highestRatio = 1.2

func benchmark() throws {
    let profile = try ProfileFolder(path: option("--policies") ?? "policies").profile(named: "nasjonal")
    let decisions = option("--decisions").flatMap { Int($0) } ?? 300_000
    if let name = option("--kind") { return try profileOne(name, profile, decisions) }
    var loaded = [
        try Loaded("one case", World(subjects: 1), profile),
        try Loaded("a thousand", World(subjects: 1000), profile),
    ]
    if CommandLine.arguments.contains("--million") {
        let million = try Loaded("among a million", World(subjects: 1_000_000, everyLarge: 1000), profile)
        loaded += [million, Loaded(spreadOver: million)]
    }
    let rounds = Rounds(decisions: decisions)
    print("\nnanoseconds per decision, median (99th percentile)")
    print(
        padded("", 28) + loaded.map { right($0.name, 18) }.joined()
            + (loaded.count > 2 ? right("million ÷ thousand", 20) : ""))
    var own: [(Kind, Double)] = []
    for kind in Kind.allCases {
        let figures = try rounds.medians(of: loaded, kind)
        let cells = figures.map { right("\(text($0.median)) (\(text($0.p99)))", 18) }.joined()
        let ratio = figures.count > 2 ? right(text(figures[2].median / figures[1].median, 2), 20) : ""
        print(padded(kind.rawValue, 28) + cells + ratio)
        own.append((kind, figures[0].median))
    }
    print("\nwanted: a median below \(text(goal)) about one case; a ratio of at most \(text(highestRatio, 1))")
    if let path = option("--export") { try export(to: path, profile, own) }
}

func profileOne(_ name: String, _ profile: PolicyProfile, _ decisions: Int) throws {
    let subjects = option("--subjects").flatMap { Int($0) } ?? 1
    let loaded = try Loaded(name, World(subjects: subjects), profile)
    for kind in Kind.allCases where kind.rawValue.hasPrefix(name) {
        let figures = try loaded.figures(kind, decisions: decisions)
        print(padded(kind.rawValue, 28) + right(text(figures.median), 8) + right(text(figures.p99), 8))
    }
}

/// A few cases, in some of which a parent has not consented, for another engine to answer the same questions.
func export(to path: String, _ profile: PolicyProfile, _ own: [(Kind, Double)]) throws {
    let world = World(subjects: 100, everyGap: 3)
    let (state, _) = try world.folded()
    let measurement = Measurement(state: state, profile: profile)
    guard let file = fopen(path, "w") else { throw BenchmarkError("\(path): cannot be written") }
    defer { fclose(file) }
    guard fputs(Export(world: world, measurement: measurement, figures: own).write(), file) >= 0 else {
        throw BenchmarkError("\(path): could not be written")
    }
}

do {
    try benchmark()
} catch {
    print("\(error)")
    exit(1)
}
