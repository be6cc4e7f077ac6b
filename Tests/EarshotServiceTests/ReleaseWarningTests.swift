import ARI
import ARITestSupport
import EarshotService
import InMemoryLogging
import Logging
import Testing

/// What is known to be bad of Asterisk's release is said when Earshot connects.
@Suite(.timeLimit(.minutes(5)))
struct ReleaseWarningTests {
    private static let message = "this release of Asterisk has known faults"

    private func office(_ version: String) -> AsteriskWorld {
        var world = AsteriskWorld.office()
        world.version = version
        return world
    }

    /// Breaks the connection, and waits until it stands again.
    private func reconnect(_ stage: Stage) async throws {
        let connections = stage.lines("connected to Asterisk").count
        await stage.asterisk.dropConnection(with: ARITransportError(.connectionLost, "reset by peer"))
        try await stage.until("connected again") { _ in stage.lines("connected to Asterisk").count > connections }
        await stage.settle()
    }

    @Test func `a release with faults is one warning, with all of them`() async throws {
        try await Stage.run(office("16.28.0~dfsg-0+deb11u5")) { stage in
            let lines = stage.lines(Self.message)
            #expect(lines.map(\.level) == [.warning])
            #expect(lines.first?[.asteriskVersion] == "16.28.0~dfsg-0+deb11u5")
            let faults = lines.first?[.faults] ?? ""
            #expect(faults.contains("(ASTERISK-29604); ") && faults.contains("(asterisk#801)"))
        }
    }

    @Test(arguments: [
        "22.10.1", "22.10.1~dfsg+~cs6.15", "certified-20.7-cert4", "GIT-22-0a1b2c3", "", "9999999999999999999.1",
    ])
    func `a good release is no warning, nor one of which nothing is known`(version: String) async throws {
        try await Stage.run(office(version)) { stage in
            #expect(stage.lines(Self.message).isEmpty)
        }
    }

    @Test func `the same release is no news at the next connection, another one is`() async throws {
        try await Stage.run(office("22.2.0")) { stage in
            try await reconnect(stage)
            #expect(stage.lines(Self.message).map { $0[.asteriskVersion] } == ["22.2.0"])
            await stage.asterisk.change { $0.version = "22.11.0" }
            try await reconnect(stage)
            #expect(stage.lines(Self.message).map { $0[.asteriskVersion] } == ["22.2.0", "22.11.0"])
        }
    }

    @Test(arguments: [Failure.gone, .notARI, .serverError, .garbage, .timeout])
    func `an Asterisk that does not say its release is served, and asked again at the next connection`(
        failure: Failure
    ) async throws {
        try await Stage.run { stage in
            await stage.asterisk.change { $0.version = "22.2.0" }
            await stage.asterisk.inject(failure.action, into: "asterisk.getInfo")
            try await reconnect(stage)
            #expect(stage.lines(Self.message).isEmpty)
            let scene = try await stage.monitor()
            #expect(await stage.asterisk.current.isMonitoring(scene.supervisor, scene.agent))
            try await reconnect(stage)
            #expect(stage.lines(Self.message).count == 1)
            await stage.hangUp(scene.agent)
            try await stage.untilEnded()
        }
    }
}
