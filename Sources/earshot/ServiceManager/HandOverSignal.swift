import EarshotService
import ServiceLifecycle
import UnixSignals

/// SIGUSR1 hands the sessions over to the next start, as every signal does with `service.stop: hand_over`.
///
/// It is how a service manager can tell a restart from a stop (systemd: `RestartKillSignal=`): whoever is going to be served again need not
/// be released, and whoever is not must be.
struct HandOverSignal: Service {
    let signals: UnixSignalsSequence
    let control: SessionControl

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in signals { control.handOver() }
        }
    }
}

extension HandOverSignal: CustomStringConvertible {
    /// For the log lines of ServiceLifecycle.
    var description: String { "hand-over by signal" }
}
