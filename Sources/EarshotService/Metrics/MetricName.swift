/// The metrics of the service. Each name is an interface: dashboards and alerts ask for it, and `Metrics.md` of the documentation
/// lists it.
package enum MetricName: String, CaseIterable, Sendable {
    case sessionsActive = "earshot_sessions_active"
    case waitingSupervisors = "earshot_waiting_supervisors"
    case sessionsStarted = "earshot_sessions_started_total"
    case sessionsResumed = "earshot_sessions_resumed_total"
    case sessionsEnded = "earshot_sessions_ended_total"
    case attemptsDenied = "earshot_attempts_denied_total"
    case attachDuration = "earshot_attach_duration_seconds"
    case modeSwitchDuration = "earshot_mode_switch_duration_seconds"
    case commands = "earshot_commands_total"
    case orphansRemoved = "earshot_orphans_removed_total"
    case faults = "earshot_faults_total"
    case engineUp = "earshot_engine_up"
    case requestDuration = "earshot_ari_request_duration_seconds"
    case events = "earshot_ari_events_total"
    case decodeFailures = "earshot_ari_decode_failures_total"
    case eventLag = "earshot_ari_event_lag_seconds"
    case connectionUp = "earshot_ari_connection_up"
    case reconnects = "earshot_ari_reconnects_total"

    /// A sentence for people.
    package var help: String {
        switch self {
        case .sessionsActive: "Supervisors who hear a call now, by mode."
        case .waitingSupervisors: "Supervisors who wait for an extension's next call now."
        case .sessionsStarted: "Supervisors who have come into a call for the first time in their session, by mode."
        case .sessionsResumed: "Sessions that were taken over from an earlier run, by mode."
        case .sessionsEnded: "Sessions that have ended, by their last mode and why; none before the first call."
        case .attemptsDenied: "Attempts to monitor that were refused before the supervisor heard anybody, by reason."
        case .attachDuration:
            "From the arrival of a supervisor's call to the audio of the agent's, by mode; prompts included. Without those "
                + "who had to wait."
        case .modeSwitchDuration: "From a supervisor's key to the new mode."
        case .commands: "What sessions have asked for, by how it went."
        case .orphansRemoved: "What no session had, and was removed in Asterisk, by kind."
        case .faults: "What should not happen, and has happened, by kind. The log says more."
        case .engineUp: "Whether the engine answers: 1, or 0 when it does not within a second."
        case .requestDuration: "Requests to Asterisk, by operation and how they went."
        case .events: "Events from Asterisk, by type."
        case .decodeFailures: "Events from Asterisk that could not be read."
        case .eventLag: "From the time that stands in an event until it is handled, by the clocks of both machines."
        case .connectionUp: "Whether events come from Asterisk: 1 or 0."
        case .reconnects: "Further attempts to connect, by why the connection or the attempt before has ended."
        }
    }

    /// The upper bounds of the buckets in which durations are counted, in seconds; nil for what is no duration.
    package var buckets: [Double]? {
        switch self {
        // A beep and some digits take one to five seconds.
        case .attachDuration: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10]
        case .modeSwitchDuration: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1]
        case .requestDuration: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 3, 10]
        case .eventLag: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]
        case .sessionsActive, .waitingSupervisors, .sessionsStarted, .sessionsResumed, .sessionsEnded, .attemptsDenied,
            .commands, .orphansRemoved, .faults, .engineUp, .events, .decodeFailures, .connectionUp, .reconnects:
            nil
        }
    }
}
