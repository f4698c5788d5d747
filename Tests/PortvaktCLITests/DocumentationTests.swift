import Foundation
import Testing

@Suite("The documentation's examples", .timeLimit(.minutes(3)))
struct DocumentationTests {
    @Test("docs/commands.md has every command as its help describes it, and every example is written rightly")
    func commands() async throws {
        let script = Interop.folder.replacingOccurrences(of: "dev/interop", with: "dev/commands-page")
        let result = try await Tool.sh("'\(script)' '\(Tool.folder.path)'")
        #expect(result.status == 0, "\(result.output)\n\(result.error)")
        #expect(result.output.contains(" commands, "))
    }
}
