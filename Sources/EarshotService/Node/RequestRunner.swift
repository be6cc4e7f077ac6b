import ARI
import Logging
import Monitoring

/// Turns a session's requests into requests to Asterisk, and their outcome into answers.
struct RequestRunner: Sendable {
    let client: ARIClient
    let application: String
    let settings: UserSettings
    let prompts: PromptBook
    /// Nil for none.
    let record: (any RecordKeeper)?
    /// See ``AsteriskNode/start``.
    let start: Int64
    let logger: Logger

    /// Does one request. Never throws: whatever happens is an answer.
    func run(
        _ request: SessionRequest,
        supervisor: Supervisor,
        session: SessionID
    ) async -> SessionAnswer {
        do {
            switch request {
            case .readSettings:
                return .settings(
                    try await settings.supervisorSettings(of: supervisor.channel, endpoint: supervisor.endpoint)
                )
            case .findTargets(let endpoints):
                let finder = TargetFinder(client: client, settings: settings)
                return .targets(try await finder.find(endpoints))
            case .writeRecord(_, let line):
                // Without a record nobody asks.
                try await record?.write(line, of: session, by: supervisor)
                return .done
            case .hangUpSupervisor:
                // Gone already: no StasisEnd will come, or it was lost with the connection.
                let removal = try await client.hangUp(Channel.ID(supervisor.channel.rawValue))
                return removal == .removed ? .done : .failed(.gone)
            case .stopPlayback(let playback):
                let removal = try await client.stopPlayback(Playback.ID(playback.rawValue))
                return removal == .removed ? .done : .failed(.gone)
            case .findExit(let key, let context):
                let channel = Channel.ID(supervisor.channel.rawValue)
                return .exit(try await exit(by: key, in: context, from: channel))
            default:
                try await perform(request, on: Channel.ID(supervisor.channel.rawValue))
                return .done
            }
        } catch let error as RecordUnavailable {
            logger.error(
                "record cannot be written",
                metadata: Logger.Metadata([.session: session, .error: error.reason])
            )
            return .failed(.refused)
        } catch {
            let failure = RequestFailure(error, in: request)
            log(error, failure, request.name, [.session: session])
            return .failed(failure)
        }
    }

    /// Finds out whom a channel talks to. Never throws: whatever happens is an answer.
    ///
    /// - Parameter known: see ``RegistryCommand/findPartners(_:_:known:)``.
    func findPartners(of channel: ChannelID, known: Set<ChannelName>) async -> PartnersAnswer {
        do {
            return try await PartnerFinder(client: client, settings: settings).partners(of: channel, known: known)
        } catch {
            let failure = RequestFailure(error)
            log(error, failure, "find_partners", [.targetChannel: channel])
            return .failed(failure)
        }
    }

    private func perform(_ request: SessionRequest, on supervisor: Channel.ID) async throws {
        switch request {
        case .answerSupervisor:
            try await client.answer(supervisor)
        case .createBridge(let bridge):
            do {
                try await client.createBridge(Bridge.ID(bridge.rawValue), name: bridge.rawValue)
            } catch let error as ARIError where error.status == 409 {
                // It was sent twice, because the first answer was lost with its connection: nobody else has this name.
            }
        case .startEarlyMedia:
            try await client.startEarlyMedia(supervisor)
        case .createSnoop(let snoop, let target, let audio):
            try await client.snoop(
                on: Channel.ID(target.rawValue),
                as: Channel.ID(snoop.rawValue),
                spy: AudioDirection(audio.hears),
                whisper: AudioDirection(audio.speaks),
                application: application
            )
        case .join(let bridge, let channel, let isMuted):
            try await client.addChannels(
                [Channel.ID(channel.rawValue)],
                to: Bridge.ID(bridge.rawValue),
                mute: isMuted
            )
        case .leave(let bridge):
            try await client.removeChannel(supervisor, from: Bridge.ID(bridge.rawValue))
        case .record(let snoop, let name):
            try await client.record(Channel.ID(snoop.rawValue), as: name.rawValue)
        case .play(let playback, let prompt):
            try await client.play(media(for: prompt), on: supervisor, as: Playback.ID(playback.rawValue))
        case .findPlayback(let playback):
            _ = try await client.playback(Playback.ID(playback.rawValue))
        case .setVariable(let variable, let value):
            try await client.setVariable(variable.rawValue, to: value, on: supervisor)
        case .mark(let mark):
            try await client.setVariable(SessionMark.variable, to: mark.text(start: start), on: supervisor)
        case .releaseSupervisor(let place):
            try await client.continueInDialplan(
                supervisor,
                at: place.map { .init(context: $0.context, exten: $0.extension) }
            )
        case .removeSnoop(let snoop):
            try await client.hangUp(Channel.ID(snoop.rawValue))
        case .removeBridge(let bridge):
            try await client.destroyBridge(Bridge.ID(bridge.rawValue))
        case .readSettings, .findTargets, .findExit, .writeRecord, .hangUpSupervisor, .stopPlayback, .watch:
            break  // Watching is the engine's. The others are answered with more than "done", above.
        }
    }

