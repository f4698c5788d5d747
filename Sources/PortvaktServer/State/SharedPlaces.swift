internal import PortvaktCore

/// Places that all systems share, of which one may not take all: what one does wrong is not the others' harm.
struct SharedPlaces {
    enum Refusal: Error, Equatable {
        /// All are taken.
        case full
        /// The system has as many as one may.
        case ownFull(limit: Int)
    }

    /// Of all systems together.
    let limit: Int
    /// Of one system.
    let limitOfOne: Int
    private(set) var count = 0
    private var taken: [SystemID: Int] = [:]

    init(limit: Int, limitOfOne: Int) {
        self.limit = limit
        self.limitOfOne = limitOfOne
    }

    mutating func take(_ system: SystemID) throws(Refusal) {
        let own = taken[system, default: 0]
        guard own < limitOfOne else { throw .ownFull(limit: limitOfOne) }
        guard count < limit else { throw .full }
        taken[system] = own + 1
        count += 1
    }

    /// Gives one back that was taken.
    mutating func giveBack(_ system: SystemID) {
        guard let own = taken[system] else { return }
        taken[system] = own > 1 ? own - 1 : nil
        count -= 1
    }
}
