import ARI
import ARIOverCurl
import CurlTransport
import LabSupport
import Locking
import Logging

/// Sees every channel that Asterisk makes, independently of what Earshot says: another ARI application, subscribed to
/// all channels.
struct Witness: Sendable {
    private let names = LockedBox<[String]>([])

    /// The names of the channels that were made since the witness began.
    var channels: [String] { names.withLock { $0 } }

    /// Whether anything was made to listen to somebody.
    var sawSnoop: Bool { channels.contains { $0.hasPrefix("Snoop/") } }

    /// Runs `body` under the eyes of a witness.
    static func watch<Result: Sendable>(_ lab: Lab, _ body: (Witness) async throws -> Result) async throws -> Result {
        let name = "witness-\(UInt32.random(in: .min ... .max))"
        let logger = Logger(label: "witness") { _ in SwiftLogNoOpLogHandler() }
        let transport = try CurlClient(configuration: CurlConfiguration(lab), logger: logger)
        let connection = ARIEventConnection(
            client: ARIClient(transport: CurlARITransport(client: transport)),
            application: name,
            clock: ContinuousClock(),
            logger: logger
        )
        let witness = Witness()
        let (connected, continuation) = AsyncStream.makeStream(of: Void.self)
        let result = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await connection.run { updates in
                    for update in updates {
                        switch update {
                        case .connected: continuation.yield()
                        case .event(.channelCreated(let created)):
                            witness.names.withLock { $0.append(created.channel.name) }
                        case .event, .disconnected: break
                        }
                    }
                }
            }
            for await _ in connected { break }
            let answer = try await lab.request("POST", "/applications/\(name)/subscription?eventSource=channel:")
            guard answer.status == 200 else { throw LabError("the witness sees nothing: \(answer)") }
            let result = try await body(witness)
            group.cancelAll()
            return result
        }
        await transport.shutdown()
        return result
    }
}

extension CurlConfiguration {
    /// The lab's own ARI user, over plain HTTP.
    init(_ lab: Lab) throws {
        self.init(
            baseURL: try CurlBaseURL(lab.ari.url),
            credentials: CurlCredentials(username: lab.ari.username, password: Secret(try lab.ari.password()))
        )
    }
}
