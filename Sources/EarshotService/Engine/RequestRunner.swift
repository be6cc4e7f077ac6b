import ARI
import Logging
import Monitoring

/// Turns a session's requests into requests to Asterisk, and their outcome into answers.
struct RequestRunner: Sendable {
    let client: ARIClient
    let application: String
    let settings: any UserSettingsSource
    let prompts: PromptBook
    let logger: Logger

    /// Does one request. Never throws: whatever happens is an answer.
    func run(
        _ request: SessionRequest,
        supervisor: SupervisorChannel,
        session: SessionID,
        supervisors: Set<ChannelID>
    ) async -> SessionAnswer {
        do {
            switch request {
            case .readSettings:
                return .settings(
                    try await settings.supervisorSettings(of: supervisor.id, known: supervisor.variables)
                )
            case .findTargets(let endpoints):
                let finder = TargetFinder(client: client, settings: settings)
                return .targets(try await finder.find(endpoints, supervisors: supervisors))
            case .hangUpSupervisor:
                // Gone already: no StasisEnd will come, or it was lost with the connection.
                let removal = try await client.hangUp(Channel.ID(supervisor.id.rawValue))
                return removal == .removed ? .done : .failed(.gone)
            default:
                try await perform(request, on: Channel.ID(supervisor.id.rawValue))
                return .done
            }
        } catch {
            let failure = RequestFailure(error, in: request)
            log(error, failure, request, session)
            return .failed(failure)
        }
    }

    private func perform(_ request: SessionRequest, on supervisor: Channel.ID) async throws {
        switch request {
        case .answerSupervisor:
            try await client.answer(supervisor)
        case .createBridge(let bridge):
            try await client.createBridge(Bridge.ID(bridge.rawValue), name: bridge.rawValue)
        case .createSnoop(let snoop, let target, let whisper):
            try await client.snoop(
                on: Channel.ID(target.rawValue),
                as: Channel.ID(snoop.rawValue),
                spy: .both,
                whisper: AudioDirection(whisper),
                application: application
            )
        case .join(let bridge, let channels):
            try await client.addChannels(channels.map { Channel.ID($0.rawValue) }, to: Bridge.ID(bridge.rawValue))
        case .play(let playback, let prompt):
            try await client.play(prompts.media(for: prompt), on: supervisor, as: Playback.ID(playback.rawValue))
        case .stopPlayback(let playback):
            try await client.stopPlayback(Playback.ID(playback.rawValue))
        case .setResult(let word):
            try await client.setVariable("EARSHOT_RESULT", to: word, on: supervisor)
        case .releaseSupervisor:
            try await client.continueInDialplan(supervisor)
        case .removeSnoop(let snoop):
            try await client.hangUp(Channel.ID(snoop.rawValue))
        case .removeBridge(let bridge):
            try await client.destroyBridge(Bridge.ID(bridge.rawValue))
        case .readSettings, .findTargets, .hangUpSupervisor:
            break  // Answered with more than "done", above.
        }
    }

    private func log(_ error: any Error, _ failure: RequestFailure, _ request: SessionRequest, _ session: SessionID) {
        let ariError = error as? ARIError
        // Somebody hung up while we were asking: that is a phone call, not a fault.
        logger.log(
            level: failure == .gone ? .debug : .warning,
            "request to Asterisk failed",
            metadata: Logger.Metadata([
                .session: session,
                .command: request.name,
                .operation: ariError?.operation ?? "none",
                .status: ariError?.status.map(String.init) ?? "none",
                .errorCode: ariError?.code.metricLabel ?? "cancelled",
                .error: String(describing: error),
            ])
        )
    }
}

/// The supervisor's channel, with the variables that came with its event.
struct SupervisorChannel: Sendable {
    let id: ChannelID
    let variables: [String: String]
}

extension AudioDirection {
    init(_ whisper: WhisperDirection) {
        switch whisper {
        case .none: self = .none
        case .out: self = .out
        case .both: self = .both
        }
    }
}

extension RequestFailure {
    init(_ error: any Error, in request: SessionRequest) {
        guard let error = error as? ARIError else {
            self = .unknown  // Cancelled, when the service ends.
            return
        }
        switch error.code {
        case .notFound:
            self = .gone
        case .notInStasis where request.isAboutSupervisor:
            self = .gone  // He left a moment ago; his StasisEnd is on its way.
        case .badRequest where request.isJoin, .notInStasis where request.isJoin:
            self = .gone  // One of the channels ended a moment ago: `addChannel` says 400 or 422 then, not 404.
        case .unexpectedAnswer:
            self = .unknown  // It says that it was done, and nothing else that can be read.
        case _ where error.status != nil:
            self = .refused
        default:
            self = .unknown
        }
    }
}

extension SessionRequest {
    /// The request concerns the supervisor's channel alone.
    fileprivate var isAboutSupervisor: Bool {
        switch self {
        case .answerSupervisor, .readSettings, .play, .setResult, .releaseSupervisor, .hangUpSupervisor: true
        case .findTargets, .createBridge, .createSnoop, .join, .stopPlayback, .removeSnoop, .removeBridge: false
        }
    }

    fileprivate var isJoin: Bool {
        if case .join = self { true } else { false }
    }

    /// A bounded name, for logs.
    var name: String {
        switch self {
        case .answerSupervisor: "answer_supervisor"
        case .readSettings: "read_settings"
        case .findTargets: "find_targets"
        case .createBridge: "create_bridge"
        case .createSnoop: "create_snoop"
        case .join: "join"
        case .play: "play"
        case .stopPlayback: "stop_playback"
        case .setResult: "set_result"
        case .releaseSupervisor: "release_supervisor"
        case .hangUpSupervisor: "hang_up_supervisor"
        case .removeSnoop: "remove_snoop"
        case .removeBridge: "remove_bridge"
        }
    }
}
