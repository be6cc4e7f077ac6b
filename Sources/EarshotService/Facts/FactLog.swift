import Logging
import Monitoring

/// Log lines for operators.
struct FactLog: FactSubscriber {
    let logger: Logger

    var name: String { "log" }

    func receive(_ facts: AsyncStream<SessionFact>) async {
        for await fact in facts { log(fact) }
    }

    private func log(_ fact: SessionFact) {
        // For most log levels that line is not written, and it would be half of what is put together.
        if case .arrived = fact.change, logger.logLevel > .debug { return }
        let supervisor = fact.supervisor
        var metadata = Logger.Metadata([
            .session: fact.session, .supervisor: supervisor.name, .dialled: supervisor.dialledForLogs,
        ])
        func add(_ values: KeyValuePairs<MonitorLogKey, any CustomStringConvertible>) {
            metadata.merge(Logger.Metadata(values)) { _, new in new }
        }
        func addTarget(_ mode: MonitoringMode, _ target: TargetChannel) {
            add([.mode: mode.rawValue, .target: target.endpoint.resource, .targetChannel: target.id])
        }
        switch fact.change {
        case .arrived:
            add([.channel: supervisor.channel])
            logger.debug("supervisor arrived", metadata: metadata)
        case .warning(let warning):
            add([.setting: warning.variable.rawValue, .error: warning.text])
            logger.warning("user's setting is not as it should be", metadata: metadata)
        case .refused(let refusal):
            add([.refusal: refusal.word])
            // Who has been in a call was not refused: the session ends for this reason.
            let message: Logger.Message = fact.startedAt == nil ? "supervisor refused" : "session cannot go on"
            logger.notice(message, metadata: metadata)
        case .started(let mode, let target):
            addTarget(mode, target)
            add([
                .channel: supervisor.channel,
                .timeToAudio: (fact.time - fact.arrivedAt).milliseconds,
            ])
            logger.info("session started", metadata: metadata)
        case .resumed(let mode, let target):
            addTarget(mode, target)
            add([.channel: supervisor.channel])
            logger.info("session resumed", metadata: metadata)
        case .targetChanged(let mode, let target):
            addTarget(mode, target)
            logger.info("target changed", metadata: metadata)
        case .partnerChanged(let mode, let target):
            addTarget(mode, target)
            logger.info("partner changed", metadata: metadata)
        case .partnersJoined:
            // Not who: it can be an outside number.
            logger.info("somebody has joined the call", metadata: metadata)
        case .modeChanged(let mode, let after):
            add([.mode: mode.rawValue])
            if let after { add([.switchTime: after.tenthsOfMilliseconds]) }
            logger.info("mode changed", metadata: metadata)
        case .rightsLowered(let mode):
            add([.mode: mode.rawValue])
            logger.notice("a right was taken away", metadata: metadata)
        case .keyRefused(let refusal):
            add([.refusal: refusal.word])
            logger.notice("key refused", metadata: metadata)
        case .keysForgotten(let count):
            add([.keys: count])
            logger.warning("keys were forgotten", metadata: metadata)
        case .waiting(let target):
            add([.target: target])
            logger.info("waiting for the next call", metadata: metadata)
        case .passedOver(let refusal):
            add([.refusal: refusal.word])
            logger.notice("call passed over", metadata: metadata)
        case .promptMissing(let prompt):
            add([.prompt: prompt.name])
            logger.warning("prompt is missing in Asterisk", metadata: metadata)
        case .recordingStarted(let name):
            add([.recording: name])
            logger.info("recording started", metadata: metadata)
        case .recordingFailed(let name):
            add([.recording: name])
            logger.warning("recording failed", metadata: metadata)
        case .ended(let end):
            let since = fact.startedAt ?? fact.arrivedAt
            add([.endReason: end.word, .duration: (fact.time - since).milliseconds])
            // Who was never in a call has had the line of the refusal.
            logger.log(
                level: fact.startedAt == nil && end.isRefusal ? .debug : .info,
                "session ended",
                metadata: metadata
            )
        case .leftBehind(let names):
            add([.leftOver: names.joined(separator: " ")])
            logger.error("something could not be removed", metadata: metadata)
        }
    }
}

extension Prompt {
    /// As the configuration names it, for logs.
    fileprivate var name: String {
        switch self {
        case .announcement: "announcement"
        case .recordedName: "recorded_name"
        case .refusal(let refusal): refusal.word
        case .callEnded: PromptBook.Notice.callEnded.rawValue
        case .waiting: PromptBook.Notice.waiting.rawValue
        case .waitingLimit: PromptBook.Notice.waitingLimit.rawValue
        case .keyRefused: PromptBook.Notice.keyRefused.rawValue
        case .rightsLowered: PromptBook.Notice.rightsLowered.rawValue
        case .tone(let tone): "tone_\(tone.rawValue)"
        }
    }
}

extension SessionEnd {
    fileprivate var isRefusal: Bool { if case .refused = self { true } else { false } }
}
