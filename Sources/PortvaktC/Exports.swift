internal import Glibc
internal import PortvaktClient
internal import PortvaktCore

// The functions of portvakt.h. Each takes NULL and refuses; none keeps a pointer that it was handed, but for a handler's
// context.

/// The version of the header.
@_cdecl("portvakt_abi_version")
public func portvaktABIVersion() -> Int32 { 1 }

// MARK: Options

@_cdecl("portvakt_options_new")
public func portvaktOptionsNew() -> OpaquePointer? { unsafe Handle.give(Options()) }

@_cdecl("portvakt_options_free")
public func portvaktOptionsFree(_ options: OpaquePointer?) { unsafe Handle.free(options, Options.self) }

@_cdecl("portvakt_options_set")
public func portvaktOptionsSet(
    _ options: OpaquePointer?, _ key: UnsafePointer<CChar>?, _ value: UnsafePointer<CChar>?
) -> Int32 {
    guard let options = unsafe Handle.object(options, Options.self) else { return Result.badArgument.rawValue }
    let key = unsafe text(key)
    guard let key, let value = unsafe text(value), options.set(key, value) else {
        options.refused = options.refused ?? Refused(key: key)
        return Result.badArgument.rawValue
    }
    return Result.ok.rawValue
}

/// `portvakt_obligation_fn`
public typealias ObligationFunction =
    @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Int32

/// A function of the host's with what it wants handed back.
///
/// `@unchecked Sendable`: the header says that it is called on threads of the library's, several at a time.
@safe private struct HostHandler: @unchecked Sendable {
    let function: ObligationFunction
    let context: UnsafeMutableRawPointer?

    /// 0: the obligation has been carried out. Blocks.
    func carryOut(_ obligation: Obligation, _ receipt: Receipt) -> Int32 {
        unsafe obligation.word.withCString { word in
            unsafe receipt.text.withCString { unsafe function(context, word, $0) }
        }
    }
}

/// The host said that it failed, or could not be asked.
private struct HostFailure: Error {}

@_cdecl("portvakt_options_handle")
public func portvaktOptionsHandle(
    _ options: OpaquePointer?, _ obligation: UnsafePointer<CChar>?, _ function: ObligationFunction?,
    _ context: UnsafeMutableRawPointer?
) -> Int32 {
    guard let options = unsafe Handle.object(options, Options.self), let word = unsafe text(obligation),
        let obligation = Obligation(word: word), let function = unsafe function
    else { return Result.badArgument.rawValue }
    let handler = unsafe HostHandler(function: function, context: context)
    options.handle(obligation) { receipt, _ in
        guard await HostThread.run({ handler.carryOut(obligation, receipt) }) == 0 else { throw HostFailure() }
    }
    return Result.ok.rawValue
}

// MARK: The gate

@_cdecl("portvakt_gate_open")
public func portvaktGateOpen(
    _ options: OpaquePointer?, _ gate: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
    unsafe gate?.pointee = nil
    unsafe error?.pointee = nil
    guard let gate = unsafe gate, let options = unsafe Handle.object(options, Options.self) else {
        return Result.badArgument.rawValue
    }
    if let refused = options.refused {
        unsafe error?.pointee = strdup("\(refused)")
        return Result.badArgument.rawValue
    }
    guard CGate.tasksRun() else {
        unsafe error?.pointee = strdup(CGate.forkedText)
        return Result.badArgument.rawValue
    }
    guard let configuration = options.configuration else {
        unsafe error?.pointee = strdup("an address, a certificate, a key and a ca are needed: set them")
        return Result.badArgument.rawValue
    }
    do {
        unsafe gate.pointee = unsafe Handle.give(try CGate(configuration))
        return Result.ok.rawValue
    } catch let failure {
        unsafe error?.pointee = strdup("\(failure)")
        return Result.badFiles.rawValue
    }
}

@_cdecl("portvakt_gate_close")
public func portvaktGateClose(_ gate: OpaquePointer?) {
    // In another process nobody ends what the gate has begun: it is left as it is.
    guard let object = unsafe Handle.object(gate, CGate.self), object.isOwn else { return }
    object.close()
    unsafe Handle.free(gate, CGate.self)
}

@_cdecl("portvakt_text_free")
public func portvaktTextFree(_ text: UnsafeMutablePointer<CChar>?) { unsafe free(text) }

@_cdecl("portvakt_gate_count")
public func portvaktGateCount(_ gate: OpaquePointer?, _ kind: UnsafePointer<CChar>?) -> UInt64 {
    guard let gate = unsafe Handle.object(gate, CGate.self), gate.isOwn, let kind = unsafe text(kind) else { return 0 }
    let statistics = gate.gate.statistics
    return switch kind {
    case "allowed": statistics.allowed
    case "reused": statistics.reused
    case "denied": statistics.denied
    case "unrecorded": statistics.unrecorded
    default: statistics.unanswered[kind] ?? 0
    }
}

// MARK: Questions

@_cdecl("portvakt_question_new")
public func portvaktQuestionNew() -> OpaquePointer? { unsafe Handle.give(QuestionBuilder()) }

@_cdecl("portvakt_question_free")
public func portvaktQuestionFree(_ question: OpaquePointer?) { unsafe Handle.free(question, QuestionBuilder.self) }

