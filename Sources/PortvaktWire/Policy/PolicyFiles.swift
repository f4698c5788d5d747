package import CPortvaktProto

/// `Policy.Validate`: reads a profile and says all that is wrong in it.
public struct ValidateProfileRequest: Equatable, Sendable {
    /// YAML.
    public var file: [UInt8]

    public init(file: [UInt8]) {
        self.file = file
    }
}

extension ValidateProfileRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ValidateProfileRequest>) {
        unsafe portvakt__v1__validate_profile_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ValidateProfileRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            file: reader.bytes(form.pointee.file, "file", limit: WireLimits.profileBytes))
        guard !file.isEmpty else { throw reader.missing("file") }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ValidateProfileRequest>, _ writer: WireWriter) {
        unsafe form.pointee.file = unsafe writer.bytes(file)
    }
}

/// One thing that is wrong in a profile.
public struct ProfileProblem: Equatable, Sendable {
    /// From 1.
    public var line: Int
    /// From 1.
    public var column: Int
    /// The way to the value.
    public var path: String
    /// What is wrong, and what was expected.
    public var problem: String
    /// The nearest word that would have been right.
    public var suggestion: String?

    public init(line: Int, column: Int, path: String, problem: String, suggestion: String? = nil) {
        self.line = line
        self.column = column
        self.path = path
        self.problem = problem
        self.suggestion = suggestion
    }
}

extension ProfileProblem: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ProfileProblem>) {
        unsafe portvakt__v1__profile_problem__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ProfileProblem>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            line: Int(form.pointee.line),
            column: Int(form.pointee.column),
            path: reader.prose(form.pointee.path, "path", limit: WireLimits.nameBytes),
            problem: reader.prose(form.pointee.problem, "problem", limit: WireLimits.sentenceBytes),
            suggestion: reader.optionalProse(form.pointee.suggestion, "suggestion"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ProfileProblem>, _ writer: WireWriter) {
        unsafe form.pointee.line = UInt32(line)
        unsafe form.pointee.column = UInt32(column)
        unsafe form.pointee.path = unsafe writer.text(path)
        unsafe form.pointee.problem = unsafe writer.text(problem)
        unsafe form.pointee.suggestion = unsafe writer.text(suggestion ?? "")
    }
}

public struct ValidateProfileResponse: Equatable, Sendable {
    /// As it would be named; `nil` when there are problems.
    public var profile: ProfileReference?
    public var problems: [ProfileProblem]

    public init(profile: ProfileReference? = nil, problems: [ProfileProblem] = []) {
        self.profile = profile
        self.problems = problems
    }
}

extension ValidateProfileResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ValidateProfileResponse>) {
        unsafe portvakt__v1__validate_profile_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ValidateProfileResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            profile: reader.optional(form.pointee.profile, "profile"),
            problems: reader.messages(
                form.pointee.n_problems, form.pointee.problems, "problems", limit: WireLimits.problems))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ValidateProfileResponse>, _ writer: WireWriter) {
        unsafe form.pointee.profile = unsafe writer.optional(profile)
        unsafe (form.pointee.n_problems, form.pointee.problems) = unsafe writer.forms(problems)
    }
}

/// `Policy.List`: every profile that the server has, by name.
public struct ListProfilesRequest: Equatable, Sendable {
    public init() {}
}

extension ListProfilesRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ListProfilesRequest>) {
        unsafe portvakt__v1__list_profiles_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ListProfilesRequest>, _ reader: WireReader) throws(WireError) {
        self.init()
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ListProfilesRequest>, _ writer: WireWriter) {}
}

public struct ListProfilesResponse: Equatable, Sendable {
    public var profiles: [ProfileReference]

    public init(_ profiles: [ProfileReference]) {
        self.profiles = profiles
    }
}

extension ListProfilesResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ListProfilesResponse>) {
        unsafe portvakt__v1__list_profiles_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ListProfilesResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.messages(form.pointee.n_profiles, form.pointee.profiles, "profiles", limit: WireLimits.problems))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ListProfilesResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_profiles, form.pointee.profiles) = unsafe writer.forms(profiles)
    }
}
