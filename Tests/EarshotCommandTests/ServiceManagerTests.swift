import ARITestSupport
import EarshotService
import Foundation
import InMemoryLogging
import Locking
import Logging
import Monitoring
import ServiceLifecycleTestKit
import Testing

@testable import earshot

@Suite(.timeLimit(.minutes(1)))
struct ServiceManagerTests {
    private static let away = ServiceStatus(sessions: SessionCounts(), disconnected: [NodeID("asterisk")])
    private static var inACall: ServiceStatus {
        var sessions = SessionCounts()
        sessions.inCall[.listen] = 1
        return ServiceStatus(sessions: sessions, disconnected: [])
    }

    private func manager(_ socket: NotificationSocket, patience: Int? = nil) throws -> ServiceManager {
        var environment = ["NOTIFY_SOCKET": socket.name]
        environment["WATCHDOG_USEC"] = patience.map { "\($0)000000" }
        return try #require(ServiceManager(environment: environment, processID: 7))
    }

    private func quietLogger() -> Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    // MARK: - Who wants to be told

    @Test func `without a socket nobody wants to be told`() {
        #expect(ServiceManager(environment: [:], processID: 7) == nil)
        #expect(ServiceManager(environment: ["NOTIFY_SOCKET": ""], processID: 7) == nil)
        #expect(ServiceManager(environment: ["WATCHDOG_USEC": "1000000"], processID: 7) == nil)
    }

    @Test func `its patience is for the process that it has started`() throws {
        let cases: [(text: String?, processID: String?, patience: Duration?)] = [
            ("30000000", nil, .seconds(30)), ("1", nil, .microseconds(1)), ("30000000", "7", .seconds(30)),
            ("30000000", "8", nil), ("0", nil, nil), ("-1", nil, nil), ("soon", nil, nil), (nil, "7", nil),
        ]
        for (text, processID, patience) in cases {
            var environment = ["NOTIFY_SOCKET": "/run/systemd/notify"]
            environment["WATCHDOG_USEC"] = text
            environment["WATCHDOG_PID"] = processID
            let manager = try #require(ServiceManager(environment: environment, processID: 7))
            #expect(manager.socket == "/run/systemd/notify")
            #expect(manager.patience == patience, "\(environment)")
        }
    }

    // MARK: - The socket

    @Test func `a socket with a path is told`() throws {
        let scratch = try Scratch()
        let socket = try NotificationSocket(scratch.path("notify"))
        try manager(socket).tell(["READY=1", "STATUS=as it should be"])
        #expect(socket.next() == ["READY=1", "STATUS=as it should be"])
        #expect(socket.next() == nil)
        // Until here the folder is there.
        #expect(FileManager.default.fileExists(atPath: scratch.path("notify")))
    }

    @Test func `a socket of the abstract namespace is told`() throws {
        let socket = try NotificationSocket()
        try manager(socket).tell(["WATCHDOG=1"])
        #expect(socket.next() == ["WATCHDOG=1"])
    }

    @Test(arguments: [
        "/no/such/folder/notify", "@earshot-nobody-listens", "relative", "@", "/" + String(repeating: "x", count: 107),
    ])
    func `a socket that cannot be reached is an error with a text`(name: String) throws {
        let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": name], processID: 7))
        let error = #expect(throws: ServiceManagerError.self) { try manager.tell(["READY=1"]) }
        #expect(error?.description.isEmpty == false)
    }

    // MARK: - What it is told