@_cdecl("portvakt_question_set")
public func portvaktQuestionSet(
    _ question: OpaquePointer?, _ key: UnsafePointer<CChar>?, _ value: UnsafePointer<CChar>?
) -> Int32 {
    guard let question = unsafe Handle.object(question, QuestionBuilder.self) else {
        return Result.badArgument.rawValue
    }
    let key = unsafe text(key)
    guard let key, let value = unsafe text(value), question.set(key, value) else {
        question.refused = question.refused ?? Refused(key: key)
        return Result.badArgument.rawValue
    }
    return Result.ok.rawValue
}

@_cdecl("portvakt_question_problem")
public func portvaktQuestionProblem(_ question: OpaquePointer?) -> UnsafePointer<CChar>? {
    guard let question = unsafe Handle.object(question, QuestionBuilder.self) else { return nil }
    question.told = question.problem.map { CText($0) }
    return unsafe question.told?.pointer
}

@_cdecl("portvakt_check")
public func portvaktCheck(
    _ gate: OpaquePointer?, _ question: OpaquePointer?, _ ruling: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
    guard let made = unsafe checked(gate, question, ruling) else { return Result.badArgument.rawValue }
    return made.result.rawValue
}

/// `portvakt_release_fn`
public typealias ReleaseFunction = @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> Int32

@_cdecl("portvakt_disclose")
public func portvaktDisclose(
    _ gate: OpaquePointer?, _ question: OpaquePointer?, _ release: ReleaseFunction?,
    _ context: UnsafeMutableRawPointer?, _ ruling: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
    unsafe ruling?.pointee = nil
    guard let release = unsafe release else { return Result.badArgument.rawValue }
    guard let made = unsafe checked(gate, question, ruling) else { return Result.badArgument.rawValue }
    guard made.result == .ok, let receipt = made.receipt else { return made.result.rawValue }
    return unsafe release(context, receipt.pointer) == 0 ? Result.ok.rawValue : Result.releaseFailed.rawValue
}

/// Asks, and hands the ruling out; nil when an argument is no good.
private func checked(
    _ gate: OpaquePointer?, _ question: OpaquePointer?, _ ruling: UnsafeMutablePointer<OpaquePointer?>?
) -> CRuling? {
    unsafe ruling?.pointee = nil
    guard let gate = unsafe Handle.object(gate, CGate.self), gate.isOwn,
        let builder = unsafe Handle.object(question, QuestionBuilder.self), let question = builder.question
    else { return nil }
    let made = CRuling(gate.check(question, requestID: builder.requestID))
    if let ruling = unsafe ruling { unsafe ruling.pointee = unsafe Handle.give(made) }
    return made
}

/// `portvakt_each_fn`
public typealias EachFunction = @convention(c) (UnsafeMutableRawPointer?, Int, Int32, OpaquePointer?) -> Void

@_cdecl("portvakt_check_each")
public func portvaktCheckEach(
    _ gate: OpaquePointer?, _ questions: UnsafePointer<OpaquePointer?>?, _ count: Int, _ each: EachFunction?,
    _ context: UnsafeMutableRawPointer?
) -> Int32 {
    guard let gate = unsafe Handle.object(gate, CGate.self), gate.isOwn, let each = unsafe each, count >= 0 else {
        return Result.badArgument.rawValue
    }
    guard count > 0 else { return Result.ok.rawValue }
    guard let questions = unsafe questions else { return Result.badArgument.rawValue }
    var asked: [Question] = []
    for place in 0..<count {
        // One call is one request: the id of a single question would be left out of it.
        guard let builder = unsafe Handle.object(questions[place], QuestionBuilder.self), builder.requestID == nil,
            let question = builder.question
        else { return Result.badArgument.rawValue }
        asked.append(question)
    }
    for (place, waiting) in gate.checkMany(asked).enumerated() {
        let made = CRuling(gate.current(waiting))
        let pointer = unsafe Handle.give(made)
        unsafe each(context, place, made.result.rawValue, pointer)
        unsafe Handle.free(pointer, CRuling.self)
    }
    return Result.ok.rawValue
}

// MARK: Rulings

@_cdecl("portvakt_ruling_free")
public func portvaktRulingFree(_ ruling: OpaquePointer?) { unsafe Handle.free(ruling, CRuling.self) }

@_cdecl("portvakt_ruling_is_allowed")
public func portvaktRulingIsAllowed(_ ruling: OpaquePointer?) -> Int32 {
    (unsafe Handle.object(ruling, CRuling.self))?.isAllowed == true ? 1 : 0
}

@_cdecl("portvakt_ruling_reason")
public func portvaktRulingReason(_ ruling: OpaquePointer?) -> UnsafePointer<CChar>? {
    unsafe Handle.object(ruling, CRuling.self)?.reason.pointer
}

@_cdecl("portvakt_ruling_text")
public func portvaktRulingText(_ ruling: OpaquePointer?) -> UnsafePointer<CChar>? {
    unsafe Handle.object(ruling, CRuling.self)?.sentence.pointer
}

@_cdecl("portvakt_ruling_receipt")
public func portvaktRulingReceipt(_ ruling: OpaquePointer?) -> UnsafePointer<CChar>? {
    unsafe Handle.object(ruling, CRuling.self)?.receipt?.pointer
}
