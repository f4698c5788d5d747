internal import Glibc
internal import PortvaktCore

/// Nanoseconds per decision.
struct Figures {
    var median: Double
    var p99: Double
    var mean: Double
}

/// Asks one kind of question about many subjects and times it.
struct Measurement {
    let state: Snapshot
    let profile: PolicyProfile
    let asking = AskingSystem(
        id: World.system, controllers: [World.controller], actions: Set(Action.allCases))
    /// Reading the clock costs as much as part of a decision: so many are timed together, and their mean is one sample.
    static let batch = 16

    /// - Throws: when a decision is not the one that the kind of question has.
    func run(_ kind: Kind, in world: World, subjects: [Int], decisions: Int) throws(BenchmarkError) -> Figures {
        let questions = subjects.map { kind.question(about: $0, in: world) }
        for question in questions {
            let decision = decide(question)
            guard decision.primary == kind.reason else {
                throw BenchmarkError("\(kind.rawValue): \(decision.primary.word) instead of \(kind.reason.word)")
            }
        }
        var samples: [Double] = []
        samples.reserveCapacity(decisions / Self.batch)
        var next = 0
        var allowed = 0
        let clock = ContinuousClock()
        for _ in 0..<decisions / Self.batch {
            let begin = clock.now
            for _ in 0..<Self.batch {
                if decide(questions[next]).effect == .allow { allowed += 1 }
                next = next + 1 == questions.count ? 0 : next + 1
            }
            samples.append((clock.now - begin) / .nanoseconds(1) / Double(Self.batch))
        }
        guard kind.reason.effect != .allow || allowed == samples.count * Self.batch else {
            throw BenchmarkError("\(kind.rawValue): the answers changed on the way")
        }
        return figures(&samples)
    }

    func decide(_ question: Question) -> Decision {
        Engine.decide(question, asked: asking, in: state, under: profile, at: World.now)
    }

    private func figures(_ samples: inout [Double]) -> Figures {
        samples.sort()
        return Figures(
            median: samples[samples.count / 2], p99: samples[samples.count * 99 / 100],
            mean: samples.reduce(0, +) / Double(samples.count))
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Bytes of this process that stand in memory now.
func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let fields = text.split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
}
