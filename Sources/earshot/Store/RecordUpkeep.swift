import FoundationEssentials
import Logging
import MonitoringRecord
import ServiceLifecycle

/// Keeps the record in order while the service runs: says what its newest entry is, so that the log can prove later that none is
/// missing, and removes what is too old.
struct RecordUpkeep: Service {
    let store: RecordStore
    /// In days; nil for ever.
    let retention: Int?
    let logger: Logger

    private static let interval: Duration = .seconds(3600)

    func run() async throws {
        await write(.serviceStarted)
        await cancelWhenGracefulShutdown {
            repeat {
                await removeOldEntries()
                await logHead()
            } while (try? await Task.sleep(for: Self.interval)) != nil
        }
        await write(.serviceStopped)
        await logHead()
    }

    private func write(_ event: RecordEvent) async {
        await reportingErrors { try await store.append([RecordDraft(event)]) }
    }

    private func logHead() async {
        await reportingErrors {
            let head = try await store.head()
            logger.notice(
                "record head",
                metadata: ["record.sequence": "\(head.sequence)", "record.hash": "\(head.hash)"]
            )
        }
    }

    private func removeOldEntries() async {
        guard let retention else { return }
        await reportingErrors {
            let time = RecordStore.millisecondsNow() - Int64(retention) * 86_400_000
            let count = try await store.removeEntries(before: time, author: "record.retention_days")
            if count > 0 { logger.notice("old entries were removed from the record", metadata: ["count": "\(count)"]) }
        }
    }

    private func reportingErrors(_ work: () async throws -> Void) async {
        do {
            try await work()
        } catch {
            logger.error("record cannot be written", metadata: ["error": "\(error)"])
        }
    }
}

extension RecordStore {
    /// Since 1970, by the machine's clock.
    static func millisecondsNow() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}
