internal import PortvaktCore

/// A municipality in memory, with what it cost to bring it there.
struct Loaded {
    let name: String
    let world: World
    let measurement: Measurement
    let asked: [Int]

    /// Folds the municipality and says what that took.
    init(_ name: String, _ world: World, _ profile: PolicyProfile) throws {
        let before = residentBytes()
        let clock = ContinuousClock()
        let begin = clock.now
        let (folded, changes) = try world.folded()
        let taken = clock.now - begin
        var state = folded
        let settling = clock.now
        state.settle()
        let settled = (clock.now - settling) / .seconds(1)
        // Making the changes up is no part of a start.
        let again = clock.now
        world.forEachChange { _ in }
        let seconds = (taken - (clock.now - again)) / .seconds(1)
        let bytes = residentBytes() - before
        self.name = name
        self.world = world
        asked = Array(world.neighbours)
        measurement = Measurement(state: state, profile: profile)
        print(
            "\(padded(name, 22))\(count(changes)) changes folded in \(text(seconds, 2)) s, "
                + "settled in \(text(settled, 2)) s, "
                + "\(count(bytes / world.subjects)) bytes per subject")
    }

    /// The same municipality, asked about cases all over it.
    init(spreadOver other: Loaded) {
        name = "spread"
        world = other.world
        measurement = other.measurement
        asked = world.spread
    }

    func figures(_ kind: Kind, decisions: Int) throws(BenchmarkError) -> Figures {
        try measurement.run(kind, in: world, subjects: asked, decisions: decisions)
    }
}

/// Measures municipalities in short rounds that alternate, because a shared machine differs from minute to minute more
/// than they do; a figure is the median of its rounds.
struct Rounds {
    static let count = 9
    let decisions: Int

    func medians(of loaded: [Loaded], _ kind: Kind) throws(BenchmarkError) -> [Figures] {
        var rounds = [[Figures]](repeating: [], count: loaded.count)
        for _ in 0..<Self.count {
            for index in loaded.indices {
                rounds[index].append(try loaded[index].figures(kind, decisions: decisions / Self.count))
            }
        }
        return rounds.map { figures in
            Figures(
                median: median(figures.map(\.median)), p99: median(figures.map(\.p99)),
                mean: median(figures.map(\.mean)))
        }
    }
}

func median(_ numbers: [Double]) -> Double { numbers.sorted()[numbers.count / 2] }

// MARK: - Text

func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}

func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}

/// A number with so many decimals.
func text(_ number: Double, _ decimals: Int = 0) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int((number * scale).rounded())
    guard decimals > 0 else { return "\(scaled)" }
    let fraction = "\(scaled % Int(scale))"
    return "\(scaled / Int(scale))." + String(repeating: "0", count: decimals - fraction.count) + fraction
}

/// A whole number, its thousands set apart.
func count(_ number: Int) -> String {
    var groups: [String] = []
    var rest = number
    while rest >= 1000 {
        let group = "\(rest % 1000)"
        groups.append(String(repeating: "0", count: 3 - group.count) + group)
        rest /= 1000
    }
    return (["\(rest)"] + groups.reversed()).joined(separator: ",")
}
