import PortvaktRPC
import Testing

@testable import PortvaktServer

@Suite("The ends of TLS files")
struct EndWatchTests {
    private let day: Int64 = 86_400

    @Test("are told once a day from a week before, and after, of each file that ends")
    func daily() {
        var watch = EndWatch()
        let ends = TLSEnds(certificate: 100 * day, authority: 1000 * day, revocationList: 30 * day)
        var told: [String] = []
        for hour in stride(from: 0, to: 24 * 32, by: 6) {
            told += watch.news(ends, now: Int64(hour) * 3600).map(\.text)
        }
        #expect(told.count == 9)
        #expect(told.first?.hasPrefix("crl: a revocation list ends in 162 hours") == true, "\(told)")
        let ended = "crl: a revocation list has ended, and everybody under it is refused: put a new one in place"
        #expect(told[7] == ended)
        #expect(told.allSatisfy { $0.hasPrefix("crl: ") })
    }

    @Test("Another file that ends within the week is told at once, on the day of the last word, too")
    func another() {
        var watch = EndWatch()
        #expect(watch.news(TLSEnds(certificate: 3 * day, authority: 100 * day), now: 0).count == 1)
        #expect(watch.news(TLSEnds(certificate: 3 * day, authority: 100 * day), now: 0).isEmpty)
        #expect(watch.news(TLSEnds(certificate: 3 * day + 3600, authority: 100 * day), now: 0).count == 1)
    }

    @Test("A new list is no news, and neither is one that is accepted though it is stale")
    func renewed() {
        var watch = EndWatch()
        var ends = TLSEnds(certificate: 100 * day, authority: 100 * day, revocationList: 60)
        #expect(watch.news(ends, now: 0).count == 1)
        for list in [30 * day, nil] {
            ends.revocationList = list
            #expect(watch.news(ends, now: 0).isEmpty)
        }
    }
}
