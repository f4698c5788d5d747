public import NIOCore
public import PortvaktCore
public import PortvaktRPC
internal import PortvaktWire

/// The gate of a host system: releases something only on a recorded allow.
///
/// It fails closed. A deadline, a lost connection, an unknown status, effect, reason or obligation, an answer that does not fit its
/// question or has run out, an obligation that nobody carries out: each is a ``Refusal`` with its reason, and the closure does not
/// run. With no server there is no access; an emergency is a question with a reason, not a way past the question.
public final class Gate: Sendable {
    /// Carries out an obligation before something is released. When it throws, nothing is released.
    public typealias ObligationHandler = @Sendable (Receipt, Question) async throws -> Void

    /// How a gate is set up.
    public struct Configuration: Sendable {
        /// Addresses in the order of preference, TLS files, limits.
        public var channel: RPCChannelConfiguration
        /// How long a question may take, when it does not say.
        public var timeout: TimeAmount = .seconds(2)
        /// Obligations that the host system carries out by itself. An allow with any other one is a refusal.
        public var handledObligations: Set<Obligation>
        /// Obligations that these carry out, each before something is released.
        public var handlers: [Obligation: ObligationHandler] = [:]
        /// How often the server must say that nothing has changed, for an allow to be used again while it holds; `nil`: each
        /// question is asked. Within ``AllowCache/patience`` of it a withdrawal that the network held up is learned of. A server is
        /// asked for 50 ms at the shortest, so that with less hardly anything is used again, and for 60 s at the longest.
        public var reuse: Duration?

        public init(channel: RPCChannelConfiguration, handling handledObligations: Set<Obligation>) {
            self.channel = channel
            self.handledObligations = handledObligations
        }
    }

    /// Questions of one request, at most. A longer list is asked in several.
    public static let maximumBatch = WireLimits.questions

    let channel: PortvaktChannel
    let timeout: TimeAmount
    let judge: AnswerJudge
    private let handlers: [Obligation: ObligationHandler]
    private let reuse: Reuse?
    private let counters = GateCounters()

    /// Loads the TLS files. Connects with the first question, or at once when allows are reused.
    /// - Throws: what is wrong with which file.
    /// - Parameter group: one event loop of it serves the gate; `nil`: one that the process shares.
    public init(
        _ configuration: Configuration, on group: (any EventLoopGroup)? = nil
    ) throws(TLSFileError) {
        channel = try PortvaktChannel(configuration.channel, on: group)
        timeout = configuration.timeout
        handlers = configuration.handlers
        judge = AnswerJudge(handled: configuration.handledObligations.union(configuration.handlers.keys))
        reuse = configuration.reuse.map { [channel] in Reuse(channel, heartbeat: $0) }
        reuse?.begin()
    }

    /// Asks, and runs the closure only on a recorded allow.
    /// - Parameter release: runs at most once. What it throws is thrown.
    public func disclose<Value: Sendable, Failure: Error>(
        _ question: Question, requestID: Identifier? = nil, timeout: TimeAmount? = nil,
        _ release: (Receipt) async throws(Failure) -> Value
    ) async throws(Failure) -> Disclosure<Value> {
        switch await check(question, requestID: requestID, timeout: timeout) {
        case .allowed(let receipt): .released(try await release(receipt), receipt)
        case .refused(let refusal): .refused(refusal)
        }
    }

    /// Asks in an emergency (fvl § 13 b nr 7, hpl § 23 nr 4): a question with a reason, which is recorded and reviewed. It is
    /// refused like any other when there is no answer.
    /// - Parameters:
    ///   - reason: in words, without names; an empty one is refused.
    ///   - anonymisedInsufficient: anonymised information would not do.
    ///   - minutes: for how long; cut to the policy profile's maximum.
    public func discloseInEmergency<Value: Sendable, Failure: Error>(
        _ question: Question, reason: String, anonymisedInsufficient: Bool, minutes: UInt32,
        requestID: Identifier? = nil, timeout: TimeAmount? = nil,
        _ release: (Receipt) async throws(Failure) -> Value
    ) async throws(Failure) -> Disclosure<Value> {
        var question = question
        question.emergency = Emergency(
            reason: reason, anonymisedInsufficient: anonymisedInsufficient, minutes: minutes)
        return try await disclose(question, requestID: requestID, timeout: timeout, release)
    }

