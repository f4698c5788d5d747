// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target of the house: imports are internal unless they say otherwise, and `any` is written.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
]

/// Where C is touched, every unsafe expression is marked as such.
let houseTouchingC: [SwiftSetting] = house + [.strictMemorySafety()]

/// A command line waits for people, files and sockets, and the daemon's main target only wires parts together: their code
/// is compiled as it stands, which takes a third of the time (docs/decisions/0035). What they compute with lies in other
/// targets.
let waiting: [SwiftSetting] = [.unsafeFlags(["-Onone"], .when(configuration: .release))]

let nio = [
    Target.Dependency.product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]

let package = Package(
    name: "portvakt",
    platforms: [.macOS(.v15)],
    products: [
        // With the modules whose values it takes and gives.
        .library(
            name: "PortvaktClient", targets: ["PortvaktClient", "PortvaktWire", "PortvaktRPC", "PortvaktCore"]),
        .library(name: "PortvaktC", type: .dynamic, targets: ["PortvaktC"]),
        .library(name: "PortvaktTesting", targets: ["PortvaktTesting"]),
        .library(name: "PortvaktStoreTesting", targets: ["PortvaktStoreTesting"]),
        .library(name: "PortvaktRPC", targets: ["PortvaktRPC"]),
        .executable(name: "portvaktd", targets: ["portvaktd"]),
        .executable(name: "portvakt", targets: ["portvakt"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2"),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
    ],
    targets: [
        // The system's C libraries: module maps only.
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // protoc-c's output, committed; `dev/check-proto` says whether it is current.
        .target(name: "CGrpcProto", dependencies: ["CProtobufC"]),
        .target(name: "CPortvaktProto", dependencies: ["CProtobufC"]),

        // Deciding, recording.
        .target(
            name: "PortvaktCore",
            dependencies: [.product(name: "HashTreeCollections", package: "swift-collections")],
            swiftSettings: house),
        .target(
            name: "PortvaktLedger", dependencies: ["PortvaktCore", "CLinux", "COpenSSL"], swiftSettings: houseTouchingC),
        .target(
            name: "PortvaktSQLite", dependencies: ["PortvaktLedger", "PortvaktCore", "CSQLite"],
            swiftSettings: houseTouchingC),
        .target(
            name: "PortvaktYAML",
            dependencies: ["PortvaktCore", "COpenSSL", "CYAML"],
            swiftSettings: houseTouchingC),
        .target(
            name: "PortvaktScenarios", dependencies: ["PortvaktCore", "PortvaktYAML"], swiftSettings: house + waiting),

        // The wire.
        .target(
            name: "PortvaktRPC",
            dependencies: nio + [
                .product(name: "NIOHTTP1", package: "swift-nio"), "COpenSSL", "CNghttp2", "CZlib", "CProtobufC",
                "CGrpcProto",
            ],
            swiftSettings: houseTouchingC),
        .target(
            name: "PortvaktWire",
            dependencies: ["PortvaktCore", "CPortvaktProto", "CProtobufC"],
            swiftSettings: houseTouchingC),
        // AuthZEN 1.0: JSON and the model.
        .target(
            name: "PortvaktAuthZEN", dependencies: ["PortvaktWire", "PortvaktCore"], swiftSettings: houseTouchingC),
        .target(
            name: "PortvaktServer",
            dependencies: nio + [
                .product(name: "NIOHTTP1", package: "swift-nio"),
                "PortvaktAuthZEN", "PortvaktWire", "PortvaktRPC", "PortvaktLedger", "PortvaktCore",
            ],
            swiftSettings: house),
        .target(
            name: "PortvaktClient",
            dependencies: nio + ["PortvaktWire", "PortvaktRPC", "PortvaktCore"],
            swiftSettings: house),

        // The gate for C: dev/c-library links it as libportvakt.so.
        .target(
            name: "PortvaktC",
            dependencies: nio + [
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"), "PortvaktClient", "PortvaktWire",
                "PortvaktRPC", "PortvaktCore",
            ],
            exclude: ["include"], swiftSettings: houseTouchingC),

        // The load of `portvakt bench`.
        .target(
            name: "PortvaktLoad",
            dependencies: [
                "PortvaktClient", "PortvaktWire", "PortvaktRPC", "PortvaktCore",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: houseTouchingC),

        // Products for tests, and the two programs.
        .target(
            name: "PortvaktStoreTesting", dependencies: ["PortvaktLedger", "PortvaktCore"],
            swiftSettings: house + waiting),
        .target(
            name: "PortvaktTesting",
            dependencies: nio + [
                "PortvaktServer", "PortvaktClient", "PortvaktLedger", "PortvaktSQLite", "PortvaktStoreTesting",
                "PortvaktWire", "PortvaktRPC", "PortvaktYAML", "PortvaktCore",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            swiftSettings: house),
        .executableTarget(
            name: "portvaktd",
            dependencies: [
                "PortvaktServer", "PortvaktSQLite", "PortvaktRPC", "PortvaktLedger", "PortvaktStoreTesting",
                "PortvaktYAML", "PortvaktCore",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: house + waiting),
        .executableTarget(
            name: "portvakt",
            dependencies: nio + [
                "PortvaktClient", "PortvaktLoad", "PortvaktScenarios", "PortvaktYAML", "PortvaktWire", "PortvaktRPC",
                "PortvaktLedger", "PortvaktSQLite", "PortvaktCore", "COpenSSL",
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: houseTouchingC + waiting),
        // Both programs in one build: `swift build --target Programs`.
        .target(name: "Programs", dependencies: ["portvaktd", "portvakt"], swiftSettings: house),

        // Two systems that ask, as a vendor would write them: they see only what is public.
        .target(
            name: "ExampleSupport",
            dependencies: nio + [
                "PortvaktClient", "PortvaktRPC", "PortvaktCore", "CSQLite",
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/Support", packageAccess: false, swiftSettings: houseTouchingC),
        .executableTarget(
            name: "stafettlogg",
            dependencies: [
                "ExampleSupport", "PortvaktClient", "PortvaktCore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/Stafettlogg", packageAccess: false, swiftSettings: house),
        .executableTarget(
            name: "plan",
            dependencies: [
                "ExampleSupport", "PortvaktClient", "PortvaktCore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/Plan", packageAccess: false, swiftSettings: house),

        // What a decision costs in process: `make bench-engine`.
        .executableTarget(
            name: "portvakt-engine-bench", dependencies: ["PortvaktCore", "PortvaktYAML"], path: "Benchmarks/engine",
            exclude: ["cedar"],
            swiftSettings: house),

        // Programs that tests start.
        .target(
            name: "TestPrograms",
            dependencies: [
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Tests/TestPrograms", swiftSettings: house),

        .testTarget(
            name: "PortvaktCoreTests", dependencies: ["PortvaktCore", "PortvaktYAML", "PortvaktScenarios"],
            swiftSettings: house),
        .testTarget(
            name: "PortvaktLedgerTests",
            dependencies: ["TestPrograms", "PortvaktLedger", "PortvaktSQLite", "PortvaktStoreTesting", "PortvaktCore"],
            exclude: ["Vectors"], swiftSettings: house),
        .testTarget(
            name: "PortvaktRPCTests",
            dependencies: nio + [
                "TestPrograms", "PortvaktRPC", "COpenSSL", "CNghttp2",
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "PortvaktCLITests",
            dependencies: ["TestPrograms", "portvakt", "portvaktd", "PortvaktLoad", "PortvaktWire", "PortvaktCore"],
            swiftSettings: house),
        .testTarget(
            name: "ExamplesTests", dependencies: ["TestPrograms", "stafettlogg", "plan", "portvakt", "portvaktd"],
            swiftSettings: house),
        .testTarget(
            name: "PortvaktAuthZENTests", dependencies: ["PortvaktAuthZEN", "PortvaktWire", "PortvaktCore"],
            swiftSettings: house),
        .testTarget(
            name: "PortvaktWireTests", dependencies: ["PortvaktWire", "PortvaktCore", "CPortvaktProto", "CProtobufC"],
            swiftSettings: house),
        .testTarget(
            name: "PortvaktClientTests",
            dependencies: nio + [
                "TestPrograms", "PortvaktClient", "PortvaktTesting", "PortvaktWire", "PortvaktRPC", "PortvaktCore",
            ],
            swiftSettings: house),
        .testTarget(
            name: "PortvaktCTests",
            dependencies: nio + [
                "PortvaktC", "PortvaktClient", "PortvaktTesting", "PortvaktWire", "PortvaktRPC", "PortvaktCore",
            ],
            swiftSettings: house),
        .testTarget(
            name: "PortvaktServerTests",
            dependencies: nio + [
                "PortvaktServer", "PortvaktClient", "PortvaktTesting", "PortvaktWire", "PortvaktRPC", "PortvaktLedger",
                "TestPrograms", "PortvaktSQLite", "PortvaktStoreTesting", "PortvaktScenarios", "PortvaktYAML",
                "PortvaktCore",
                "portvaktd",
            ],
            swiftSettings: house),
    ]
)
