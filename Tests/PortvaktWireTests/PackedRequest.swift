import PortvaktCore
import PortvaktWire

/// A request about entries as the gate packs it: at once, without protobuf-c.
func packed(_ request: CheckManyRequest) -> [UInt8] {
    let entries = request.items.map { item -> (id: Identifier, labels: EntryLabels) in
        guard case .entry(let labels) = item.subject else { preconditionFailure("the gate packs entries only") }
        return (item.id, labels)
    }
    return WireCoder().encodeEntries(
        request.question, entries[...], requestID: request.requestID, atLeastAsFresh: request.atLeastAsFresh
    ) { unsafe [UInt8]($0) }
}
