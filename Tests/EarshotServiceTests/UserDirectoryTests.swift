import ARITestSupport
import EarshotService
import Locking
import Monitoring
import Testing

/// A directory in memory, which a test changes.
final class MemoryDirectory: UserDirectory {
    private let findings: LockedBox<[EndpointName: DirectoryFinding]>
    private let changes = AsyncStream.makeStream(of: RightsChange.self)

    init(_ findings: [String: DirectoryFinding]) {
        self.findings = LockedBox(Dictionary(uniqueKeysWithValues: findings.map { (Self.endpoint($0), $1) }))
    }

    static func endpoint(_ user: String) -> EndpointName { EndpointName(technology: "PJSIP", resource: user) }

    func finding(of endpoint: EndpointName) async -> DirectoryFinding {
        findings.withLock { $0[endpoint.normalized] } ?? .nothing
    }

    func watch(_ body: @Sendable (RightsChange) async -> Void) async {
        for await change in changes.stream { await body(change) }
    }

    func set(_ user: String, _ finding: DirectoryFinding) {
        findings.withLock { $0[Self.endpoint(user)] = finding }
        changes.continuation.yield(RightsChange(endpoints: EndpointBook(), changed: [Self.endpoint(user)]))
    }
}

/// Rights from the directory, in the service.
@Suite(.timeLimit(.minutes(5)))
struct UserDirectoryTests {
    private static func options(_ directory: MemoryDirectory) -> Stage.Options {
        var options = Stage.Options()
        options.directory = directory
        return options
    }

    private static func rights(_ highest: MonitoringMode?) -> DirectoryFinding {
        .rights(UserRights(permission: highest.map { .upTo($0) } ?? .none, params: "qESsb"))
    }

    @Test(arguments: [(MonitoringMode?.none, "no_permission"), (.listen, "mode_above_permission")])
    func `the directory's word counts, whatever Asterisk says`(highest: MonitoringMode?, result: String) async throws {
        let directory = MemoryDirectory(["305": Self.rights(highest)])
        // In Asterisk 305 has Barge.
        try await Stage.run(.office(), Self.options(directory)) { stage in
            let scene = await stage.dial("*93101")
            try await stage.untilEnded()
            #expect(await stage.result(of: scene.supervisor) == result)
        }
    }

    @Test func `the directory gives a right that Asterisk does not give`() async throws {
        let directory = MemoryDirectory(["305": Self.rights(.listen)])
        try await Stage.run(.office(supervisor: [:]), Self.options(directory)) { stage in
            _ = try await stage.monitor()
        }
    }

    @Test func `when the directory cannot be read nobody is admitted`() async throws {
        let directory = MemoryDirectory(["305": .unreadable])
        try await Stage.run(.office(), Self.options(directory)) { stage in
            let scene = await stage.dial("*91101")
            try await stage.untilEnded()
            #expect(await stage.result(of: scene.supervisor) == "storage_unavailable")
        }
    }

    @Test(arguments: ["305", "101", "200"])
    func `DISABLE_SPY set on anybody in the call ends it`(user: String) async throws {
        let directory = MemoryDirectory([:])
        try await Stage.run(.office(), Self.options(directory)) { stage in
            let scene = try await stage.monitor()
            directory.set(user, .rights(UserRights(permission: .upTo(.barge), isDisabled: true)))
            try await stage.untilEnded()
            #expect(
                await stage.result(of: scene.supervisor) == (user == "305" ? "monitoring_disabled" : "target_protected")
            )
        }
    }

    @Test func `a right that is taken away in the middle of everything leaves nothing behind`() async throws {
        for seed in 1...40 as ClosedRange<UInt64> {
            let directory = MemoryDirectory(["305": Self.rights(.barge)])
            var options = Self.options(directory)
            options.seed = seed
            // A snoop of which is told only when its removal has been answered is removed once more.
            options.tolerated = { $0.reason.contains("was hung up before") }
            try await Stage.run(.office(), options) { stage in
                let scene = await stage.dial("*93101")
                for _ in 0..<(seed % 20) { await Task.yield() }
                directory.set("305", Self.rights(nil))
                try await stage.untilEnded()
                #expect(await stage.result(of: scene.supervisor) == "no_permission", "seed \(seed)")
            }
        }
    }
}