    /// Asks one question. The handlers of its obligations have run when it comes out as allowed.
    /// - Parameter atLeastAsFresh: decide on a state of this revision or later, as a receipt of a change gave it; such a
    ///   question, and one with a request id, is always asked.
    public func check(
        _ question: Question, requestID: Identifier? = nil, atLeastAsFresh: Revision = .zero, timeout: TimeAmount? = nil
    ) async -> Ruling {
        if requestID == nil, atLeastAsFresh == .zero, var receipt = reuse?.find(question) {
            receipt.isReused = true
            // What a handler does may take longer than the allow holds, so it is looked at again after it.
            let ruling = await carriedOut(.allowed(receipt), question) { reuse?.find(question) != nil }
            return counted(ruling)
        }
        let begun = ContinuousClock.now
        do throws(ChannelFailure) {
            let response = try await channel.call(
                .check, CheckRequest(question, requestID: requestID, atLeastAsFresh: atLeastAsFresh),
                timeout: timeout ?? self.timeout, as: CheckResponse.self)
            let ruling = await settled(
                judge.ruling(on: response.answer, elapsed: begun.duration(to: .now)), question, begun: begun)
            if case .allowed(let receipt) = ruling {
                reuse?.keep(receipt, for: question, until: begun + receipt.span)
            }
            return ruling
        } catch {
            return counted(.refused(Self.refusal(for: error)))
        }
    }

    /// Whether a handler of the host's has to run for one of these.
    func hasHandler(for obligations: [Obligation]) -> Bool {
        !handlers.isEmpty && obligations.contains { handlers[$0] != nil }
    }

    /// What a ruling comes to when its obligations have been carried out; counted.
    func settled(_ ruling: Ruling, _ question: Question, begun: ContinuousClock.Instant) async -> Ruling {
        guard case .allowed(let receipt) = ruling, !receipt.obligations.isEmpty else { return counted(ruling) }
        return counted(await carriedOut(ruling, question) { begun.duration(to: .now) < receipt.span })
    }

    /// Runs the handlers of an allow's obligations, and then asks whether it still holds.
    private func carriedOut(_ ruling: Ruling, _ question: Question, stillHolds: () -> Bool) async -> Ruling {
        guard case .allowed(let receipt) = ruling, !handlers.isEmpty else { return ruling }
        var hasRun = false
        for obligation in receipt.obligations {
            guard let handler = handlers[obligation] else { continue }
            do { try await handler(receipt, question) } catch {
                return .refused(.unanswered(.obligationFailed(obligation)))
            }
            hasRun = true
        }
        return !hasRun || stillHolds() ? ruling : .refused(.unanswered(.expired))
    }

    /// A ruling that waited after it was given, looked at again just before it is used: an allow that has run out meanwhile is a
    /// refusal, and counts as one.
    package func current(_ ruling: Ruling, asked begun: ContinuousClock.Instant) -> Ruling {
        guard case .allowed(let receipt) = ruling, begun.duration(to: .now) >= receipt.span else { return ruling }
        counters.countExpired()
        return .refused(.unanswered(.expired))
    }

    func counted(_ ruling: Ruling) -> Ruling {
        counters.count(ruling)
        return ruling
    }

    /// What the questions came to since the gate was made.
    public var statistics: Statistics { counters.statistics }

    /// Whether allows may be used again now: the stream of changes lives. False when reuse is off.
    public var isReusing: Bool { reuse?.isAlive ?? false }

    static func refusal(for failure: ChannelFailure) -> Refusal {
        switch failure {
        case .status(let status): AnswerJudge.refusal(for: status)
        case .unreadable(let error): AnswerJudge.refusal(for: error)
        }
    }

    /// Loads certificate, key, CA and CRL again. - Throws: nothing has changed then.
    public func reload() async throws(TLSFileError) { try await channel.rpc.reload() }

    /// Takes no more questions and closes.
    public func close() async {
        reuse?.close()
        await channel.close()
    }
}

extension Receipt {
    /// For how long the answer held from the instant that was decided for.
    var span: Duration {
        let (span, overflow) = holdsUntil.milliseconds.subtractingReportingOverflow(decidedAt.milliseconds)
        return overflow ? .zero : .milliseconds(span)
    }
}
