internal import Glibc

/// What is known about where the output goes.
enum Terminal {
    static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1

    /// Colour: only on a terminal that can, and never when `NO_COLOR` is set (no-color.org).
    static let hasColour = outputIsTerminal && allowsColour
    static let errorHasColour = errorIsTerminal && allowsColour

    private static let allowsColour = (environment("NO_COLOR") ?? "").isEmpty && environment("TERM") != "dumb"

    /// Columns of the terminal; 80 when it does not say.
    static var columns: Int {
        var size = winsize()
        guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}

/// A way of showing text on a terminal (ECMA-48 SGR).
enum Style: Int, Sendable {
    case bold = 1
    case dim = 2
    case red = 31
    case green = 32
    case yellow = 33

    func applied(to text: String, when coloured: Bool) -> String {
        coloured ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}

extension String {
    /// Without characters that would steer a terminal: identifiers are bytes that others chose.
    var printable: String {
        guard unicodeScalars.contains(where: \.steersTerminal) else { return self }
        var shown = ""
        for scalar in unicodeScalars {
            if scalar.steersTerminal {
                shown += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }
}

extension Unicode.Scalar {
    /// C0, C1, delete, and the marks that turn the direction of writing.
    var steersTerminal: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
