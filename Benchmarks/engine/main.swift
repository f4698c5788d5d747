internal import Glibc
internal import PortvaktCore
internal import PortvaktYAML

// portvakt-engine-bench [--subjects N] [--decisions N] [--kind TEXT]: what one decision costs, in process.

func text(_ number: Double, _ width: Int = 9) -> String {
    let digits = "\(Int(number.rounded()))"
    return String(repeating: " ", count: max(0, width - digits.count)) + digits
}

func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}

func option(_ name: String) -> String? {
    CommandLine.arguments.firstIndex(of: name).flatMap {
        CommandLine.arguments.indices.contains($0 + 1) ? CommandLine.arguments[$0 + 1] : nil
    }
}

func benchmark() throws {
    let subjects = option("--subjects").flatMap { Int($0) } ?? 1000
    let decisions = option("--decisions").flatMap { Int($0) } ?? 400_000
    let wanted = option("--kind")
    let profile = try ProfileFolder(path: option("--policies") ?? "policies").profile(named: "nasjonal")
    let world = World(subjects: subjects)
    let before = residentBytes()
    let clock = ContinuousClock()
    let begin = clock.now
    let (state, changes) = try world.folded()
    let seconds = Double((clock.now - begin) / .milliseconds(1)) / 1000
    let bytes = residentBytes() - before
    print("\(subjects) subjects, \(changes) changes: \(seconds) s, \(bytes / subjects) bytes per subject")
    let measurement = Measurement(state: state, profile: profile)
    print(padded("", 30) + "      p50      p99     mean   ns")
    for kind in Kind.allCases where wanted.map({ kind.rawValue.hasPrefix($0) }) ?? true {
        let asked = (0..<min(1000, subjects)).map { $0 * (subjects / min(1000, subjects)) }
        let figures = try measurement.run(kind, in: world, subjects: asked, decisions: decisions)
        print(padded(kind.rawValue, 30) + text(figures.median) + text(figures.p99) + text(figures.mean))
    }
}

do {
    try benchmark()
} catch {
    for byte in "\(error)\n".utf8 { _ = withUnsafePointer(to: byte) { write(STDERR_FILENO, $0, 1) } }
    exit(1)
}
