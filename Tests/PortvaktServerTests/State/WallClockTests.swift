import PortvaktCore
import Testing

@testable import PortvaktServer

@Suite("The wall clock")
struct WallClockTests {
    @Test("never gives an instant earlier than one before, from any thread")
    func monotonic() async {
        let clock = WallClock()
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var before = clock.now()
                    for _ in 0..<20_000 {
                        let now = clock.now()
                        if now < before { return false }
                        before = now
                    }
                    return true
                }
            }
            for await monotonic in group { #expect(monotonic) }
        }
    }

    @Test("is near the time of the machine")
    func near() {
        let clock = WallClock()
        let seconds = clock.now().milliseconds / 1000
        // 2025-01-01 to 2100-01-01: a wrong unit would be far outside.
        #expect((1_735_689_600...4_102_444_800).contains(seconds))
    }

    @Test("stands still at an instant that it was told of until the machine's has come there, and says how far that is")
    func reached() {
        let clock = WallClock()
        #expect(clock.millisecondsBehind == 0)
        let later = clock.now().advanced(byMilliseconds: 3_600_000)
        clock.reach(later)
        clock.reach(.distantPast)
        #expect(clock.now() == later)
        #expect((3_500_000...3_600_000).contains(clock.millisecondsBehind))
    }
}
