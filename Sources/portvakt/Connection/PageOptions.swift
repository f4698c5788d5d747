internal import ArgumentParser
internal import PortvaktWire

/// How much of a list is wanted.
struct PageOptions: ParsableArguments {
    @Option(help: "Items at most; the list says when there is more.")
    var limit = 1000

    func validate() throws {
        guard (1...1_000_000).contains(limit) else { throw ValidationError("--limit is from 1 to 1000000") }
    }

    /// Gathers pages until the list is complete or the limit is reached.
    /// - Parameters:
    ///   - start: where an earlier list ended.
    ///   - page: gives the items of a page and where it stands.
    func gather<Item: Sendable>(
        from start: [UInt8] = [], _ page: (PageRequest) async throws -> ([Item], Page)
    ) async throws -> Gathered<Item> {
        var items: [Item] = []
        var cursor = start
        while true {
            let size = min(limit - items.count, WireLimits.pageItems)
            let (found, place) = try await page(PageRequest(size: size, cursor: cursor))
            items += found
            if place.complete || items.count >= limit || place.nextCursor.isEmpty {
                return Gathered(items: items, isComplete: place.complete, next: place.nextCursor)
            }
            cursor = place.nextCursor
        }
    }
}

/// A list, and whether it is all there is.
struct Gathered<Item: Sendable>: Sendable {
    var items: [Item]
    var isComplete: Bool
    /// Where to go on; empty when it is complete.
    var next: [UInt8] = []

    /// - Parameter covers: what was looked at, where that is less than everything.
    func show(
        _ name: String, _ output: OutputOptions, json: (Item) -> JSONValue, people: ([Item]) -> Table,
        covers: Covered? = nil
    ) {
        var pairs: [(String, JSONValue)] = [(name, .array(items.map(json))), ("complete", .bool(isComplete))]
        if let covers { pairs.append(("looked_at", covers.json)) }
        output.show(.object(JSONValue.KeyValues(pairs))) {
            Output.table(people(items))
            if let covers { Output.line(covers.line) }
            Output.line(boundary)
        }
    }

    /// Whether it is all there is, in words.
    var boundary: String {
        isComplete ? "\(items.count) in all" : "\(items.count) shown, there is more: raise --limit"
    }
}
