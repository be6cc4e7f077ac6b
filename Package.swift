// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target: what the compiler can check about style and layers, it checks, as errors.
let common: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// For targets whose tests look inside: in a release build too, so that what is shipped is what is tested.
let testable: [SwiftSetting] = [.unsafeFlags(["-enable-testing"], .when(configuration: .release))]

/// Production targets that may not contain unsafe code. Only `CurlTransport` and `Locking` go without it.
let safe: [SwiftSetting] = common + [.strictMemorySafety()]

/// For what the random stories run millions of times: optimized in a debug build too, with every check of the language.
let optimized: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// For tests, which a release build only has to run: it takes half as long without optimizing them.
let plain: [SwiftSetting] = [.unsafeFlags(["-Onone"], .when(configuration: .release))]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let inMemoryLogging: Target.Dependency = .product(name: "InMemoryLogging", package: "swift-log")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")

let package = Package(
    name: "earshot",
    products: [
        .executable(name: "earshot", targets: ["earshot"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The transport: libcurl and RFC 6455.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "Locking", swiftSettings: common),
        .target(name: "WebSocketFraming", swiftSettings: safe),
        .target(
            name: "CurlTransport",
            dependencies: [
                "CCurl", "Locking", "WebSocketFraming",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HeapModule", package: "swift-collections"), logging,
            ],
            swiftSettings: common + testable
        ),

        // One datagram to the service manager.
        .target(name: "CSystemdNotify"),

        // The Asterisk REST Interface.
        .target(name: "ARI", dependencies: ["Locking", logging], swiftSettings: safe + optimized + testable),
        .target(name: "ARIOverCurl", dependencies: ["ARI", "CurlTransport", logging], swiftSettings: safe),

        // What is counted and measured, as Prometheus reads it.
        .target(name: "PrometheusMetrics", dependencies: ["Locking", coreMetrics], swiftSettings: safe + testable),

        // The domain, the service, the command.
        .target(name: "Monitoring", exclude: ["README.md"], swiftSettings: safe + optimized + testable),
        .target(
            name: "EarshotService",
            dependencies: [
                "Monitoring", "ARI", logging, coreMetrics,
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: safe + optimized + testable
        ),

        // Users, their rights and accounts, in one file.
        .target(
            name: "Storage",
            dependencies: [.product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: safe
        ),
        .target(
            name: "Directory",
            dependencies: [
                "Monitoring", "Storage",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "SwiftCSV", package: "SwiftCSV"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: safe
        ),

        .target(
            name: "MonitoringRecord",
            dependencies: [
                "Storage",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            exclude: ["README.md"],
            swiftSettings: safe + testable
        ),

        .target(
            name: "Administration",
            dependencies: [
                "Directory", "Locking", "Monitoring", "MonitoringRecord", "Storage", logging,
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Assets"), .embedInCode("Catalogue"), .embedInCode("Templates")],
            swiftSettings: safe + testable
        ),

        .executableTarget(
            name: "earshot",
            dependencies: [
                "Administration", "Monitoring", "MonitoringRecord", "ARI", "ARIOverCurl", "CurlTransport", "Directory",
                "EarshotService",
                "CSystemdNotify", "Locking", "PrometheusMetrics", "Storage", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: safe + testable
        ),

        // What tests, demo and benchmarks stand on: a small Asterisk in memory, and real phones for the real one.
        .target(
            name: "ARITestSupport",
            dependencies: ["ARI", "Locking", "Monitoring"],
            swiftSettings: common + optimized
        ),
        // The small Asterisk over real sockets.
        .target(
            name: "ARITestServer",
            dependencies: [
                "ARI", "ARITestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: common + testable
        ),
        .target(
            name: "LabSupport",
            dependencies: ["Locking", "WebSocketFraming", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: common + testable
        ),
        .executableTarget(
            name: "earshot-lab",
            dependencies: [
                "ARI", "ARITestServer", "ARITestSupport", "CurlTransport", "Directory", "LabSupport", "Locking",
                "Monitoring", "MonitoringRecord", "Storage", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: common
        ),

        .testTarget(
            name: "WebSocketFramingTests",
            // A second opinion on every frame.
            dependencies: [
                "WebSocketFraming",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: common + plain
        ),
        .testTarget(
            name: "CurlTransportTests",
            dependencies: ["CurlTransport", "Locking", "WebSocketFraming", logging, inMemoryLogging],
            swiftSettings: common + plain
        ),
        .testTarget(
            name: "ARITests",
            dependencies: ["ARI", "ARITestSupport", logging, inMemoryLogging],
            exclude: ["Recordings"],
            swiftSettings: common + plain
        ),
        .testTarget(
            name: "PrometheusMetricsTests",
            dependencies: ["PrometheusMetrics", coreMetrics],
            swiftSettings: common + plain
        ),
        .testTarget(
            name: "MonitoringTests",
            dependencies: ["Monitoring", "EarshotService", "ARI", "ARITestSupport"],
            swiftSettings: common + optimized
        ),
        .testTarget(
            name: "AdministrationTests",
            dependencies: [
                "Administration", "ARITestSupport", "Directory", "Locking", "Monitoring", "MonitoringRecord", "Storage",
                logging,
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: common + plain
        ),
        .testTarget(
            name: "DirectoryTests",
            dependencies: [
                "ARITestSupport", "Directory", "Locking", "Monitoring", "Storage",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: common + plain
        ),
        // Appends to a record until it is killed.
        .executableTarget(
            name: "record-appender",
            dependencies: ["MonitoringRecord", "Storage"],
            path: "Tests/RecordAppender",
            swiftSettings: safe
        ),
        .testTarget(
            name: "MonitoringRecordTests",
            dependencies: [
                "Locking", "MonitoringRecord", "Storage", "record-appender",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: common + plain
        ),
        .testTarget(
            name: "EarshotServiceTests",
            dependencies: [
                "EarshotService", "Monitoring", "ARI", "ARITestSupport", "Locking", logging, inMemoryLogging,
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ],
            swiftSettings: common + plain
        ),
        .testTarget(
            name: "EarshotCommandTests",
            dependencies: [
                "earshot", "ARITestSupport", "Administration", "CurlTransport", "EarshotService", "Locking",
                "Monitoring",
                "MonitoringRecord", "PrometheusMetrics", "Storage", logging, inMemoryLogging, coreMetrics,
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ],
            swiftSettings: common + plain
        ),
        .testTarget(
            name: "ARITestServerTests",
            dependencies: ["ARI", "ARIOverCurl", "ARITestServer", "ARITestSupport", "CurlTransport", logging],
            swiftSettings: common + plain
        ),
        .testTarget(name: "LabSupportTests", dependencies: ["LabSupport"], swiftSettings: common + plain),
        .testTarget(
            name: "AsteriskTests",
            dependencies: [
                "LabSupport", "ARI", "ARIOverCurl", "ARITestSupport", "CurlTransport", "Locking", logging,
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: common + plain
        ),
    ],
    swiftLanguageModes: [.v6]
)
