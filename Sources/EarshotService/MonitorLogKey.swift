import Logging

/// The keys of the service's log lines. Each is an interface: operators search for them, `Log.md` of the documentation lists them.
package enum MonitorLogKey: String, Sendable {
    case session = "session.id"
    case mode = "session.mode"
    case state = "session.state"
    case endReason = "session.end_reason"
    case supervisor = "supervisor.ext"
    case target = "target.ext"
    case dialled = "dialled"
    case channel = "channel.id"
    case targetChannel = "target.channel"
    case refusal = "permission.reason"
    case setting = "setting"
    case timeToAudio = "time_to_audio_ms"
    case switchTime = "switch_ms"
    case recording = "recording.name"
    case prompt = "prompt"
    case keys = "keys"
    case duration = "duration_ms"
    case sessions = "sessions"
    case leftOver = "left_over"
    case event = "event"
    case command = "command"
    case application = "ari.app"
    case connection = "ari.connection"
    case operation = "ari.operation"
    case status = "ari.status"
    case source = "ari.source"
    case retryAfter = "retry_after_ms"
    case asteriskVersion = "asterisk.version"
    case faults = "asterisk.faults"
    case subscriber = "subscriber"
    case error = "error"
    case errorCode = "error.code"
}

extension Logger.Metadata {
    init(_ values: KeyValuePairs<MonitorLogKey, any CustomStringConvertible>) {
        self.init(
            values.map { ($0.key.rawValue, .string($0.value.description)) },
            uniquingKeysWith: { _, last in last }
        )
    }
}

extension Duration {
    /// Whole milliseconds, for log lines.
    var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    /// Milliseconds with one decimal, such as `4.2`.
    var tenthsOfMilliseconds: String {
        let tenths = components.seconds * 10_000 + components.attoseconds / 100_000_000_000_000
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
