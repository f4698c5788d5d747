/// Folders of the checkout, found from this file's place.
enum TestFolders {
    /// The checkout itself.
    static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(4)
        return parts.joined(separator: "/")
    }()

    static let scenarios = root + "/Tests/Scenarios"
    static let policies = root + "/policies"
}