    /// Where a key leads with `X`: to the extension of that digit in `SPY_EXIT_CONTEXT`, or else in the context of the
    /// supervisor's phone. Nil if the dialplan has no such extension (`func_dialplan`, `DIALPLAN_EXISTS`).
    private func exit(
        by key: TelephoneKey,
        in exitContext: String?,
        from supervisor: Channel.ID
    ) async throws -> Monitoring.DialplanPlace? {
        var context = exitContext ?? ""
        if context.isEmpty { context = try await client.channel(supervisor).dialplan.context }
        // It becomes part of a dialplan function's argument.
        guard context.utf8.allSatisfy({ $0 > 0x20 && !Self.separators.contains($0) }) else { return nil }
        let exists = try await client.variable("DIALPLAN_EXISTS(\(context),\(key),1)", of: supervisor)
        return exists == "1" ? Monitoring.DialplanPlace(context: context, extension: key.description) : nil
    }

    private static let separators = Set("(),{}$".utf8)

    private func media(for prompt: Prompt) async throws -> [String] {
        guard case .recordedName(let mailbox, let context) = prompt else { return prompts.media(for: prompt) }
        let spool = try await client.globalVariable("ASTSPOOLDIR") ?? "/var/spool/asterisk"
        return prompts.media(for: prompt) + ["sound:\(spool)/voicemail/\(context)/\(mailbox)/greet"]
    }

    private func log(
        _ error: any Error,
        _ failure: RequestFailure,
        _ command: String,
        _ subject: KeyValuePairs<MonitorLogKey, any CustomStringConvertible>
    ) {
        if error is CancellationError { return }  // The service ends.
        let ariError = error as? ARIError
        let metadata = Logger.Metadata([
            .command: command,
            .operation: ariError?.operation ?? "none",
            .status: ariError?.status.map(String.init) ?? "none",
            .errorCode: ariError?.code.metricLabel ?? "none",
            .error: String(describing: error),
        ])
        // Somebody hung up while we were asking: that is a phone call, not a fault.
        logger.log(
            level: failure == .gone ? .debug : .warning,
            "request to Asterisk failed",
            metadata: metadata.merging(Logger.Metadata(subject)) { first, _ in first }
        )
    }
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

extension AudioDirection {
    init(_ spy: SpyDirection) {
        switch spy {
        case .none: self = .none
        case .in: self = .in
        case .both: self = .both
        }
    }
}

extension RequestFailure {
    init(_ error: any Error) {
        guard let error = error as? ARIError else {
            self = .unknown  // Cancelled, when the service ends.
            return
        }
        switch error.code {
        case .notFound:
            self = .gone
        case .unexpectedAnswer:
            self = .unknown  // It says that it was done, and nothing else that can be read.
        case .notSent:
            self = .refused  // Asterisk knows nothing of it.
        case _ where error.status != nil:
            self = .refused
        default:
            self = .unknown
        }
    }

    init(_ error: any Error, in request: SessionRequest) {
        let code = (error as? ARIError)?.code
        switch code {
        case .notInStasis? where request.isAboutSupervisor:
            self = .gone  // They left a moment ago; their StasisEnd is on its way.
        case .badRequest? where request.isAboutMembers, .notInStasis? where request.isAboutMembers,
            .unprocessable? where request.isAboutMembers:
            self = .gone  // One of the channels ended a moment ago, or is not in it: that is 400 or 422, not 404.
        default:
            self.init(error)
        }
    }
}

extension SessionRequest {
    /// The request changes who is in a bridge.
    fileprivate var isAboutMembers: Bool {
        switch self {
        case .join, .leave: true
        case .answerSupervisor, .startEarlyMedia, .readSettings, .findTargets, .watch, .findExit, .writeRecord,
            .createBridge, .createSnoop, .record, .play, .stopPlayback, .findPlayback, .setVariable, .mark,
            .releaseSupervisor, .hangUpSupervisor, .removeSnoop, .removeBridge:
            false
        }
    }

    /// Which request it is, whatever it is about.
    enum Kind: String, CaseIterable, Sendable {
        case answerSupervisor = "answer_supervisor"
        case startEarlyMedia = "start_early_media"
        case readSettings = "read_settings"
        case findTargets = "find_targets"
        case watch
        case findExit = "find_exit"
        case writeRecord = "write_record"
        case record
        case createBridge = "create_bridge"
        case createSnoop = "create_snoop"
        case join
        case leave
        case play
        case stopPlayback = "stop_playback"
        case findPlayback = "find_playback"
        case setVariable = "set_variable"
        case mark
        case releaseSupervisor = "release_supervisor"
        case hangUpSupervisor = "hang_up_supervisor"
        case removeSnoop = "remove_snoop"
        case removeBridge = "remove_bridge"
    }

    var kind: Kind {
        switch self {
        case .answerSupervisor: .answerSupervisor
        case .startEarlyMedia: .startEarlyMedia
        case .readSettings: .readSettings
        case .findTargets: .findTargets
        case .watch: .watch
        case .findExit: .findExit
        case .writeRecord: .writeRecord
        case .record: .record
        case .createBridge: .createBridge
        case .createSnoop: .createSnoop
        case .join: .join
        case .leave: .leave
        case .play: .play
        case .stopPlayback: .stopPlayback
        case .findPlayback: .findPlayback
        case .setVariable: .setVariable
        case .mark: .mark
        case .releaseSupervisor: .releaseSupervisor
        case .hangUpSupervisor: .hangUpSupervisor
        case .removeSnoop: .removeSnoop
        case .removeBridge: .removeBridge
        }
    }

    /// A bounded name, for logs.
    var name: String { kind.rawValue }
}
