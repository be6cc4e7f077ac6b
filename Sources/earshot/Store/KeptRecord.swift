import EarshotService
import Locking
import Logging
import Monitoring
import MonitoringRecord

/// The record, as the service needs it: lines that are written before anybody hears anything.
struct KeptRecord: RecordKeeper {
    let store: RecordStore
    /// Nobody may hear anybody when a line cannot be written.
    let isRequired: Bool
    /// Outside numbers are written down too.
    let keepsNumbers: Bool
    let logger: Logger
    /// How many lines may wait while the disk does not answer: whoever waits for one is refused long before. One more fails at once.
    var mostWaiting = 1000
    private let waiting = LockedBox(0)

    init(store: RecordStore, isRequired: Bool, keepsNumbers: Bool, logger: Logger) {
        self.store = store
        self.isRequired = isRequired
        self.keepsNumbers = keepsNumbers
        self.logger = logger
    }

    func write(_ line: RecordLine, of session: SessionID, by supervisor: Supervisor) async throws {
        do {
            try await append(RecordDraft(line, session, supervisor, keepsNumbers: keepsNumbers))
        } catch {
            guard isRequired else {
                logger.error(
                    "record cannot be written, and monitoring goes on",
                    metadata: ["session.id": "\(session)", "error": "\(error)"]
                )
                return
            }
            throw RecordUnavailable(reason: "\(error)")
        }
    }

    private func append(_ draft: RecordDraft) async throws {
        let isAdmitted = waiting.withLock { count in
            guard count < mostWaiting else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { throw Overflow(count: mostWaiting) }
        defer { waiting.withLock { $0 -= 1 } }
        try await store.append([draft])
    }

    private struct Overflow: Error, CustomStringConvertible {
        let count: Int

        var description: String { "\(count) entries are waiting to be written" }
    }
}

extension RecordDraft {
    fileprivate init(_ line: RecordLine, _ session: SessionID, _ supervisor: Supervisor, keepsNumbers: Bool) {
        let event: RecordEvent =
            switch line.occasion {
            case .started: .sessionStarted
            case .resumed: .sessionResumed
            case .modeChanged: .modeChanged
            case .targetChanged: .targetChanged
            case .partnerChanged: .partnerChanged
            }
        self.init(
            event,
            [
                .session: session.description, .supervisor: line.supervisor?.digits ?? supervisor.name,
                .target: line.`extension`.digits, .endpoint: line.target.endpoint.description,
                .mode: line.mode.rawValue, .uniqueID: line.target.id.rawValue, .linkedID: line.target.linkedID,
                .partner: line.partners.namesForRecord,
                .number: keepsNumbers ? line.partners.numbersForRecord : nil,
            ]
        )
    }
}

extension Set<NamedParty> {
    /// Their names, separated by commas.
    var namesForRecord: String { Set<String>(compactMap(\.name)).sorted().joined(separator: ",") }

    /// Their numbers, separated by commas.
    var numbersForRecord: String { Set<String>(map(\.number).filter { !$0.isEmpty }).sorted().joined(separator: ",") }
}
