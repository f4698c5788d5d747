internal import ArgumentParser
// For stdout, which the library declares as a variable: it is never set here.
@unsafe @preconcurrency internal import Glibc

/// How a command shows its result: tables and sentences for people, one JSON value for programs.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one JSON value, for programs.")
    var json = false

    /// Prints the value as JSON, or what `people` prints.
    func show(_ value: @autoclosure () -> JSONValue, people: () -> Void) {
        if json {
            Output.line(value().text)
        } else {
            people()
        }
    }
}

/// Writing to standard output and standard error.
enum Output {
    static func line(_ text: String = "") {
        print(text)
    }

    static func table(_ table: Table) {
        for line in table.lines(coloured: Terminal.hasColour) { print(line) }
    }

    static func styled(_ text: String, _ style: Style) -> String {
        style.applied(to: text, when: Terminal.hasColour)
    }

    /// A remark that is not the result: on standard error, so that the output stays whole for a program.
    static func note(_ text: String) {
        toError(text + "\n")
    }

    /// What went wrong, on standard error.
    static func complain(_ text: String) {
        flush()
        toError(
            Style.red.applied(to: "portvakt:", when: Terminal.errorHasColour) + " " + text.onePrintableParagraph + "\n")
    }

    static func toError(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while unsafe !rest.isEmpty {
                let written = unsafe write(STDERR_FILENO, rest.baseAddress, rest.count)
                guard written > 0 else { return }
                unsafe rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
        }
    }

    static func flush() {
        fflush(nil)
    }

    /// Something that was to be written is lost.
    static var isLost: Bool { unsafe ferror(stdout) != 0 }

    /// Before the program ends, whichever way: a result that nobody could write must not look like one that was given.
    static func refuseLoss() {
        _ = atexit {
            Output.flush()
            guard Output.isLost else { return }
            if Output.readerHasEnded { Output.endOfPipe() }
            Output.complain("the output could not be written whole: look whether there is room where it goes")
            _exit(ExitStatus.couldNotTry.rawValue)
        }
    }

    /// Nobody reads what goes to standard output: the other end of a pipe is closed.
    private static var readerHasEnded: Bool {
        var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        return unsafe poll(&output, 1, 0) == 1 && output.revents & Int16(POLLERR) != 0
    }

    /// Ends as every program does whose reader has had enough (`| head -1`): by SIGPIPE, without a word. The library that makes
    /// connections has the signal ignored, and a parent may have; whether a command connects must make no difference.
    private static func endOfPipe() {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
    }
}

extension String {
    /// Printable, with its line breaks kept.
    fileprivate var onePrintableParagraph: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n")
    }
}
