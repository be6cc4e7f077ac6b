import ARI
import Logging
import Monitoring

/// Removes what is left over, however often it takes: a request may be lost, or Asterisk be away.
struct LeftOverRemover: Sendable {
    let client: ARIClient
    let clock: any Clock<Duration>
    let logger: Logger
    let metrics: ServiceMetrics?

    /// The pauses between attempts; the last one is repeated.
    private static let pauses: [Duration] = [.seconds(1), .seconds(2), .seconds(5), .seconds(10)]

    /// Returns when it is gone, or when the service ends: then its next run finds it again.
    func remove(_ leftOver: LeftOver) async {
        var isReported = false
        for attempt in 0... {
            do {
                let removal = try await request(leftOver)
                if removal == .alreadyGone { return }
                metrics?.removed(leftOver)
                logger.warning("something left over was removed", metadata: Logger.Metadata([.leftOver: leftOver.name]))
                guard case .stranger = leftOver else { return }
                // That it will be hung up is not yet that it is gone.
                isReported = false
            } catch is CancellationError {
                return
            } catch {
                // While Asterisk is away the same failure comes again and again: one line tells it.
                logger.log(
                    level: isReported ? .debug : .error,
                    "something left over cannot be removed",
                    metadata: Logger.Metadata([.leftOver: leftOver.name, .error: String(describing: error)])
                )
                isReported = true
            }
            let pause = Self.pauses[min(attempt, Self.pauses.count - 1)]
            guard (try? await clock.sleep(for: pause)) != nil else { return }
        }
    }

    private func request(_ leftOver: LeftOver) async throws -> Removal {
        switch leftOver {
        // A snoop of a silent channel stays listed after its end; it is not waited for (`reference/asterisk-ari.md` 1.5).
        case .stranger(let channel), .snoop(let channel): try await client.hangUp(Channel.ID(channel.rawValue))
        case .bridge(let bridge): try await client.destroyBridge(Bridge.ID(bridge.rawValue))
        }
    }
}