    /// Runs a report while `body` looks at it, from the first time that it waits on; then stops it, and waits until it has ended.
    private func whileRunning(
        _ report: ServiceManagerReport<ManualClock>,
        _ clock: ManualClock,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await report.run() }
                try await clock.waitForSleepers()
                try await body()
                trigger.triggerGracefulShutdown()
                try await group.waitForAll()
            }
        }
    }

    @Test func `it is told when the engine answers, and twice within its patience that it still does`() async throws {
        let socket = try NotificationSocket()
        let condition = LockedBox(Self.away)
        let clock = ManualClock()
        let report = ServiceManagerReport(
            manager: try manager(socket, patience: 30),
            ask: { condition.withLock { $0 } },
            clock: clock,
            logger: quietLogger()
        )
        try await whileRunning(report, clock) {
            #expect(socket.next() == ["READY=1", "WATCHDOG=1", "STATUS=not connected to Asterisk, 0 sessions"])
            condition.withLock { $0 = Self.inACall }
            clock.advance(by: .milliseconds(14_999))
            #expect(socket.next() == nil)
            clock.advance(by: .milliseconds(1))
            try await clock.waitForSleepers()
            #expect(socket.next() == ["WATCHDOG=1", "STATUS=connected to Asterisk, 1 session"])
            clock.advance(by: .seconds(15))
            try await clock.waitForSleepers()
            #expect(socket.next() == ["WATCHDOG=1"])
        }
        #expect(socket.next() == ["STOPPING=1", "STATUS=stopping"])
        #expect(socket.next() == nil)
    }

    @Test func `an engine that does not answer is not reported`() async throws {
        let socket = try NotificationSocket()
        let (questions, asked) = AsyncStream.makeStream(of: Void.self)
        let (never, _) = AsyncStream.makeStream(of: ServiceStatus.self)
        let isStuck = LockedBox(false)
        let clock = ManualClock()
        let report = ServiceManagerReport(
            manager: try manager(socket, patience: 30),
            ask: {
                asked.yield()
                guard isStuck.withLock({ $0 }) else { return Self.away }
                for await condition in never { return condition }
                return nil
            },
            clock: clock,
            logger: quietLogger()
        )
        try await whileRunning(report, clock) {
            #expect(socket.next()?.contains("WATCHDOG=1") == true)
            isStuck.withLock { $0 = true }
            clock.advance(by: .seconds(15))
            // The first question was answered, the second one is not.
            for await _ in questions.prefix(2) {}
            clock.advance(by: .seconds(60))
            #expect(socket.next() == nil)
        }
        // Whoever is stuck can be stopped all the same.
        #expect(socket.next() == ["STOPPING=1", "STATUS=stopping"])
    }

    @Test func `without patience only news is told`() async throws {
        let socket = try NotificationSocket()
        let clock = ManualClock()
        let report = ServiceManagerReport(
            manager: try manager(socket),
            ask: { Self.away },
            clock: clock,
            logger: quietLogger()
        )
        try await whileRunning(report, clock) {
            #expect(socket.next() == ["READY=1", "STATUS=not connected to Asterisk, 0 sessions"])
            clock.advance(by: .seconds(15))
            try await clock.waitForSleepers()
            #expect(socket.next() == nil)
        }
    }

    @Test func `a service manager that cannot be told stops nothing, and the log says so`() async throws {
        let clock = ManualClock()
        let log = InMemoryLogHandler()
        let environment = ["NOTIFY_SOCKET": "/no/such/folder/notify"]
        let report = ServiceManagerReport(
            manager: try #require(ServiceManager(environment: environment, processID: 7)),
            ask: { Self.away },
            clock: clock,
            logger: Logger(label: "test") { _ in log }
        )
        try await whileRunning(report, clock) {}
        #expect(log.entries.map(\.message.description).first == "service manager cannot be told")
    }

    // MARK: - The built command

    @Test(arguments: [SIGTERM, SIGUSR1])
    func `the command is ready before there is an Asterisk, and says when it stops`(signal: Int32) throws {
        let socket = try NotificationSocket()
        let environment = [
            "EARSHOT_ARI_PASSWORD": "none", "EARSHOT_ARI_URL": "http://127.0.0.1:1/ari",
            "NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "30000000",
        ]
        let process = try BuiltCommand.start(["serve"], environment: environment)
        let first = socket.next(within: .seconds(20))
        #expect(first?.contains("READY=1") == true)
        kill(process.processIdentifier, signal)
        var words = socket.next(within: .seconds(10))
        while let said = words, !said.contains("STOPPING=1") { words = socket.next(within: .seconds(10)) }
        #expect(words != nil, "it has stopped without a word")
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 0)
    }
}
