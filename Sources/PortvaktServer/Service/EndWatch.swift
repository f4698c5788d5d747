internal import PortvaktRPC

/// Tells the operator once a day which of the TLS files ends soon or has ended: a list that is past its next update refuses everybody, and
/// nothing else would say so.
struct EndWatch {
    /// From so long before the end on. Days.
    static let notice: Int64 = 7
    private static let day: Int64 = 86_400

    private struct Told: Equatable {
        var end: Int64
        var daysLeft: Int64
    }

    private var told: [TLSFileKind: Told] = [:]

    mutating func news(_ ends: TLSEnds, now: Int64) -> [ServiceEvent] {
        ends.byKind.compactMap { kind, end in
            let left = end - now
            let days = left >= 0 ? left / Self.day : -1 + (left + 1) / Self.day
            let news = Told(end: end, daysLeft: days)
            guard days < Self.notice, told.updateValue(news, forKey: kind) != news else { return nil }
            return .tlsFileEnds(kind, inHours: left / 3600, hasEnded: left < 0)
        }
    }
}

/// What ends: a label in the metrics, and the key of the file in the settings.
public enum TLSFileKind: String, Sendable {
    case certificate
    case authority = "ca"
    case revocationList = "crl"
}

extension TLSEnds {
    var byKind: [(TLSFileKind, Int64)] {
        let always = [(TLSFileKind.certificate, certificate), (.authority, authority)]
        return revocationList.map { always + [(.revocationList, $0)] } ?? always
    }
}
