import Logging
import Monitoring

/// Log lines for operators.
extension MonitoringEngine {
    func log(_ report: SessionReport, of session: SessionID, _ entry: Entry) {
        let supervisor = entry.session.supervisor
        var metadata = Logger.Metadata([
            .session: session, .supervisor: supervisor.name, .dialled: supervisor.dialled,
        ])
        func add(_ values: KeyValuePairs<MonitorLogKey, any CustomStringConvertible>) {
            metadata.merge(Logger.Metadata(values)) { _, new in new }
        }
        switch report {
        case .warning(let warning):
            add([.setting: warning.variable.rawValue, .error: warning.text])
            logger.warning("user's setting is not as it should be", metadata: metadata)
        case .refused(let refusal):
            add([.refusal: refusal.word])
            logger.notice("supervisor refused", metadata: metadata)
        case .started(let mode, let target):
            add([
                .mode: mode.rawValue, .target: target.endpoint.resource, .targetChannel: target.id,
                .channel: supervisor.channel,
                .timeToAudio: entry.arrivedAt.duration(to: clock.now).milliseconds,
            ])
            logger.info("session started", metadata: metadata)
        case .targetChanged(let mode, let target):
            add([
                .mode: mode.rawValue, .target: target.endpoint.resource, .targetChannel: target.id,
            ])
            logger.info("target changed", metadata: metadata)
        case .partnerChanged(let mode, let target):
            add([
                .mode: mode.rawValue, .target: target.endpoint.resource, .targetChannel: target.id,
            ])
            logger.info("partner changed", metadata: metadata)
        case .modeChanged(let mode):
            add([.mode: mode.rawValue])
            if let pressed = entry.keyPressedAt {
                add([.switchTime: pressed.duration(to: clock.now).tenthsOfMilliseconds])
            }
            logger.info("mode changed", metadata: metadata)
        case .keyRefused(let refusal):
            add([.refusal: refusal.word])
            logger.notice("key refused", metadata: metadata)
        case .waiting(let target):
            add([.target: target])
            logger.info("waiting for the next call", metadata: metadata)
        case .passedOver(let refusal):
            add([.refusal: refusal.word])
            logger.notice("call passed over", metadata: metadata)
        case .recordingStarted(let name):
            add([.recording: name])
            logger.info("recording started", metadata: metadata)
        case .recordingFailed(let name):
            add([.recording: name])
            logger.warning("recording failed", metadata: metadata)
        case .ended(let end):
            let since = entry.startedAt ?? entry.arrivedAt
            add([.endReason: end.word, .duration: since.duration(to: clock.now).milliseconds])
            // Who was never in a call has had the line of his refusal.
            logger.log(
                level: entry.startedAt == nil && end.isRefusal ? .debug : .info,
                "session ended",
                metadata: metadata
            )
        case .leftBehind(let names):
            add([.leftOver: names.joined(separator: " ")])
            logger.error("something could not be removed", metadata: metadata)
            let channel = supervisor.channel
            if names.contains(channel.rawValue) { remove(.stranger(channel)) }
            carryOut(comparisons.doubted())
        }
    }
}

extension Supervisor {
    /// Whose call it is, for logs: the endpoint's resource, such as `203`. What other channels are named after can be an
    /// outside number: the dialled extension of a Local channel, for example.
    var name: String {
        guard let endpoint, !Self.namedByNumbers.contains(endpoint.technology.uppercased()) else { return "unknown" }
        return endpoint.resource
    }

    /// Technologies whose channels have no endpoint in their name.
    private static let namedByNumbers: Set<String> = ["LOCAL", "DAHDI", "MOTIF", "MOBILE", "UNICASTRTP"]
}

extension SessionEnd {
    fileprivate var isRefusal: Bool { if case .refused = self { true } else { false } }
}
