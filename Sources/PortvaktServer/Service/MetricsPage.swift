internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC

/// The page of `/metrics`: what the service has done since it started. Counts with closed labels, never an id.
struct MetricsPage: Sendable {
    let core: ServiceCore
    let server: RPCServer

    var text: String {
        var text = MetricsText()
        core.counters.write(to: &text)
        ledger(&text)
        text.add(
            "portvakt_tls_end_seconds", .gauge,
            "When the first of what a TLS file holds ends, in seconds since 1970; a list at its next update.",
            by: "file",
            server.tlsEnds.byKind.map { ($0.rawValue, UInt64(clamping: $1)) })
        reviews(&text)
        calls(&text)
        return text.text
    }

    private func ledger(_ text: inout MetricsText) {
        let metrics = core.ledger.metrics
        text.add("portvakt_ledger_commits_total", .counter, "Group commits that became durable.", metrics.commits)
        text.add("portvakt_ledger_entries_total", .counter, "Entries that became durable.", metrics.entries)
        text.add(
            "portvakt_ledger_failures_total", .counter, "Failed writes; after one the service ends.", metrics.failed)
        text.add(
            "portvakt_ledger_commit_median_nanoseconds", .gauge, "Median duration of the last commits.",
            metrics.medianCommitNanoseconds)
        text.add(
            "portvakt_clock_behind_milliseconds", .gauge,
            "By how much the machine's clock is behind the time of decisions, which stands still until it has caught up.",
            core.clock.millisecondsBehind)
        let state = core.live.current.state
        text.add("portvakt_revision", .gauge, "Changes folded into the state.", state.revision.number)
        text.add(
            "portvakt_ready", .gauge, "1 when entries can be recorded and the service is not stopping.",
            core.isReady ? 1 : 0)
    }

    /// Alarms are raised on the second.
    private func reviews(_ text: inout MetricsText) {
        let counts = ReviewTasks(core).counts
        text.add(
            "portvakt_reviews_waiting", .gauge, "Emergency accesses that await their review.", counts.waiting)
        text.add(
            "portvakt_reviews_overdue", .gauge, "Emergency accesses whose review is overdue.", counts.overdue)
        text.add(
            "portvakt_reviews_gathered", .gauge,
            "1 when the emergency accesses of the whole ledger have been gathered after the start.",
            core.counters.reviews.isGathered ? 1 : 0)
    }

    private func calls(_ text: inout MetricsText) {
        let metrics = server.metrics
        text.add("portvakt_connections_open", .gauge, "Connections open now.", metrics.connectionsOpen)
        text.add("portvakt_connections_accepted_total", .counter, "Connections accepted.", metrics.connectionsAccepted)
        text.add("portvakt_calls_open", .gauge, "Calls that are being handled.", metrics.callsOpen)
        text.add("portvakt_calls_started_total", .counter, "Calls begun.", metrics.callsStarted)
        text.add(
            "portvakt_calls_cancelled_total", .counter, "Calls whose callers no longer waited.", metrics.callsCancelled)
        text.add(
            "portvakt_calls_ended_total", .counter, "Calls ended, by gRPC status.", by: "code",
            metrics.callsEnded.enumerated().map { ("\($0.offset)", $0.element) })
        text.add(
            "portvakt_pages_answered_total", .counter, "Requests of the JSON API answered, by HTTP status.",
            by: "status",
            metrics.pagesAnswered.ordered { $0.key < $1.key }.map { ("\($0.key)", $0.value) })
        text.add(
            "portvakt_bad_clients_total", .counter, "What broken or hostile clients did.", by: "event",
            ServerEvent.allCases.map { ($0.rawValue, metrics.events[$0] ?? 0) })
    }
}
