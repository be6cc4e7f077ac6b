import CurlTransport
import Locking
import Logging

/// The password that the tests use; it must not be seen anywhere.
let testPassword = "s3cret&Päss=word"

/// A configuration for a server on loopback, with the tests' credentials. Its times are so long that a busy machine
/// does not run into one; a test that is about a time sets its own.
func configuration(port: Int, scheme: String = "http", path: String = "/ari") throws -> CurlConfiguration {
    var configuration = CurlConfiguration(
        baseURL: try CurlBaseURL("\(scheme)://127.0.0.1:\(port)\(path)"),
        credentials: CurlCredentials(username: "earshot", password: Secret(testPassword))
    )
    configuration.maximumIdleTime = .seconds(3600)
    configuration.connectTimeout = .seconds(50)
    configuration.requestTimeout = .seconds(50)
    configuration.webSocket.handshakeTimeout = .seconds(50)
    configuration.webSocket.pingInterval = .seconds(50)
    configuration.webSocket.pongTimeout = .seconds(50)
    configuration.webSocket.closeTimeout = .seconds(50)
    return configuration
}

/// Runs `body` with a client that is shut down afterwards.
func withClient<Result>(
    _ configuration: CurlConfiguration,
    logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    _ body: (CurlClient) async throws -> Result
) async throws -> Result {
    let client = try CurlClient(configuration: configuration, logger: logger)
    do {
        let result = try await body(client)
        await client.shutdown()
        return result
    } catch {
        await client.shutdown()
        throw error
    }
}

/// Runs `body` on the client's thread, while three tasks there always have something to do.
func withBusyThread(of client: CurlClient, _ body: @escaping @Sendable () async throws -> Void) async throws {
    let isDone = LockedBox(false)
    try await withTaskExecutorPreference(client.taskExecutor) {
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 1...3 {
                group.addTask { while !isDone.withLock({ $0 }) { await Task.yield() } }
            }
            group.addTask {
                defer { isDone.withLock { $0 = true } }
                try await body()
            }
        }
    }
}

/// A GET of `/x`.
func request(_ operation: String = "getX", _ method: CurlRequest.Method = .get, timeout: Duration? = nil) -> CurlRequest
{
    CurlRequest(operation: operation, method: method, path: ["x"], timeout: timeout)
}

/// The error that `body` throws, if it is one of ours.
func curlError<Result>(_ body: () async throws -> Result) async -> CurlError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? CurlError
    }
}
