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
}
