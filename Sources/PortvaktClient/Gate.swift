public import NIOCore
public import PortvaktCore
public import PortvaktRPC
internal import PortvaktWire

/// The gate of a host system: releases something only on a recorded allow.
///
/// It fails closed. A deadline, a lost connection, an unknown status, effect, reason or obligation, an answer that does not fit its
/// question or has run out: each is a ``Refusal`` with its reason, and the closure does not run. With no server there is
/// no access; an emergency is a question with a reason, not a way past the question.
public final class Gate: Sendable {
    /// How a gate is set up.
    public struct Configuration: Sendable {
        /// Addresses in the order of preference, TLS files, limits.
        public var channel: RPCChannelConfiguration
        /// How long a question may take, when it does not say.
        public var timeout: TimeAmount = .seconds(2)
        /// Obligations that the host system carries out. An allow with any other one is a refusal.
        public var handledObligations: Set<Obligation>

        public init(channel: RPCChannelConfiguration, handling handledObligations: Set<Obligation>) {
            self.channel = channel
            self.handledObligations = handledObligations
        }
    }

    /// Questions of one batch, at most. A longer list is asked in several.
    public static let maximumBatch = WireLimits.questions

    private let channel: PortvaktChannel
    private let timeout: TimeAmount
    private let judge: AnswerJudge

    /// Loads the TLS files. Connects with the first question.
    /// - Throws: what is wrong with which file.
    public init(_ configuration: Configuration) throws(TLSFileError) {
        channel = try PortvaktChannel(configuration.channel)
        timeout = configuration.timeout
        judge = AnswerJudge(handled: configuration.handledObligations)
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

    /// Asks one question.
    /// - Parameter atLeastAsFresh: decide on a state of this revision or later, as a receipt of a change gave it.
    public func check(
        _ question: Question, requestID: Identifier? = nil, atLeastAsFresh: Revision = .zero, timeout: TimeAmount? = nil
    ) async -> Ruling {
        let begun = ContinuousClock.now
        do throws(ChannelFailure) {
            let response = try await channel.call(
                .check, CheckRequest(question, requestID: requestID, atLeastAsFresh: atLeastAsFresh),
                timeout: timeout ?? self.timeout, as: CheckResponse.self)
            return judge.ruling(on: response.answer, elapsed: begun.duration(to: .now))
        } catch {
            return .refused(Self.refusal(for: error))
        }
    }

    /// Asks about many things at one revision and one instant: the entries of a log, for example.
    /// - Parameters:
    ///   - questions: each with an id of the caller's, unique among them.
    /// - Returns: a ruling for every id. When anything about the answer does not fit the questions, all of them are refused.
    public func checkMany(
        _ questions: [(id: Identifier, question: Question)], requestID: Identifier? = nil, timeout: TimeAmount? = nil
    ) async -> [Identifier: Ruling] {
        var rulings: [Identifier: Ruling] = [:]
        guard Set(questions.map(\.id)).count == questions.count else {
            for (id, _) in questions { rulings[id] = .refused(.unanswered(.badQuestion(field: "items.id"))) }
            return rulings
        }
        var rest = questions[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(Self.maximumBatch))
            rest = rest.dropFirst(batch.count)
            rulings.merge(await checkBatch(batch, requestID, timeout ?? self.timeout)) { $1 }
        }
        return rulings
    }

    private func checkBatch(
        _ batch: [(id: Identifier, question: Question)], _ requestID: Identifier?, _ timeout: TimeAmount
    ) async -> [Identifier: Ruling] {
        let begun = ContinuousClock.now
        let items = batch.map { CheckManyRequest.Item(id: $0.id, .question($0.question)) }
        func refuseAll(_ refusal: Refusal) -> [Identifier: Ruling] {
            Dictionary(uniqueKeysWithValues: batch.map { ($0.id, .refused(refusal)) })
        }
        do throws(ChannelFailure) {
            let response = try await channel.call(
                .checkMany, CheckManyRequest(items: items, requestID: requestID), timeout: timeout,
                as: CheckManyResponse.self)
            guard response.answers.map(\.id) == batch.map(\.id) else { return refuseAll(.unanswered(.mismatch)) }
            let elapsed = begun.duration(to: .now)
            return Dictionary(
                uniqueKeysWithValues: response.answers.map { ($0.id, judge.ruling(on: $0.answer, elapsed: elapsed)) })
        } catch {
            return refuseAll(Self.refusal(for: error))
        }
    }

    private static func refusal(for failure: ChannelFailure) -> Refusal {
        switch failure {
        case .status(let status): AnswerJudge.refusal(for: status)
        case .unreadable(let error): AnswerJudge.refusal(for: error)
        }
    }

    /// Loads certificate, key, CA and CRL again. - Throws: nothing has changed then.
    public func reload() async throws(TLSFileError) { try await channel.rpc.reload() }

    /// Takes no more questions and closes.
    public func close() async { await channel.close() }
}
